/** What Temporal knows of an organization's runs and the database does not: workflows, workers, the schedule. */
import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { SchedulerError } from '../contracts/errors.ts';
import type { WorkflowRef } from '../contracts/schedule-run.ts';
import { TASK_QUEUE } from '../contracts/task-queues.ts';
import type { Addresses } from './environment.ts';
import { describePlanSchedule } from './plan-schedule.ts';
import { runFailureOf } from './start-run.ts';
import { withTemporal } from './temporal-connection.ts';
import { temporalUnreachable } from './unreachable.ts';

interface PendingActivity {
  readonly name: string;
  /** From 1. */
  readonly attempt: number;
  readonly failure: string | null;
}

export interface RunWorkflow {
  /** As Temporal calls it; NOT_FOUND: it is no longer kept, or lost, or another has taken its id. */
  readonly status: string;
  readonly isOpen: boolean;
  readonly pending: readonly PendingActivity[];
}

export interface PollingWorker {
  /** `process@host`. */
  readonly identity: string;
  readonly secondsAgo: number;
}

/** A workflow that has no record: it waits for a worker, or ended before it had opened a run. */
export interface UnrecordedRun {
  readonly workflowId: string;
  readonly kind: 'plan' | 'restore';
  /** Of a dry run that previews a campaign: the name of the instance. */
  readonly previewedInstance: string | null;
  readonly status: string;
  readonly isOpen: boolean;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly cause: { readonly code: string; readonly message: string } | null;
}

export interface TemporalFindings {
  /** Of the run that was asked about. */
  readonly workflow: RunWorkflow | null;
  readonly workers: readonly PollingWorker[];
  /** Newest first. */
  readonly unrecorded: readonly UnrecordedRun[];
  readonly schedule: ScheduleDescription | null;
}

export interface TemporalQuestion {
  readonly organization: string;
  /** The workflow of the run that is asked about. */
  readonly workflow: WorkflowRef | null;
  /** Which of these workflows have a record. */
  readonly findRecorded: (workflowIds: readonly string[]) => Promise<readonly WorkflowRef[]>;
}

const ANSWER_LIMIT_MS = 15_000;
/** An idle worker asks anew after a minute at the latest. */
const WORKER_SEEN_WITHIN_SECONDS = 90;
const WORKFLOWS_LOOKED_AT = 20;

/** @throws SchedulerError TEMPORAL_UNREACHABLE */
export async function askTemporal(
  addresses: Addresses,
  question: TemporalQuestion,
): Promise<TemporalFindings> {
  return withTemporal(addresses, async (client) => {
    try {
      return await client.withDeadline(Date.now() + ANSWER_LIMIT_MS, () => find(client, addresses, question));
    } catch (error) {
      const isGone = isGrpcServiceError(error) || (error instanceof Error && isGrpcServiceError(error.cause));
      throw isGone ? temporalUnreachable(addresses.temporalAddress, error) : error;
    }
  });
}

/** That Temporal is not there is an answer; anything else is an error. */
export function temporalProblemOf(error: unknown): string {
  const isDown =
    error instanceof SchedulerError &&
    (error.code === 'TEMPORAL_UNREACHABLE' || error.code === 'LOCAL_STACK');
  if (isDown) return error.message;
  throw error;
}

async function find(
  client: Client,
  { namespace }: Addresses,
  question: TemporalQuestion,
): Promise<TemporalFindings> {
  const { organization, workflow } = question;
  const [described, workers, unrecorded, schedule] = await Promise.all([
    workflow === null ? null : describeRunWorkflow(client, workflow),
    findWorkers(client, namespace),
    findUnrecordedRuns(client, namespace, question),
    describePlanSchedule(client, organization),
  ]);
  return { workflow: described, workers, unrecorded, schedule };
}

export async function describeRunWorkflow(client: Client, workflow: WorkflowRef): Promise<RunWorkflow> {
  const gone: RunWorkflow = { status: 'NOT_FOUND', isOpen: false, pending: [] };
  try {
    const { status, raw } = await client.workflow.getHandle(workflow.workflowId).describe();
    if (raw.workflowExecutionInfo?.firstRunId !== workflow.chainId) return gone;
    const activities = (raw.pendingActivities ?? []).map(({ activityType, attempt, lastFailure }) => ({
      name: activityType?.name ?? '',
      attempt: attempt ?? 1,
      failure: innermostMessage(lastFailure),
    }));
    const pending = worstOfEach(activities);
    return { status: status.name, isOpen: status.name === 'RUNNING', pending };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return gone;
    throw error;
  }
}

/** Several batches of a phase fail alike: the one that was tried most often stands for them. */
function worstOfEach(activities: readonly PendingActivity[]): PendingActivity[] {
  const worst = new Map<string, PendingActivity>();
  for (const activity of activities) {
    if (activity.attempt > (worst.get(activity.name)?.attempt ?? 0)) worst.set(activity.name, activity);
  }
  return [...worst.values()];
}

interface Failure {
  readonly message?: string | null;
  readonly cause?: Failure | null;
}

function innermostMessage(failure: Failure | null | undefined): string | null {
  if (!failure) return null;
  return innermostMessage(failure.cause) ?? failure.message ?? null;
}

/** Those that have asked for workflow tasks of late, as also a busy one does; the latest first. */
async function findWorkers(client: Client, namespace: string): Promise<PollingWorker[]> {
  const { pollers } = await client.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: TASK_QUEUE },
  });
  return pollers
    .map(({ identity, lastAccessTime }) => ({
      identity: identity ?? '',
      secondsAgo: Math.max(0, Math.round(Date.now() / 1000 - Number(lastAccessTime?.seconds ?? 0))),
    }))
    .filter(({ secondsAgo }) => secondsAgo <= WORKER_SEEN_WITHIN_SECONDS)
    .sort((a, b) => a.secondsAgo - b.secondsAgo);
}

/**
 * Found by the ids that our own commands, the schedule and the documents give; under another id a workflow is
 * found once it has a record.
 */
async function findUnrecordedRuns(
  client: Client,
  namespace: string,
  { organization, findRecorded }: TemporalQuestion,
): Promise<UnrecordedRun[]> {
  const prefix = `plan-${organization}`;
  const query = `WorkflowType = 'scheduleRun' AND ExecutionStatus != 'ContinuedAsNew' AND (WorkflowId = '${prefix}' OR WorkflowId STARTS_WITH '${prefix}-')`;
  const { executions } = await client.workflowService.listWorkflowExecutions({
    namespace,
    query,
    pageSize: WORKFLOWS_LOOKED_AT,
  });
  const refs = executions.map(({ execution }) => ({
    workflowId: execution?.workflowId ?? '',
    runId: execution?.runId ?? '',
  }));
  const recorded = await findRecorded(refs.map(({ workflowId }) => workflowId));
  const isRecorded = (workflowId: string, chainId: string): boolean =>
    recorded.some((ref) => ref.workflowId === workflowId && ref.chainId === chainId);
  const found: UnrecordedRun[] = [];
  for (const { workflowId, runId } of refs) {
    if (isRecorded(workflowId, runId)) continue;
    const run = await describeUnrecorded(client, { workflowId, runId }, organization, isRecorded);
    if (run !== null) found.push(run);
  }
  return found.sort((a, b) => Number(b.startedAt) - Number(a.startedAt));
}

async function describeUnrecorded(
  client: Client,
  { workflowId, runId }: { readonly workflowId: string; readonly runId: string },
  organization: string,
  isRecorded: (workflowId: string, chainId: string) => boolean,
): Promise<UnrecordedRun | null> {
  const handle = client.workflow.getHandle(workflowId, runId);
  const { status, startTime, closeTime, raw } = await handle.describe();
  if (isRecorded(workflowId, raw.workflowExecutionInfo?.firstRunId ?? runId)) return null;
  const input = await inputOf(client, workflowId, runId);
  if (input.organization !== organization) return null;
  return {
    workflowId,
    kind: input.restore === undefined ? 'plan' : 'restore',
    previewedInstance: typeof input.preview === 'string' ? input.preview : null,
    status: status.name,
    isOpen: status.name === 'RUNNING',
    startedAt: startTime,
    finishedAt: closeTime ?? null,
    cause: status.name === 'FAILED' ? await causeOf(() => handle.result()) : null,
  };
}

/** The input says whose run it is: `plan-acme-west-…` may be acme's or acme-west's. */
async function inputOf(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<{ readonly organization?: unknown; readonly restore?: unknown; readonly preview?: unknown }> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const [payload] = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  const input: unknown = payload === undefined ? null : defaultPayloadConverter.fromPayload(payload);
  return typeof input === 'object' && input !== null ? input : {};
}

async function causeOf(result: () => Promise<unknown>): Promise<UnrecordedRun['cause']> {
  try {
    await result();
    return null;
  } catch (error) {
    const failure = runFailureOf(error, '');
    if (failure instanceof SchedulerError) return { code: failure.code, message: failure.message };
    return { code: 'UNKNOWN', message: failure instanceof Error ? failure.message : String(failure) };
  }
}
