import { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import { NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../../activities/create-activities.ts';
import { parseConfiguration } from '../config/accept.ts';
import { readConfigurationFiles } from '../config/source.ts';
import { SchedulerError } from '../contracts/errors.ts';
import type { WorkflowRef } from '../contracts/schedule-run.ts';
import { TASK_QUEUE } from '../contracts/task-queues.ts';
import { assertSchemaIsKnown } from '../db/migrate.ts';
import { createPool } from '../db/pool.ts';
import { loadHash32 } from '../domain/xxhash32.ts';
import { temporalLogger } from './logger.ts';
import { ensureSearchAttributes } from './search-attributes.ts';
import { startSweep } from './sweep.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface WorkerOptions {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly configurationFolder: string;
  readonly environment: string | null;
  readonly logger: Logger;
  readonly now: () => number;
}

/** Batches that one process works on at once: more would only wait for the same processor. */
const ACTIVITIES_AT_ONCE = 4;
/** Replans at once: those of one organization wait for each other in the database. */
const REPLANS_AT_ONCE = 3;
/** One connection for each activity under way, one for the sweep, and one to spare. */
const CONNECTIONS = ACTIVITIES_AT_ONCE + REPLANS_AT_ONCE + 2;
const CACHED_WORKFLOWS = 200;
const DESCRIBE_LIMIT_MS = 5_000;

/** A worker that is ready to be run; refuses on a schema or a Temporal server that it does not know. */
export async function createWorker(
  options: WorkerOptions,
): Promise<{ run: () => Promise<void>; shutdown: () => void }> {
  Runtime.install({ logger: temporalLogger(options.logger) });
  const pool = createPool({
    databaseUrl: options.databaseUrl,
    max: CONNECTIONS,
    applicationName: 'email-scheduler worker',
    endsStuckWork: true,
  });
  await assertSchemaIsKnown(pool);
  await lookAtConfiguration(options);
  const connection = await NativeConnection.connect({ address: options.temporalAddress });
  await ensureSearchAttributes(connection, options.namespace);
  const client = new Client({ connection, namespace: options.namespace });
  const worker = await Worker.create({
    connection,
    namespace: options.namespace,
    taskQueue: TASK_QUEUE,
    workflowBundle: await workflowBundle(),
    activities: createActivities({
      pool,
      hash: await loadHash32(),
      now: options.now,
      configurationFolder: options.configurationFolder,
      environment: options.environment,
      isWorkflowOpen: (workflow) => isWorkflowOpen(client, workflow),
    }),
    maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE,
    maxConcurrentLocalActivityExecutions: REPLANS_AT_ONCE,
    maxCachedWorkflows: CACHED_WORKFLOWS,
    // Sent as often as activities give them: the SDK would hold them back for most of the timeout.
    maxHeartbeatThrottleInterval: '3s',
    shutdownGraceTime: '10s',
  });
  return {
    shutdown: () => {
      worker.shutdown();
    },
    run: async () => {
      const stopSweep = startSweep({ pool, client, logger: options.logger });
      try {
        await worker.run();
      } finally {
        await stopSweep();
        await pool.end();
        await connection.close();
      }
    },
  };
}

/** Said at the start, not only by the run at four in the morning; the files may be mended until then. */
async function lookAtConfiguration({ configurationFolder, logger }: WorkerOptions): Promise<void> {
  try {
    parseConfiguration(await readConfigurationFiles(configurationFolder));
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    logger.warn({ code: error.code }, `runs will fail until this is mended: ${error.message}`);
  }
}

/** Whether the latest run of the workflow's id is of that chain and goes on. */
async function isWorkflowOpen(client: Client, workflow: WorkflowRef): Promise<boolean> {
  try {
    // Whoever asks holds the organization's lock.
    const { status, raw } = await client.withDeadline(Date.now() + DESCRIBE_LIMIT_MS, () =>
      client.workflow.getHandle(workflow.workflowId).describe(),
    );
    const firstRunId = raw.workflowExecutionInfo?.firstRunId;
    return status.name === 'RUNNING' && firstRunId === workflow.chainId;
  } catch (error) {
    // Ended longer ago than the server keeps, or the server has lost its data.
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
