/** Moments and spans of time for people. */
import { formatDay, type DayNumber } from '../../domain/calendar.ts';
import { dayAt, timeOfDayAt } from '../../domain/time-zone.ts';

const WEEKDAYS = ['Thursday', 'Friday', 'Saturday', 'Sunday', 'Monday', 'Tuesday', 'Wednesday'] as const;
const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** `2026-11-24 04:00`, on the zone's clocks. */
export function momentText(instant: Date | number, timeZone: string): string {
  const ms = Number(instant);
  return `${formatDay(dayAt(ms, timeZone))} ${timeOfDayAt(ms, timeZone)}`;
}

/** `Tuesday 2026-11-24 04:00`. */
export function weekdayMomentText(instant: Date | number, timeZone: string): string {
  return `${weekdayOf(dayAt(Number(instant), timeZone))} ${momentText(instant, timeZone)}`;
}

function weekdayOf(day: DayNumber): string {
  return WEEKDAYS[((day % 7) + 7) % 7]!;
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `3 days`. */
export function spanText(ms: number): string {
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  if (ms < MINUTE_MS) return `${Math.round(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return two(ms, MINUTE_MS, 'min', SECOND_MS, 's');
  if (ms < 2 * DAY_MS) return two(ms, HOUR_MS, 'h', MINUTE_MS, 'min');
  return `${Math.floor(ms / DAY_MS)} days`;
}

function two(ms: number, largeMs: number, large: string, smallMs: number, small: string): string {
  const rest = Math.floor((ms % largeMs) / smallMs);
  return `${Math.floor(ms / largeMs)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}
