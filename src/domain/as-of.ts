/** The organization's today and the first day that a run plans for (SPEC 2). */
import { formatDay, type DayNumber } from './calendar.ts';
import type { TimeOfDay } from './configuration.ts';

export interface OrganizationClock {
  readonly isSandbox: boolean;
  /** A sandbox's own today; `null` before its first run. */
  readonly sandboxToday: DayNumber | null;
  /** Now, in the organization's zone. */
  readonly zoneDay: DayNumber;
  readonly zoneTime: TimeOfDay;
  readonly sendUntil: TimeOfDay;
  /** The latest day whose mails were claimed. */
  readonly claimedThrough: DayNumber | null;
}

export interface PlanningDays {
  readonly today: DayNumber;
  readonly asOfDay: DayNumber;
  /** So far ahead that the plan may be looked at and not published. */
  readonly isDryRunOnly: boolean;
  /** What was claimed for an earlier day and has no attempt goes back into the plan first (SPEC 10). */
  readonly givesBackBefore: DayNumber;
}

/** The organization's today, before any run that is being started. */
export function todayOf(clock: Pick<OrganizationClock, 'isSandbox' | 'sandboxToday' | 'zoneDay'>): DayNumber {
  return clock.isSandbox ? (clock.sandboxToday ?? clock.zoneDay) : clock.zoneDay;
}

/**
 * @param requestedDay the as-of date that was asked for; `null`: today until its mails are claimed or its
 * sending hours are over, then tomorrow
 * @returns the days, or a sentence that says which dates are allowed
 */
export function planningDays(
  clock: OrganizationClock,
  requestedDay: DayNumber | null,
): PlanningDays | { readonly refusal: string } {
  const today = todayOf(clock);
  if (requestedDay === null) {
    return withinToday(clock, defaultAsOf(clock, today));
  }
  const isFirstOfSandbox = clock.isSandbox && clock.sandboxToday === null;
  if (requestedDay < today && !isFirstOfSandbox) {
    return { refusal: `allowed: the organization's today, ${formatDay(today)}, or a later day` };
  }
  return withinToday(clock, requestedDay);
}

/** By what a replan plans: the default as-of date. It moves no clock. */
export function replanningDays(clock: OrganizationClock): Pick<PlanningDays, 'today' | 'asOfDay'> {
  const today = todayOf(clock);
  return { today, asOfDay: defaultAsOf(clock, today) };
}

/** A sandbox's clock goes to the day that it plans; a real one's stays where it is. */
function withinToday(clock: OrganizationClock, asOfDay: DayNumber): PlanningDays {
  if (clock.isSandbox) return { today: asOfDay, asOfDay, isDryRunOnly: false, givesBackBefore: asOfDay };
  const today = clock.zoneDay;
  return {
    today,
    asOfDay,
    isDryRunOnly: asOfDay > today + 1,
    givesBackBefore: areHoursOver(clock) ? today + 1 : today,
  };
}

function defaultAsOf(clock: OrganizationClock, today: DayNumber): DayNumber {
  const isClaimed = clock.claimedThrough !== null && clock.claimedThrough >= today;
  return isClaimed || areHoursOver(clock) ? today + 1 : today;
}

/** A sandbox has no time of day: planning finds it before its send time. */
function areHoursOver(clock: OrganizationClock): boolean {
  return !clock.isSandbox && clock.zoneTime >= clock.sendUntil;
}
