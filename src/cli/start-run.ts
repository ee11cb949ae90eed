/** Starts the workflow `scheduleRun` and follows it to its end. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, WorkflowFailedError, type Connection, type WorkflowHandle } from '@temporalio/client';
import { CancelledFailure, TerminatedFailure } from '@temporalio/common';
import { errorOfWorkflow } from '../client/workflow-error.ts';
import { SchedulerError } from '../contracts/errors.ts';
import {
  planWorkflowId,
  PROGRESS_QUERY,
  type RunProgress,
  type RunSummary,
  type ScheduleRunInput,
} from '../contracts/schedule-run.ts';
import { TASK_QUEUE } from '../contracts/task-queues.ts';
import type { Addresses } from './environment.ts';
import { connectToTemporal } from './temporal-connection.ts';

/** A run of a moment is seen to end at once, and one of an hour is not asked ten thousand times. */
const FIRST_POLL_MS = 200;
const LAST_POLL_MS = 1_000;
/** A worker that is there answers a query within moments. */
const QUERY_LIMIT_MS = 3_000;

export interface FollowedRun {
  readonly workflowId: string;
  readonly summary: RunSummary;
  readonly progress: RunProgress | null;
}

export interface RunListener {
  started(workflowId: string): void;
  progressed(progress: RunProgress): void;
  /** No worker answers; the run waits for one. */
  waiting(): void;
}

/** @throws SchedulerError with the cause if the run fails; the signal ends the following, not the run. */
export async function startAndFollowRun(
  addresses: Addresses,
  input: ScheduleRunInput,
  listener: RunListener,
  signal: AbortSignal,
): Promise<FollowedRun | 'left'> {
  const connection = await connectToTemporal(addresses.temporalAddress);
  // The connection listens to it once for every call, and a run may be asked for its progress for hours.
  setMaxListeners(Infinity, signal);
  try {
    return await connection.withAbortSignal(signal, () =>
      startAndFollow(connection, addresses.namespace, input, listener, signal),
    );
  } catch (error) {
    if (signal.aborted) return 'left';
    throw error;
  } finally {
    await connection.close();
  }
}

async function startAndFollow(
  connection: Connection,
  namespace: string,
  input: ScheduleRunInput,
  listener: RunListener,
  signal: AbortSignal,
): Promise<FollowedRun | 'left'> {
  const client = new Client({ connection, namespace });
  const workflowId = planWorkflowId(input.organization, timeStamp(new Date()));
  const handle = await client.workflow.start('scheduleRun', {
    taskQueue: TASK_QUEUE,
    workflowId,
    args: [input],
    staticSummary: titleOf(input),
  });
  listener.started(workflowId);
  for (let pollMs = FIRST_POLL_MS; !(await isClosed(connection, handle)); pollMs = slower(pollMs)) {
    const progress = await queryProgress(connection, handle);
    if (progress === null) listener.waiting();
    else listener.progressed(progress);
    await delay(pollMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return 'left';
  }
  try {
    const summary = (await handle.result()) as RunSummary;
    return { workflowId, summary, progress: await queryProgress(connection, handle) };
  } catch (error) {
    throw runFailureOf(error, workflowId);
  }
}

function slower(pollMs: number): number {
  return Math.min(pollMs * 1.1, LAST_POLL_MS);
}

/** What Temporal Web calls the run. */
function titleOf({ organization, asOf, restore, preview }: ScheduleRunInput): string {
  const planned = preview === undefined ? `Plan ${organization}` : `Preview ${preview} in ${organization}`;
  const what = restore === undefined ? planned : `Put plan ${restore} of ${organization} back`;
  return asOf === undefined ? what : `${what} as of ${asOf}`;
}

/** A server that does not answer for a while is asked again. */
async function isClosed(connection: Connection, handle: WorkflowHandle): Promise<boolean> {
  try {
    const { status } = await connection.withDeadline(Date.now() + QUERY_LIMIT_MS, () => handle.describe());
    return status.name !== 'RUNNING';
  } catch {
    return false;
  }
}

async function queryProgress(connection: Connection, handle: WorkflowHandle): Promise<RunProgress | null> {
  try {
    return await connection.withDeadline(Date.now() + QUERY_LIMIT_MS, () =>
      handle.query<RunProgress>(PROGRESS_QUERY),
    );
  } catch {
    return null;
  }
}

/** The run's own error, with its code, instead of the layers around it. */
export function runFailureOf(error: unknown, workflowId: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  if (cause instanceof CancelledFailure || cause instanceof TerminatedFailure) {
    const how = cause instanceof CancelledFailure ? 'cancelled' : 'terminated';
    return new SchedulerError('RUN_NOT_RUNNING', `The run (workflow ${workflowId}) was ${how}.`);
  }
  return errorOfWorkflow(error);
}

/** `20261123-081500-123`, so that runs sort by their start. */
function timeStamp(now: Date): string {
  return now.toISOString().replaceAll(/[-:Z]/g, '').replaceAll(/[T.]/g, '-');
}
