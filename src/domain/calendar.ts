/**
 * Calendar days as integers: the number of days since 1970-01-01 in the proleptic Gregorian
 * calendar. No time of day and no zone: an instant becomes a day in `time-zone.ts`, at the edge.
 */
import type { MonthDay } from './configuration.ts';

/** Days since 1970-01-01. */
export type DayNumber = number;

const DAYS_PER_ERA = 146_097;
const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

export function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Month is 1 to 12. */
export function daysInMonth(year: number, month: number): number {
  return month === 2 && isLeapYear(year) ? 29 : MONTH_LENGTHS[month - 1]!;
}

/** The day number of a date that exists. Years are counted from March, so that a leap day ends one. */
export function dayNumber(year: number, month: number, day: number): DayNumber {
  const marchYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * DAYS_PER_ERA + dayOfEra - 719_468;
}

export interface CivilDate extends MonthDay {
  readonly year: number;
}

export function civilDate(day: DayNumber): CivilDate {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / DAYS_PER_ERA);
  const dayOfEra = shifted - era * DAYS_PER_ERA;
  const yearOfEra = Math.floor(
    (dayOfEra -
      Math.floor(dayOfEra / 1460) +
      Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1,
  };
}

export function yearOf(day: DayNumber): number {
  return day >= FIRST_TABLED_DAY && day <= LAST_TABLED_DAY
    ? YEARS[day - FIRST_TABLED_DAY]!
    : civilDate(day).year;
}

/** The years of the days that plans have: asked for some ten times with every contact. */
const FIRST_TABLED_DAY = dayNumber(1900, 1, 1);
const LAST_TABLED_DAY = dayNumber(2199, 12, 31);
const YEARS = new Int16Array(LAST_TABLED_DAY - FIRST_TABLED_DAY + 1);
for (let year = 1900; year < 2200; year += 1) {
  YEARS.fill(year, dayNumber(year, 1, 1) - FIRST_TABLED_DAY, dayNumber(year, 12, 31) - FIRST_TABLED_DAY + 1);
}

/** The month-day in that year; 29 February is 28 February in a common year (SPEC 4). */
export function inYear(monthDay: MonthDay, year: number): DayNumber {
  const isMissingLeapDay = monthDay.month === 2 && monthDay.day === 29 && !isLeapYear(year);
  return dayNumber(year, monthDay.month, isMissingLeapDay ? 28 : monthDay.day);
}

/** Plans write the same few hundred days millions of times. */
const formattedDays = new Map<DayNumber, string>();
const MAX_FORMATTED_DAYS = 50_000;

/** `2027-03-04`. Years 0 to 9999. */
export function formatDay(day: DayNumber): string {
  let text = formattedDays.get(day);
  if (text === undefined) {
    text = formatAnew(day);
    if (formattedDays.size >= MAX_FORMATTED_DAYS) formattedDays.clear();
    formattedDays.set(day, text);
  }
  return text;
}

function formatAnew(day: DayNumber): string {
  const date = civilDate(day);
  const year = String(date.year).padStart(4, '0');
  return `${year}-${pad2(date.month)}-${pad2(date.day)}`;
}

function pad2(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

const ISO_DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

/** The day that `YYYY-MM-DD` names, or `null` if the text has another form or the date does not exist. */
export function parseDay(text: string): DayNumber | null {
  const match = ISO_DAY.exec(text);
  if (match === null) return null;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return null;
  return dayNumber(year, month, day);
}

/**
 * Stand for "since ever" and "for ever" in windows and deadlines that have no end. They are real days,
 * so that they compare, format and store like any other.
 */
export const FIRST_DAY: DayNumber = dayNumber(1, 1, 1);
export const LAST_DAY: DayNumber = dayNumber(9999, 12, 31);

const MONTH_DAY = /^(\d{2})-(\d{2})$/;

/** The month-day that `MM-DD` names (`02-29` is one), or `null`. */
export function parseMonthDay(text: string): MonthDay | null {
  const match = MONTH_DAY.exec(text);
  if (match === null) return null;
  const [month, day] = [Number(match[1]), Number(match[2])];
  const leapYear = 2000;
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(leapYear, month)) return null;
  return { month, day };
}
