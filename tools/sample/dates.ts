/** Birth and effective dates of the sample: mostly plain, with clusters where the rules get interesting. */
import { daysInMonth } from '../../src/domain/calendar.ts';
import type { Random } from './random.ts';

/** Ages 64 to 95 in 2026, the year for which the sample is planned. */
const [FIRST_BIRTH_YEAR, LAST_BIRTH_YEAR] = [1931, 1961] as const;
const LEAP_YEARS = [1932, 1936, 1940, 1944, 1948, 1952, 1956, 1960] as const;
const LAST_EFFECTIVE_YEAR = 2026;

/** The first contacts have the birthdays that rules stumble over; the others' fall as they may. */
export function birthDateOf(index: number, random: Random): string {
  const year = random.integer(FIRST_BIRTH_YEAR, LAST_BIRTH_YEAR);
  if (index < 10) return iso(random.pick(LEAP_YEARS), 2, 29);
  if (index < 14) return iso(year, 2, 28);
  if (index < 18) return iso(year, 3, 1);
  if (index < 30) return iso(year, (index % 12) + 1, daysInMonth(year, (index % 12) + 1));
  if (index < 48) return random.chance(0.5) ? iso(year, 12, 31) : iso(year, 1, 1);
  if (index < 72) {
    return random.chance(0.5) ? iso(year, 12, random.integer(20, 31)) : iso(year, 1, random.integer(1, 15));
  }
  const month = random.integer(1, 12);
  return iso(year, month, random.integer(1, daysInMonth(year, month)));
}

/** Policies begin on the first of a month, most of them in January or July, from the age of 65 on. */
export function effectiveDateOf(birthDate: string, random: Random): string {
  const firstYear = Number(birthDate.slice(0, 4)) + 65;
  // Turning 65 soon: the policy is signed and begins later.
  if (firstYear >= LAST_EFFECTIVE_YEAR) return iso(LAST_EFFECTIVE_YEAR + 1, random.pick([1, 1, 2, 3, 7]), 1);
  const year = random.integer(Math.max(firstYear, 2004), LAST_EFFECTIVE_YEAR);
  const kind = random.fraction();
  if (kind < 0.34) return iso(year, 1, 1);
  if (kind < 0.56) return iso(year, 7, 1);
  const month = random.integer(1, 12);
  if (kind < 0.9) return iso(year, month, 1);
  if (kind < 0.95) return iso(year, month, daysInMonth(year, month));
  return iso(year, month, random.integer(2, 28));
}

function iso(year: number, month: number, day: number): string {
  return `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
}
