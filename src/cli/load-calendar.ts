/** The load of days, added up to weeks and months. */
import type { DayTypeLoad } from '../db/queries/read-load-calendar.ts';
import { civilDate, dayNumber, parseDay, type DayNumber } from '../domain/calendar.ts';
import { EFFECTIVE_DATE } from '../domain/yearly.ts';

export type PeriodKind = 'day' | 'week' | 'month';

/** What the days of the calendar are held against: those of the plan in force. */
export interface CalendarLimits {
  readonly dailyCap: number;
  readonly softLimit: number;
  /** A day above this volume is brought down to the cap. */
  readonly redistributeAbove: number;
  readonly overCapDays: ReadonlySet<DayNumber>;
}

export interface DayLoad {
  readonly day: DayNumber;
  /** The mails, and those with a place that are skipped: what the cap is about. */
  readonly volume: number;
  /** That go out, or did, by type. */
  readonly mailsByType: Readonly<Record<string, number>>;
  readonly skippedWithPlace: number;
  readonly skipped: number;
  readonly withdrawn: number;
  readonly followUps: number;
  readonly isOverCap: boolean;
  /** More effective-date mails than the soft limit. */
  readonly isAboveSoftLimit: boolean;
}

/** Days that have anything, in order. */
export function dayLoads(loads: readonly DayTypeLoad[], limits: CalendarLimits): DayLoad[] {
  const byDay = new Map<string, DayTypeLoad[]>();
  for (const load of loads) {
    const ofDay = byDay.get(load.day);
    if (ofDay === undefined) byDay.set(load.day, [load]);
    else ofDay.push(load);
  }
  return [...byDay].map(([day, ofDay]) => dayLoad(parseDay(day)!, ofDay, limits));
}

function dayLoad(day: DayNumber, loads: readonly DayTypeLoad[], limits: CalendarLimits): DayLoad {
  const sumOf = (count: (load: DayTypeLoad) => number): number =>
    loads.reduce((all, load) => all + count(load), 0);
  const mailsByType = Object.fromEntries(
    loads.filter(({ mails }) => mails > 0).map(({ emailType, mails }) => [emailType, mails]),
  );
  const placedEffectiveDate = sumOf((load) =>
    load.emailType === EFFECTIVE_DATE ? load.mails + load.skippedWithPlace : 0,
  );
  const volume = sumOf((load) => load.mails + load.skippedWithPlace);
  return {
    day,
    volume,
    mailsByType,
    skippedWithPlace: sumOf((load) => load.skippedWithPlace),
    skipped: sumOf((load) => load.skipped),
    withdrawn: sumOf((load) => load.withdrawn),
    followUps: sumOf((load) => load.followUps),
    isOverCap: limits.overCapDays.has(day) || volume > limits.redistributeAbove,
    isAboveSoftLimit: placedEffectiveDate > limits.softLimit,
  };
}

/** A line of the calendar: a day, or the days of a week or month. */
export interface PeriodLoad {
  readonly firstDay: DayNumber;
  readonly volume: number;
  readonly busiestVolume: number;
  readonly mailsByType: Readonly<Record<string, number>>;
  readonly notSent: number;
  readonly followUps: number;
  readonly overCapDays: number;
  readonly isAboveSoftLimit: boolean;
}

/** @param fromDay the first day looked at: the first period may begin with it, in its middle */
export function periodLoads(days: readonly DayLoad[], kind: PeriodKind, fromDay: DayNumber): PeriodLoad[] {
  const periods = new Map<DayNumber, DayLoad[]>();
  for (const day of days) {
    const firstDay = Math.max(fromDay, firstDayOf(kind, day.day));
    const ofPeriod = periods.get(firstDay);
    if (ofPeriod === undefined) periods.set(firstDay, [day]);
    else ofPeriod.push(day);
  }
  return [...periods].map(([firstDay, ofPeriod]) => periodLoad(firstDay, ofPeriod));
}

function periodLoad(firstDay: DayNumber, days: readonly DayLoad[]): PeriodLoad {
  const mailsByType: Record<string, number> = {};
  for (const day of days) {
    for (const [type, mails] of Object.entries(day.mailsByType)) {
      mailsByType[type] = (mailsByType[type] ?? 0) + mails;
    }
  }
  const sumOf = (count: (day: DayLoad) => number): number => days.reduce((all, day) => all + count(day), 0);
  return {
    firstDay,
    volume: sumOf(({ volume }) => volume),
    busiestVolume: Math.max(...days.map(({ volume }) => volume)),
    mailsByType,
    notSent: sumOf(({ skipped, skippedWithPlace, withdrawn }) => skipped + skippedWithPlace + withdrawn),
    followUps: sumOf(({ followUps }) => followUps),
    overCapDays: days.filter(({ isOverCap }) => isOverCap).length,
    isAboveSoftLimit: days.some(({ isAboveSoftLimit }) => isAboveSoftLimit),
  };
}

function firstDayOf(kind: PeriodKind, day: DayNumber): DayNumber {
  if (kind === 'day') return day;
  if (kind === 'week') return mondayOf(day);
  const { year, month } = civilDate(day);
  return dayNumber(year, month, 1);
}

export function mondayOf(day: DayNumber): DayNumber {
  return day - weekdayOf(day);
}

/** 0 is Monday: 1970-01-01 was a Thursday. */
export function weekdayOf(day: DayNumber): number {
  return (((day + 3) % 7) + 7) % 7;
}
