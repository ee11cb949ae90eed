import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { SchedulerError } from '../contracts/errors.ts';
import { TASK_QUEUE } from '../contracts/task-queues.ts';

/** A worker asks for work again after a minute at the latest. */
const ASKED_WITHIN_MS = 2 * 60_000;
const ANSWER_MS = 5_000;

/**
 * Whether a worker of this host, which in a container is the container, asks Temporal for work.
 * @throws SchedulerError WORKER_MISSING if none has done so of late
 */
export async function checkWorker(
  { temporalAddress, namespace }: { readonly temporalAddress: string; readonly namespace: string },
  now: () => number,
): Promise<{ readonly identity: string }> {
  const connection = await Connection.connect({ address: temporalAddress, connectTimeout: ANSWER_MS });
  try {
    const { pollers } = await connection.withDeadline(now() + ANSWER_MS, () =>
      connection.workflowService.describeTaskQueue({ namespace, taskQueue: { name: TASK_QUEUE } }),
    );
    const host = hostname();
    for (const { identity, lastAccessTime } of pollers) {
      const askedMs = Number(lastAccessTime?.seconds ?? 0) * 1_000;
      if (identity?.endsWith(`@${host}`) === true && now() - askedMs < ASKED_WITHIN_MS) return { identity };
    }
    throw new SchedulerError(
      'WORKER_MISSING',
      `No worker of the host ${host} has asked Temporal (${temporalAddress}, namespace ${namespace}) for work in the last two minutes: start one with \`npx email-scheduler worker\`, or look into its log.`,
      { place: temporalAddress },
    );
  } finally {
    await connection.close();
  }
}
