/** Times of day on a wall clock, `HH:MM` from `00:00` to `23:59`. */
import type { TimeOfDay } from './configuration.ts';

const TIME_OF_DAY = /^([01]\d|2[0-3]):([0-5]\d)$/;

/** Minutes since midnight, or `null` if the text is no time of day. */
export function parseTimeOfDay(text: string): number | null {
  const match = TIME_OF_DAY.exec(text);
  return match === null ? null : Number(match[1]) * 60 + Number(match[2]);
}

/** The time of day that lies that many minutes (0 to 1439) after midnight. */
export function formatTimeOfDay(minutes: number): TimeOfDay {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
