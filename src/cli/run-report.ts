/** All that `runs show` tells of a run, gathered: the record, what Temporal knows, today's mails, what to do next. */
import type { ScheduleDescription } from '@temporalio/client';
import type { Pool } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import type { OrganizationOverview } from '../db/queries/list-organizations.ts';
import {
  findLaterPublication,
  findRecordedWorkflows,
  findRun,
  listRuns,
  type StoredRun,
} from '../db/queries/list-runs.ts';
import { readReplannedContacts } from '../db/queries/read-replanned-contacts.ts';
import { readMailsOfDay } from '../db/queries/read-mails-of-day.ts';
import { readRunPhases } from '../db/queries/read-run-phases.ts';
import { todayOf } from '../domain/as-of.ts';
import { formatDay, parseDay } from '../domain/calendar.ts';
import { dayAt, instantOf } from '../domain/time-zone.ts';
import { dailyTimeOf } from './plan-schedule.ts';
import { adviceFor } from './run-advice.ts';
import type {
  Findings,
  RunReport,
  ScheduleState,
  Situation,
  TemporalReport,
  TodaysMails,
} from './run-findings.ts';
import { currentPhaseOf, phasesOf } from './run-phases.ts';
import {
  temporalProblemOf,
  type TemporalFindings,
  type TemporalQuestion,
  type UnrecordedRun,
} from './runs-in-temporal.ts';

export interface ReportSources {
  readonly pool: Pool;
  readonly askTemporal: (question: TemporalQuestion) => Promise<TemporalFindings>;
  readonly nowMs: number;
}

/** More are in the relation `replanned_contacts`. */
const REPLANNED_CONTACTS_SHOWN = 10;

/** @param runId `null`: the latest that is no replan */
export async function reportRun(
  sources: ReportSources,
  organization: OrganizationOverview,
  runId: number | null,
): Promise<RunReport> {
  const { pool, nowMs } = sources;
  const run = await readRun(pool, organization, runId);
  const { report: temporal, unrecorded, schedule } = await temporalReport(sources, organization, run);
  const later = run === null ? unrecorded : unrecorded.filter(({ startedAt }) => startedAt > run.startedAt);
  // Asked for by its id, a run is what is shown.
  const headline = runId === null ? headlineOf(later) : null;
  const phases = run === null ? [] : phasesOf(await readRunPhases(pool, run.id), run);
  const situation = situationOf(run, headline, temporal);
  const findings: Findings = {
    organization: organization.name,
    timeZone: organization.timeZone,
    isSandbox: organization.isSandbox,
    situation,
    run: headline === null ? run : null,
    unrecorded: headline,
    cause: headline === null ? (run?.cause ?? null) : headline.cause,
    phase:
      headline === null && run !== null
        ? currentPhaseOf(phases, run, temporal.workflow?.pending ?? [])
        : null,
    phases: headline === null ? phases : [],
    replanned:
      run?.kind === 'replan' ? await readReplannedContacts(pool, run.id, REPLANNED_CONTACTS_SHOWN) : null,
    temporal: headline === null ? temporal : { ...temporal, workflow: null },
    todaysMails: await mailsOfToday(pool, organization, nowMs),
    schedule: schedule === null ? null : stateOf(schedule),
    missedStart: missedStartOf(schedule, organization, nowMs, [
      ...(run === null ? [] : [run.startedAt]),
      ...unrecorded.map(({ startedAt }) => startedAt),
    ]),
    later: later.filter(({ startedAt }) => headline === null || startedAt > headline.startedAt),
    laterPublication: run === null ? null : await findLaterPublication(pool, organization.id, run.id),
  };
  return { ...findings, next: adviceFor(findings) };
}

async function readRun(
  pool: Pool,
  organization: OrganizationOverview,
  runId: number | null,
): Promise<StoredRun | null> {
  if (runId === null) {
    const [latest] = await listRuns(pool, organization.id, 1, { withReplans: false });
    return latest ?? null;
  }
  const run = await findRun(pool, organization.id, runId);
  if (run === null) throw unknownRun(organization.name, runId);
  return run;
}

export function unknownRun(organization: string, runId: number): SchedulerError {
  return new SchedulerError(
    'UNKNOWN_RUN',
    `${organization} has no run ${runId}: \`npx email-scheduler runs list --organization ${organization}\` shows what there is.`,
    { place: 'run', value: String(runId) },
  );
}

async function temporalReport(
  { pool, askTemporal }: ReportSources,
  { name }: OrganizationOverview,
  run: StoredRun | null,
): Promise<{
  readonly report: TemporalReport;
  readonly unrecorded: readonly UnrecordedRun[];
  readonly schedule: ScheduleDescription | null;
}> {
  try {
    const { workflow, workers, unrecorded, schedule } = await askTemporal({
      organization: name,
      workflow: run,
      findRecorded: (workflowIds) => findRecordedWorkflows(pool, workflowIds),
    });
    return { report: { problem: null, workflow, workers }, unrecorded, schedule };
  } catch (error) {
    return {
      report: { problem: temporalProblemOf(error), workflow: null, workers: [] },
      unrecorded: [],
      schedule: null,
    };
  }
}

/** Their failure was told to whoever typed them; nobody is woken for these. */
const WRONG_USES = [
  ...['INVALID_INPUT', 'RUN_ALREADY_GOING', 'UNKNOWN_PLAN', 'PLAN_GONE'],
  ...['UNKNOWN_CAMPAIGN', 'CAMPAIGN_CLOSED'],
];

function headlineOf(later: readonly UnrecordedRun[]): UnrecordedRun | null {
  return later.find(({ cause }) => cause === null || !WRONG_USES.includes(cause.code)) ?? null;
}

function situationOf(
  run: StoredRun | null,
  headline: UnrecordedRun | null,
  { problem, workflow }: TemporalReport,
): Situation {
  if (headline !== null) {
    if (headline.isOpen) return 'waiting';
    return headline.status === 'CANCELLED' || headline.status === 'TERMINATED' ? 'cancelled' : 'failed';
  }
  if (run === null) return 'never_run';
  if (run.state !== 'running' && run.state !== 'queued') return run.state;
  if (problem !== null) return 'unknown';
  return workflow?.isOpen === true ? run.state : 'lost';
}

async function mailsOfToday(
  pool: Pool,
  organization: OrganizationOverview,
  nowMs: number,
): Promise<TodaysMails> {
  const zoneDay = dayAt(nowMs, organization.timeZone);
  const { isSandbox, sandboxToday: sandboxDay } = organization;
  const today = todayOf({
    isSandbox,
    sandboxToday: sandboxDay === null ? null : parseDay(sandboxDay),
    zoneDay,
  });
  const mails = await readMailsOfDay(pool, organization.id, formatDay(today));
  const { plan } = mails;
  if (plan === null) return { ...mails, day: formatDay(today), planAgeDays: null };
  // A sandbox's days pass as it plans them.
  const madeOn = isSandbox ? parseDay(plan.asOf)! : dayAt(Number(plan.publishedAt), organization.timeZone);
  return { ...mails, day: formatDay(today), planAgeDays: Math.max(today - madeOn, 0) };
}

function stateOf(schedule: ScheduleDescription): ScheduleState {
  return {
    planTime: dailyTimeOf(schedule),
    timeZone: schedule.spec.timezone ?? 'UTC',
    isPaused: schedule.state.paused,
    note: schedule.state.note ?? '',
    nextTime: schedule.info.nextActionTimes[0] ?? null,
    missed: schedule.info.numActionsMissedCatchupWindow,
  };
}

/** A start needs moments; this long after its time it has been missed. */
const START_GRACE_MS = 2 * 60_000;

function missedStartOf(
  schedule: ScheduleDescription | null,
  { timeZone }: OrganizationOverview,
  nowMs: number,
  starts: readonly Date[],
): Date | null {
  const planTime = schedule === null ? null : dailyTimeOf(schedule);
  if (schedule === null || planTime === null) return null;
  const dueMs = instantOf(dayAt(nowMs, timeZone), planTime, timeZone);
  const isDue = nowMs > dueMs + START_GRACE_MS && Number(schedule.info.createdAt) < dueMs;
  return isDue && starts.every((start) => Number(start) < dueMs) ? new Date(dueMs) : null;
}
