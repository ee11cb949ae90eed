import { setFlagsFromString } from 'node:v8';
import { createLogger } from './logger.ts';
import { createWorker, type WorkerOptions } from './worker.ts';

/**
 * How much the heap may grow over what lives before the garbage collector looks through all of it. By default it
 * grows to several times the 25 MB that a run keeps, and buffers that are done with stay as long: 100 to 200 MB
 * more, for no time that could be measured.
 */
const HEAP_GROWTH = '--heap-growing-percent=40';

/** Runs a worker until the process is told to end; what it is in the middle of is finished or handed on. */
export async function runWorker(options: Omit<WorkerOptions, 'logger' | 'now'>): Promise<void> {
  setFlagsFromString(HEAP_GROWTH);
  const logger = createLogger();
  const worker = await createWorker({ ...options, logger, now: Date.now });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, worker.shutdown);
  logger.info({ taskQueue: 'email-scheduler' }, 'worker is ready');
  await worker.run();
}
