/** A process that enrols contacts and works on replans itself, as one does that answers requests. */
import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createActivities } from '../activities/create-activities.ts';
import { TASK_QUEUE } from '../src/contracts/task-queues.ts';
import { createPool } from '../src/db/pool.ts';
import { loadHash32 } from '../src/domain/xxhash32.ts';
import { workflowBundle } from '../src/worker/workflow-bundle.ts';
import type { BenchStack } from './stack.ts';

const CONNECTIONS = 3;
const CACHED_WORKFLOWS = 50;

/** @param work is given a client whose workflows begin in this process at once */
export async function withEnrollingWorker<T>(
  stack: BenchStack,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const { databaseUrl, temporalAddress, namespace, context } = stack;
  const pool = createPool({ databaseUrl, max: CONNECTIONS, applicationName: 'email-scheduler bench' });
  const connection = await NativeConnection.connect({ address: temporalAddress });
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: TASK_QUEUE,
      workflowBundle: await workflowBundle(),
      activities: createActivities({
        pool,
        hash: await loadHash32(),
        now: Date.now,
        configurationFolder: context.environment.configurationFolder,
        environment: null,
        isWorkflowOpen: () => Promise.resolve(true),
      }),
      // The batches of a run are left to the other worker.
      enableNonLocalActivities: false,
      maxCachedWorkflows: CACHED_WORKFLOWS,
    });
    return await worker.runUntil(work(new Client({ connection, namespace })));
  } finally {
    await connection.close();
    await pool.end();
  }
}
