import { createLogger } from './logger.ts';
import { createWorker, type WorkerOptions } from './worker.ts';

/** Runs a worker until the process is told to end; what it is in the middle of is finished or handed on. */
export async function runWorker(options: Omit<WorkerOptions, 'logger' | 'now'>): Promise<void> {
  const logger = createLogger();
  const worker = await createWorker({ ...options, logger, now: Date.now });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, worker.shutdown);
  logger.info({ taskQueue: 'email-scheduler' }, 'worker is ready');
  await worker.run();
}
