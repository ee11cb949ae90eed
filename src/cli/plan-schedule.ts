/** The Temporal Schedule that plans an organization every day at plan_time in its zone (SPEC 9). */
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import {
  ScheduleNotFoundError,
  ServiceError,
  type Client,
  type ScheduleDescription,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
} from '@temporalio/client';
import { defineSearchAttributeKey, type Workflow } from '@temporalio/common';
import { planScheduleId, scheduledRunIdPrefix } from '../contracts/plan-schedule.ts';
import type { ScheduleRunInput } from '../contracts/schedule-run.ts';
import { TASK_QUEUE } from '../contracts/task-queues.ts';
import type { TimeOfDay } from '../domain/configuration.ts';
import { formatTimeOfDay, parseTimeOfDay } from '../domain/time-of-day.ts';

export interface PlanSchedule {
  readonly organization: string;
  readonly timeZone: string;
  readonly planTime: TimeOfDay;
}

type Options = ScheduleOptions<ScheduleOptionsStartWorkflowAction<Workflow>>;

const ORGANIZATION_ATTRIBUTE = defineSearchAttributeKey('EmailSchedulerOrganization', 'KEYWORD');
/** A start that was missed for longer is not caught up: the run of the next day covers it. */
const CATCH_UP_WINDOW_MS = 3_600_000;

/**
 * What Temporal is told. A run that somebody started by hand is waited for (`ifRunning: queue`): it may have read
 * the contacts hours ago, and who watches over the schedule wants a run that succeeds, not one that was refused. The
 * scheduled run of the day before is not: its successor is skipped while it goes on (overlap), so that runs never
 * pile up while no worker is there.
 */
export function planScheduleOptions(
  { organization, timeZone, planTime }: PlanSchedule,
  catchUpWindowMs = CATCH_UP_WINDOW_MS,
) {
  const minutes = parseTimeOfDay(planTime);
  if (minutes === null) throw new RangeError(`Not a time of day: ${planTime}`);
  const input: ScheduleRunInput = { organization, ifRunning: 'queue' };
  const typedSearchAttributes = [{ key: ORGANIZATION_ATTRIBUTE, value: organization }];
  return {
    scheduleId: planScheduleId(organization),
    spec: {
      calendars: [{ hour: Math.floor(minutes / 60), minute: minutes % 60, comment: `daily at ${planTime}` }],
      timezone: timeZone,
    },
    policies: { overlap: 'SKIP', catchupWindow: catchUpWindowMs, pauseOnFailure: false },
    action: {
      type: 'startWorkflow',
      workflowType: 'scheduleRun',
      workflowId: scheduledRunIdPrefix(organization),
      taskQueue: TASK_QUEUE,
      args: [input],
      staticSummary: `Plan ${organization}, daily at ${planTime} (${timeZone})`,
      memo: { startedBy: `schedule ${planScheduleId(organization)}` },
      typedSearchAttributes,
    },
    memo: { purpose: `The daily planning run of ${organization}` },
    typedSearchAttributes,
  } satisfies Options;
}

/** `null`: the organization has none. */
export async function describePlanSchedule(
  client: Client,
  organization: string,
): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(planScheduleId(organization)).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

/** A search attribute that was registered a moment ago is not known to every part of a server yet. */
const ATTRIBUTES_KNOWN_WITHIN_MS = 60_000;
const TRY_AGAIN_MS = 1_000;

export async function createSchedule(client: Client, options: Options): Promise<void> {
  const deadline = performance.now() + ATTRIBUTES_KNOWN_WITHIN_MS;
  for (;;) {
    try {
      await client.schedule.create(options);
      return;
    } catch (error) {
      if (!isUnknownAttribute(error) || performance.now() > deadline) throw error;
    }
    await delay(TRY_AGAIN_MS);
  }
}

function isUnknownAttribute(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : undefined;
  return cause instanceof Error && /search attribute/i.test(cause.message);
}

/** Creates the schedule or brings it in step; whether it is paused stays as it is. Returns what was changed. */
export async function setPlanSchedule(
  client: Client,
  wanted: PlanSchedule,
): Promise<{ readonly outcome: 'created' | 'changed' | 'unchanged'; readonly differences: string[] }> {
  const options = planScheduleOptions(wanted);
  const found = await describePlanSchedule(client, wanted.organization);
  if (found === null) {
    await createSchedule(client, options);
    return { outcome: 'created', differences: [] };
  }
  const differences = differencesFrom(found, wanted);
  if (differences.length === 0) return { outcome: 'unchanged', differences };
  const { scheduleId, memo: _memo, ...rest } = options;
  await client.schedule.getHandle(scheduleId).update(({ state }) => ({ ...rest, state }));
  return { outcome: 'changed', differences };
}

/** In what the schedule, as Temporal has it, is not the one that is wanted: `time 05:00 instead of 04:00`. */
export function differencesFrom(found: ScheduleDescription, wanted: PlanSchedule): string[] {
  const { policies, action } = planScheduleOptions(wanted);
  const compared: [string, unknown, unknown][] = [
    ['time', dailyTimeOf(found) ?? 'another calendar', wanted.planTime],
    ['zone', found.spec.timezone ?? 'UTC', wanted.timeZone],
    ['overlap', found.policies.overlap, policies.overlap],
    ['catch-up window in ms', found.policies.catchupWindow, policies.catchupWindow],
    ['workflow', found.action.workflowType, action.workflowType],
    ['task queue', found.action.taskQueue, action.taskQueue],
    ['input', found.action.args, action.args],
  ];
  return compared
    .filter(([, is, shouldBe]) => !isDeepStrictEqual(is, shouldBe))
    .map(([what, is, shouldBe]) => `${what} ${textOf(is)} instead of ${textOf(shouldBe)}`);
}

/** The time at which it starts every day; `null`: it has another calendar, set elsewhere. */
export function dailyTimeOf({ spec }: ScheduleDescription): TimeOfDay | null {
  const [calendar, ...others] = spec.calendars ?? [];
  const hasOthers = others.length + (spec.intervals?.length ?? 0) + (spec.skip?.length ?? 0) > 0;
  if (calendar === undefined || hasOthers) return null;
  const { second, minute, hour, dayOfMonth, month, dayOfWeek, year } = calendar;
  const isDaily = isAll(dayOfMonth, 31) && isAll(month, 12) && isAll(dayOfWeek, 7) && year.length === 0;
  const time = [hour, minute, second].map(onlyValue);
  if (!isDaily || time.includes(null) || time[2] !== 0) return null;
  return formatTimeOfDay(time[0]! * 60 + time[1]!);
}

type Ranges = readonly { readonly start: unknown; readonly end: unknown; readonly step: number }[];

function onlyValue(ranges: Ranges): number | null {
  const [range, ...others] = ranges;
  if (range === undefined || others.length > 0 || range.start !== range.end) return null;
  return Number(range.start);
}

/** The whole of 31 days, 12 months or 7 weekdays. */
function isAll(ranges: Ranges, size: 31 | 12 | 7): boolean {
  const [range, ...others] = ranges;
  if (range === undefined || others.length > 0 || range.step !== 1) return false;
  const whole = { 31: [1, 31], 12: ['JANUARY', 'DECEMBER'], 7: ['SUNDAY', 'SATURDAY'] }[size];
  return isDeepStrictEqual([range.start, range.end], whole);
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}
