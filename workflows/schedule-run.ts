/**
 * One planning run (SPEC 9): place every contact's mails, shape the load of the whole organization, apply
 * what that decided, publish. Each step is an activity that leaves its result in the database; this
 * history is only the thread along which a run goes on after any crash.
 */
import {
  ActivityCancellationType,
  ApplicationFailure,
  CancellationScope,
  ContinueAsNew,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey } from '@temporalio/common';
import type {
  BatchRef,
  OpenedRun,
  ResumedRun,
  RunSummary,
  ScheduleRunActivities,
  ScheduleRunInput,
  WorkflowRef,
} from '../src/contracts/schedule-run.ts';
import { causeOf } from './failure-cause.ts';
import { progressQuery, RunReport } from './run-report.ts';

const ORGANIZATION_ATTRIBUTE = defineSearchAttributeKey('EmailSchedulerOrganization', 'KEYWORD');
const RUN_ATTRIBUTE = defineSearchAttributeKey('EmailSchedulerRun', 'KEYWORD');

/** Batches of one run under way at once: one reads while another computes and a third writes. */
const BATCHES_AT_ONCE = 3;
const QUEUE_CHECK_EVERY = '5s';

/** Transient faults (database or network gone) are tried again until the run's own time is over. */
const RETRY = { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '10s' } as const;

/** A cancelled run ends at once: what its batches have begun, `endRun` waits for in the database. */
const batchActivities = proxyActivities<ScheduleRunActivities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '10s',
  retry: RETRY,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});
const wholeRunActivities = proxyActivities<ScheduleRunActivities>({
  startToCloseTimeout: '30m',
  heartbeatTimeout: '20s',
  retry: RETRY,
  cancellationType: ActivityCancellationType.TRY_CANCEL,
});
/** A run that is just being opened has to be there before it can be ended. */
const openingActivities = proxyActivities<Pick<ScheduleRunActivities, 'openRun'>>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '20s',
  retry: RETRY,
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
});

export async function scheduleRun(input: ScheduleRunInput): Promise<RunSummary> {
  const { workflow, report } = setup();
  try {
    const from = resumedFrom(input) ?? {
      run: await openRun(input, workflow, report),
      isShaped: false,
      round: 1,
    };
    return await withinItsTime(from.run, () => plan(input, from, report));
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    await recordEnd(error, workflow, report);
    throw causeOf(error);
  }
}

function setup(): { workflow: WorkflowRef; report: RunReport } {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  const report = new RunReport(setCurrentDetails);
  setHandler(progressQuery, () => report.progress);
  return { workflow: { workflowId, chainId: firstExecutionRunId }, report };
}

/** Only a history that goes on from another one brings a run; anybody may have written any input. */
function resumedFrom(input: ScheduleRunInput): ResumedRun | undefined {
  return workflowInfo().continuedFromExecutionRunId === undefined ? undefined : input.resume;
}

/** Waits its turn, if it was asked to. */
async function openRun(
  input: ScheduleRunInput,
  workflow: WorkflowRef,
  report: RunReport,
): Promise<OpenedRun> {
  report.enter('open');
  for (;;) {
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof scheduleRun>(input);
    const result = await openingActivities.openRun.executeWithOptions(
      { summary: 'check the input, pin configuration and day, cut the batches' },
      [{ input, workflow }],
    );
    if (result.outcome === 'opened') {
      upsertSearchAttributes([
        { key: ORGANIZATION_ATTRIBUTE, value: result.run.organization },
        { key: RUN_ATTRIBUTE, value: String(result.run.runId) },
      ]);
      return result.run;
    }
    report.queuedBehind(result.behindRunId);
    await sleep(QUEUE_CHECK_EVERY, { summary: `waits for run ${result.behindRunId}` });
  }
}

async function plan(input: ScheduleRunInput, from: ResumedRun, report: RunReport): Promise<RunSummary> {
  let { run, isShaped, round } = from;
  for (;;) {
    report.opened(run, round);
    if (!isShaped) {
      await goOnWithFreshHistory(input, { run, isShaped, round });
      await forEachBatch(run, report, 'place', (ref, summary) =>
        batchActivities.placeBatch.executeWithOptions({ summary }, [ref]),
      );
      await shape(run, report);
      isShaped = true;
      await goOnWithFreshHistory(input, { run, isShaped, round });
    }
    await forEachBatch(run, report, 'apply', (ref, summary) =>
      batchActivities.applyBatch.executeWithOptions({ summary }, [ref]),
    );
    report.enter('seal');
    await wholeRunActivities.sealPlan.executeWithOptions({ summary: 'index what was written' }, [run]);
    report.enter('publish');
    const result = await wholeRunActivities.publishPlan.executeWithOptions(
      { summary: 'plan again what has changed, check the books, put the plan in force' },
      [run],
    );
    if (result.outcome === 'ended') {
      report.ended(result.summary);
      return result.summary;
    }
    run = result.run;
    isShaped = false;
    round += 1;
  }
}

/** Smoothing needs sums only; the cap needs the mails of the days that are too full, if some were not foreseen. */
async function shape(run: OpenedRun, report: RunReport): Promise<void> {
  report.enter('shape');
  const { overfullDays, isCollected } = await wholeRunActivities.shapePlan.executeWithOptions(
    { summary: 'smooth effective dates, find the days that are too full' },
    [run],
  );
  if (overfullDays > 0 && !isCollected) {
    await forEachBatch(run, report, 'collect', (ref, summary) =>
      batchActivities.collectMovableMails.executeWithOptions({ summary }, [ref]),
    );
  }
  report.enter('redistribute');
  await wholeRunActivities.redistributeMails.executeWithOptions(
    { summary: `bring ${overfullDays} day(s) down to the cap` },
    [run],
  );
}

async function forEachBatch(
  run: OpenedRun,
  report: RunReport,
  phase: 'place' | 'collect' | 'apply',
  work: (ref: BatchRef, summary: string) => Promise<unknown>,
): Promise<void> {
  report.enter(phase);
  let next = 0;
  const takeBatches = async (): Promise<void> => {
    while (next < run.batches) {
      const batch = next;
      next += 1;
      await work({ runId: run.runId, batch }, `${phase} batch ${batch + 1} of ${run.batches}`);
      report.batchDone();
    }
  };
  await CancellationScope.cancellable(async () => {
    const scope = CancellationScope.current();
    try {
      await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, takeBatches));
    } catch (error) {
      // One batch has failed for good: no other one begins.
      scope.cancel();
      throw error;
    }
  });
}

/**
 * Checked between the phases only, each of which has room in one history. A fresh one goes on behind the
 * phases that are done: to pass over their batches again would fill it up before it came any further.
 */
async function goOnWithFreshHistory(input: ScheduleRunInput, resume: ResumedRun): Promise<void> {
  if (!workflowInfo().continueAsNewSuggested) return;
  await continueAsNew<typeof scheduleRun>({ ...input, resume });
}

/** A run has a longest time; then it fails, and says so (SPEC 9). */
async function withinItsTime(run: OpenedRun, work: () => Promise<RunSummary>): Promise<RunSummary> {
  const remainingMs = Math.max(run.deadlineMs - Date.now(), 1);
  try {
    return await CancellationScope.withTimeout(remainingMs, work);
  } catch (error) {
    const isOverTime = isCancellation(error) && !CancellationScope.current().consideredCancelled;
    if (!isOverTime) throw error;
    throw ApplicationFailure.nonRetryable(
      `Run ${run.runId} took longer than ${run.maxDurationSeconds} seconds (run.max_duration) and was given up.`,
      'RUN_TOO_LONG',
    );
  }
}

async function recordEnd(error: unknown, workflow: WorkflowRef, report: RunReport): Promise<void> {
  const ending = endingOf(error);
  report.failed(ending.message);
  await CancellationScope.nonCancellable(() =>
    batchActivities.endRun.executeWithOptions({ summary: `record: ${ending.state}` }, [
      { workflow, ...ending },
    ]),
  );
}

function endingOf(error: unknown): { state: 'failed' | 'cancelled'; code: string; message: string } {
  if (isCancellation(error)) {
    return { state: 'cancelled', code: 'CANCELLED', message: 'The run was cancelled.' };
  }
  const cause = causeOf(error);
  const code = cause instanceof ApplicationFailure ? (cause.type ?? 'UNKNOWN') : 'UNKNOWN';
  return { state: 'failed', code, message: cause instanceof Error ? cause.message : String(cause) };
}
