/** The days on which a time of day does not come, or comes twice, because the clocks of a zone change. */
import type { DayNumber } from './calendar.ts';
import type { TimeOfDay } from './configuration.ts';
import { instantOf, timeOfDayAt } from './time-zone.ts';

export interface ClockChangeDays {
  /** The clocks jump over the time. */
  readonly without: readonly DayNumber[];
  /** They show it a second time. */
  readonly twice: readonly DayNumber[];
}

const MINUTE_MS = 60_000;
/** By how much clocks are put back: an hour, on Lord Howe Island half of one. */
const STEPS_BACK_MS = [30 * MINUTE_MS, 60 * MINUTE_MS];

/** @param days how many, from `firstDay` on */
export function clockChangeDays(
  timeOfDay: TimeOfDay,
  timeZone: string,
  firstDay: DayNumber,
  days: number,
): ClockChangeDays {
  const all = Array.from({ length: days }, (_, index) => firstDay + index);
  const shows = (instant: number): boolean => timeOfDayAt(instant, timeZone) === timeOfDay;
  return {
    without: all.filter((day) => !shows(instantOf(day, timeOfDay, timeZone))),
    twice: all.filter((day) => {
      const first = instantOf(day, timeOfDay, timeZone);
      return STEPS_BACK_MS.some((stepMs) => shows(first) && shows(first + stepMs));
    }),
  };
}
