/**
 * The edge between instants and days: the only place that knows of zones. An instant is milliseconds
 * since 1970-01-01T00:00Z; a day is a day number.
 */
import { IANAZone } from 'luxon';
import type { DayNumber } from './calendar.ts';
import type { TimeOfDay } from './configuration.ts';
import { formatTimeOfDay, parseTimeOfDay } from './time-of-day.ts';

/** Milliseconds since 1970-01-01T00:00Z. */
export type InstantMs = number;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** `Area/Place` or `UTC`; offsets such as `+05:00` and abbreviations such as `EST` know no summer time. */
const ZONE_NAME = /^(UTC|[A-Za-z_]+(\/[A-Za-z0-9_+-]+)+)$/;

export function isTimeZone(name: string): boolean {
  return ZONE_NAME.test(name) && IANAZone.isValidZone(name);
}

/** The calendar day that it is in the zone at the instant. */
export function dayAt(instant: InstantMs, timeZone: string): DayNumber {
  return Math.floor(wallClockMs(instant, timeZone) / DAY_MS);
}

/** The time of day that it is in the zone at the instant, seconds cut off. */
export function timeOfDayAt(instant: InstantMs, timeZone: string): TimeOfDay {
  const wall = wallClockMs(instant, timeZone);
  return formatTimeOfDay(Math.floor((wall - Math.floor(wall / DAY_MS) * DAY_MS) / MINUTE_MS));
}

/**
 * The instant at which the clocks of the zone show that time on that day. A time that is skipped when
 * the clocks go forward is the first valid one after it; one that comes twice when they go back is the
 * first of the two.
 */
export function instantOf(day: DayNumber, timeOfDay: TimeOfDay, timeZone: string): InstantMs {
  const minutes = parseTimeOfDay(timeOfDay);
  if (minutes === null) throw new RangeError(`Not a time of day: ${timeOfDay}`);
  const wall = day * DAY_MS + minutes * MINUTE_MS;
  // Clocks change at most once within the two days around it: the offsets before and after are all there are.
  const candidates = [wall - DAY_MS, wall + DAY_MS].map((near) => wall - offsetMs(near, timeZone));
  const valid = candidates.filter((instant) => wallClockMs(instant, timeZone) === wall);
  return valid.length > 0 ? Math.min(...valid) : firstInstantAfterGap(wall, timeZone);
}

/** The instant at which the clocks jump over the wall-clock time. */
function firstInstantAfterGap(wall: number, timeZone: string): InstantMs {
  let [before, after] = [wall - DAY_MS, wall + DAY_MS];
  const offsetBefore = offsetMs(before, timeZone);
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetMs(middle, timeZone) === offsetBefore) before = middle;
    else after = middle;
  }
  return after;
}

/** What the zone's clocks show at the instant, as if it were UTC. */
function wallClockMs(instant: InstantMs, timeZone: string): number {
  return instant + offsetMs(instant, timeZone);
}

function offsetMs(instant: InstantMs, timeZone: string): number {
  const offsetMinutes = IANAZone.create(timeZone).offset(instant);
  if (Number.isNaN(offsetMinutes)) throw new RangeError(`Unknown time zone: ${timeZone}`);
  return Math.round(offsetMinutes * MINUTE_MS);
}
