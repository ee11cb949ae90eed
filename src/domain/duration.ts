/** Durations as people write them in configuration: a whole number and a unit, `2d`, `3h`, `90m`, `45s`. */

const SECONDS_PER_UNIT: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const DURATION = /^(\d{1,9})([smhd])$/;

export const SECONDS_PER_DAY = 86_400;

/** The seconds of a duration, or `null` if the text is none. */
export function parseDurationSeconds(text: string): number | null {
  const match = DURATION.exec(text);
  if (match === null) return null;
  return Number(match[1]) * SECONDS_PER_UNIT[match[2]!]!;
}
