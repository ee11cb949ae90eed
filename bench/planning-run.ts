import { randomUUID } from 'node:crypto';
import { WorkflowFailedError } from '@temporalio/client';
import { planWorkflowId, type RunSummary } from '../src/contracts/schedule-run.ts';
import { TASK_QUEUE } from '../src/contracts/task-queues.ts';
import type { PlanCounts } from '../src/domain/books.ts';
import type { ProcessMark } from '../src/local/processes.ts';
import { readMainThreadTime, readMemory, resetPeakMemory, type ThreadTime } from './process-usage.ts';
import { readActivityTimes } from './run-history.ts';
import type { BenchStack } from './stack.ts';
import { wallTimeOf, type RunTimings, type WallTime } from './wall-time.ts';

export interface MeasuredRun {
  readonly asOf: string;
  readonly planNumber: number | null;
  readonly contacts: number;
  readonly contactsPerSecond: number;
  /** Rows of the plan by the run's own books. */
  readonly rows: number;
  /** Against the plan before: of a first plan, every row is added. */
  readonly changes: PlanCounts['changes'];
  readonly checksum: string;
  readonly wallTime: WallTime;
  readonly workerMemory: WorkerMemory | null;
}

interface WorkerMemory {
  readonly idleBytes: number;
  readonly peakBytes: number;
  /** False: the peak may be of something before the run. */
  readonly isPeakOfRun: boolean;
}

/** Plans the organization by the workflow, from its start to its result. */
export async function measurePlanningRun(
  stack: BenchStack,
  worker: ProcessMark,
  input: { readonly organization: string; readonly asOf: string; readonly fresh?: boolean },
): Promise<MeasuredRun> {
  const { owner, temporal } = stack;
  await owner.query('CHECKPOINT');
  const isPeakOfRun = resetPeakMemory(worker.pid);
  const idle = readMemory(worker.pid);
  const threadBefore = readMainThreadTime(worker.pid);
  const workflowId = planWorkflowId(input.organization, randomUUID());

  const startedMs = performance.now();
  const handle = await temporal.workflow.start('scheduleRun', {
    taskQueue: TASK_QUEUE,
    workflowId,
    args: [input],
  });
  const summary = (await handle.result().catch(throwCause)) as RunSummary;
  const wallMs = performance.now() - startedMs;

  const thread = difference(readMainThreadTime(worker.pid), threadBefore);
  const memory = readMemory(worker.pid);
  const activities = await readActivityTimes(temporal, workflowId, handle.firstExecutionRunId);
  const { rows } = await owner.query<{ timings: RunTimings }>(
    'SELECT timings FROM scheduler_runs WHERE id = $1',
    [summary.runId],
  );
  const { contacts, occurrences, changes } = summary.counts;
  return {
    asOf: summary.asOf,
    planNumber: summary.planNumber,
    contacts: contacts.read,
    contactsPerSecond: contacts.read / (wallMs / 1000),
    rows: occurrences.total,
    changes,
    checksum: summary.checksum,
    wallTime: wallTimeOf({ wallMs, activities, timings: rows[0]!.timings, thread }),
    workerMemory:
      idle === null || memory === null
        ? null
        : { idleBytes: idle.nowBytes, peakBytes: memory.peakBytes, isPeakOfRun },
  };
}

/** Why a run failed, instead of that one did. */
function throwCause(error: unknown): never {
  throw error instanceof WorkflowFailedError ? (error.cause ?? error) : error;
}

function difference(after: ThreadTime | null, before: ThreadTime | null): ThreadTime | null {
  if (after === null || before === null) return null;
  return {
    computingMs: after.computingMs - before.computingMs,
    queuedMs: after.queuedMs - before.queuedMs,
  };
}
