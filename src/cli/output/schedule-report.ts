/** What there is to say about the daily schedule of an organization, for people and for programs. */
import type { ScheduleDescription } from '@temporalio/client';
import type { OrganizationProfile } from '../../db/queries/find-organization.ts';
import { formatDay } from '../../domain/calendar.ts';
import { clockChangeDays } from '../../domain/clock-changes.ts';
import { dayAt } from '../../domain/time-zone.ts';
import type { Addresses } from '../environment.ts';
import { dailyTimeOf, differencesFrom, type PlanSchedule } from '../plan-schedule.ts';
import { labelled } from './labelled.ts';
import { momentText, weekdayMomentText } from './time-text.ts';
import { wrap } from './wrap.ts';

export interface ScheduleReport {
  readonly organization: OrganizationProfile;
  readonly addresses: Pick<Addresses, 'temporalWeb' | 'namespace'>;
  /** `null`: there is none. */
  readonly found: ScheduleDescription | null;
  /** What the configuration says; `null`: it was not asked, or is wrong. */
  readonly wanted: PlanSchedule | null;
  /** What is wrong with the configuration. */
  readonly problem: string | null;
  /** What the command did, if it did anything. */
  readonly done: { readonly outcome: string; readonly sentence: string } | null;
}

const TIMES_SHOWN = 3;
const RUNS_SHOWN = 3;
const DAYS_LOOKED_AHEAD = 366;

export function scheduleText(report: ScheduleReport): string {
  const { organization, addresses, found, problem, done } = report;
  const { temporalWeb, namespace } = addresses;
  const address = `${temporalWeb}/namespaces/${namespace}/schedules/${found?.scheduleId}`;
  return [
    ...(done === null ? [] : [wrap(done.sentence, '', '')]),
    ...(found === null ? noScheduleLines(organization.name) : scheduleLines(report, found)),
    ...(problem === null ? [] : [labelled('Problem', problem)]),
    ...(temporalWeb === null || found === null ? [] : [labelled('Web', address)]),
  ].join('\n');
}

function noScheduleLines(name: string): string[] {
  return [
    `${name} has no schedule: it is planned only when somebody starts a run.`,
    labelled('Do next', `npx email-scheduler plan schedule set --organization ${name}`),
  ];
}

function scheduleLines(
  { organization: { name }, wanted }: ScheduleReport,
  found: ScheduleDescription,
): string[] {
  const { info, state } = found;
  const zone = zoneOf(found);
  const time = dailyTimeOf(found);
  const runs = info.recentActions.slice(-RUNS_SHOWN).reverse();
  return [
    time === null
      ? `${name} is planned by a calendar that was set elsewhere (${zone}).`
      : `${name} is planned every day at ${time} (${zone}).`,
    labelled('State', stateText(state)),
    labelled(
      state.paused ? 'Would be' : 'Next',
      nextTimes(found)
        .map((at) => weekdayMomentText(at, zone))
        .join(', '),
    ),
    ...runs.map(({ scheduledAt, action }, index) =>
      labelled(
        index === 0 ? 'Latest' : '',
        `${momentText(scheduledAt, zone)}: ${action.workflow.workflowId}`,
      ),
    ),
    labelled(
      'Left out',
      `${info.numActionsMissedCatchupWindow} missed by more than an hour, ${info.numActionsSkippedOverlap} because the run before still went on`,
    ),
    ...differenceLines(name, wanted === null ? [] : differencesFrom(found, wanted)),
    ...clockLines(found),
  ];
}

function stateText({ paused, note }: ScheduleDescription['state']): string {
  const because = note === undefined || note === '' ? null : note;
  if (paused) return `PAUSED, no run starts by itself: ${because ?? 'nobody said why'}`;
  return because === null ? 'active' : `active (${because})`;
}

function differenceLines(name: string, differences: readonly string[]): string[] {
  if (differences.length === 0) return [];
  return [
    labelled('Differs', `from the configuration: ${differences.join('; ')}`),
    labelled('Do next', `npx email-scheduler plan schedule set --organization ${name}`),
  ];
}

/** Times that a change of the clocks leaves out, or brings twice: Temporal starts no run, or two. */
function clockLines(found: ScheduleDescription): string[] {
  const time = dailyTimeOf(found);
  if (time === null) return [];
  const zone = zoneOf(found);
  const { without, twice } = clockChangeDays(time, zone, dayAt(Date.now(), zone), DAYS_LOOKED_AHEAD);
  return [
    ...without.map((day) =>
      labelled(
        'Clocks',
        `On ${formatDay(day)} the clocks jump over ${time}: no run starts, and the plan of the day before serves. A plan_time outside of that hour avoids it.`,
      ),
    ),
    ...twice.map((day) =>
      labelled(
        'Clocks',
        `On ${formatDay(day)} the clocks show ${time} twice: two runs start, which does no harm.`,
      ),
    ),
  ];
}

function zoneOf({ spec }: ScheduleDescription): string {
  return spec.timezone ?? 'UTC';
}

function nextTimes(found: ScheduleDescription): Date[] {
  return found.info.nextActionTimes.slice(0, TIMES_SHOWN);
}

export function scheduleJson(report: ScheduleReport): object {
  const { organization, found, wanted, problem, done } = report;
  return {
    organization: organization.name,
    outcome: done?.outcome ?? null,
    schedule: found === null ? null : describedJson(found),
    configured: wanted === null ? null : { planTime: wanted.planTime, timeZone: wanted.timeZone },
    configurationProblem: problem,
    differences: found === null || wanted === null ? [] : differencesFrom(found, wanted),
  };
}

function describedJson(found: ScheduleDescription): object {
  return {
    id: found.scheduleId,
    planTime: dailyTimeOf(found),
    timeZone: zoneOf(found),
    paused: found.state.paused,
    note: found.state.note ?? '',
    overlap: found.policies.overlap,
    catchUpWindowSeconds: found.policies.catchupWindow / 1000,
    nextTimes: nextTimes(found),
    missed: found.info.numActionsMissedCatchupWindow,
    skipped: found.info.numActionsSkippedOverlap,
    latest: found.info.recentActions.slice(-RUNS_SHOWN).map(({ scheduledAt, action }) => ({
      scheduledAt,
      workflowId: action.workflow.workflowId,
    })),
  };
}
