/** Values that are allowed one by one and not together (SPEC 12). */
import * as z from 'zod';
import type { MonthDay } from '../domain/configuration.ts';
import { inYear, parseMonthDay } from '../domain/calendar.ts';
import { parseTimeOfDay } from '../domain/time-of-day.ts';
import { isMapping } from './json.ts';
import type { Path } from '../contracts/finding.ts';
import { aepDay, birthday, effectiveDate, hours, postWindow } from './scheduler-schema.ts';

/** One of the values that do not fit together, and what it would have to be if the others stayed. */
export interface Side {
  readonly path: Path;
  readonly value: unknown;
  readonly allowed: string;
}

/** The first side is the one to blame if nothing else decides. */
export type Inconsistency = readonly [Side, ...Side[]];

/** Of settings that need not be valid otherwise: values are compared if each of them is allowed. */
export function findInconsistencies(settings: unknown): Inconsistency[] {
  return [
    ...inSection(settings, [], hours, sendingHours),
    ...inSection(settings, ['email_types', 'birthday'], birthday, anniversaryDeadline),
    ...inSection(settings, ['email_types', 'effective_date'], effectiveDate, anniversaryDeadline),
    ...inSection(settings, ['email_types', 'aep', 'days'], z.array(z.unknown()), aepDays),
    ...inSection(settings, ['email_types', 'post_window'], postWindow, postWindowDeadline),
  ];
}

function inSection<T extends z.ZodType>(
  settings: unknown,
  at: Path,
  schema: T,
  check: (section: z.output<T>) => Inconsistency[],
): Inconsistency[] {
  const value = at.reduce<unknown>((node, step) => (isMapping(node) ? node[step] : undefined), settings);
  const parsed = schema.safeParse(value);
  if (!parsed.success) return [];
  return check(parsed.data).map(([first, ...others]) => {
    const place = (side: Side): Side => ({ ...side, path: [...at, ...side.path] });
    return [place(first), ...others.map(place)];
  });
}

function sendingHours({ send_time: from, send_until: until }: z.output<typeof hours>): Inconsistency[] {
  if (parseTimeOfDay(from)! < parseTimeOfDay(until)!) return [];
  return [
    [
      { path: ['send_until'], value: until, allowed: `a time later than send_time, which is "${from}"` },
      { path: ['send_time'], value: from, allowed: `a time earlier than send_until, which is "${until}"` },
    ],
  ];
}

/** Otherwise the ideal date would lie after the deadline, and every mail be late from the start. */
function anniversaryDeadline(section: z.output<typeof birthday>): Inconsistency[] {
  const { days_before: ideal, deadline_days_before: deadline } = section;
  if (deadline <= ideal) return [];
  return [
    [
      { path: ['deadline_days_before'], value: deadline, allowed: `at most days_before, which is ${ideal}` },
      { path: ['days_before'], value: ideal, allowed: `at least deadline_days_before, which is ${deadline}` },
    ],
  ];
}

function postWindowDeadline(section: z.output<typeof postWindow>): Inconsistency[] {
  const { days_after: ideal, deadline_days_after: deadline } = section;
  if (deadline >= ideal) return [];
  return [
    [
      { path: ['deadline_days_after'], value: deadline, allowed: `at least days_after, which is ${ideal}` },
      { path: ['days_after'], value: ideal, allowed: `at most deadline_days_after, which is ${deadline}` },
    ],
  ];
}

function aepDays(days: readonly unknown[]): Inconsistency[] {
  const valid = days.map((day) => aepDay.safeParse(day).data);
  return valid.flatMap((day, index) => {
    if (day === undefined) return [];
    const earlier = valid.slice(0, index).filter((other) => other !== undefined);
    return [...equalDays(day, index, earlier), ...lateDeadline(day, index)];
  });
}

type AepDay = z.output<typeof aepDay>;

function equalDays(day: AepDay, index: number, earlier: readonly AepDay[]): Inconsistency[] {
  const twin = earlier.find((other) => isSameDayInCommonYear(other.on, day.on));
  if (twin === undefined) return [];
  const allowed = `a day that no earlier entry has; "${twin.on}" is the same in a common year`;
  return [[{ path: [index, 'on'], value: day.on, allowed }]];
}

/** 28 and 29 February are the same day in three years of four. */
function isSameDayInCommonYear(a: string, b: string): boolean {
  return inYear(parseMonthDay(a)!, COMMON_YEAR) === inYear(parseMonthDay(b)!, COMMON_YEAR);
}

const COMMON_YEAR = 2027;

/** Later ones reach into the next year's event (SPEC 4); most are a deadline before the day. */
const MAX_AEP_DEADLINE_DAYS = 300;

function lateDeadline({ on, deadline }: AepDay, index: number): Inconsistency[] {
  const days = daysUntilDeadline(parseMonthDay(on)!, parseMonthDay(deadline)!);
  if (days <= MAX_AEP_DEADLINE_DAYS) return [];
  const allowed = `a month-day at most ${MAX_AEP_DEADLINE_DAYS} days after "${on}"`;
  return [[{ path: [index, 'deadline'], value: deadline, allowed }]];
}

function daysUntilDeadline(on: MonthDay, deadline: MonthDay): number {
  const start = inYear(on, COMMON_YEAR);
  const sameYear = inYear(deadline, COMMON_YEAR);
  return (sameYear >= start ? sameYear : inYear(deadline, COMMON_YEAR + 1)) - start;
}
