/** Days as numbers: 1970-01-01 is 0 (SPEC 4, catch-up). */

const MS_PER_DAY = 86_400_000;

/** Written where a window has no start or no end. */
export const BEGINNING = dayNumber('0001-01-01');
export const FOREVER = dayNumber('9999-12-31');

export interface MonthDay {
  month: number;
  day: number;
}

export function dayNumber(iso: string): number {
  return Date.parse(`${iso}T00:00:00Z`) / MS_PER_DAY;
}

export function isoDate(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}

export function yearOf(day: number): number {
  return new Date(day * MS_PER_DAY).getUTCFullYear();
}

export function monthDayOf(day: number): MonthDay {
  const date = new Date(day * MS_PER_DAY);
  return { month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

/** `03-15` */
export function parseMonthDay(text: string): MonthDay {
  return { month: Number(text.slice(0, 2)), day: Number(text.slice(3, 5)) };
}

/** SPEC 4: 29 February is 28 February in a common year. */
export function dateInYear(year: number, at: MonthDay): number {
  const isMissingLeapDay = at.month === 2 && at.day === 29 && !isLeapYear(year);
  return Date.UTC(year, at.month - 1, isMissingLeapDay ? 28 : at.day) / MS_PER_DAY;
}

/** The day of a text `YYYY-MM-DD`; null for any other text and for impossible dates. */
export function parseDate(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const day = dayNumber(text);
  if (Number.isNaN(day)) return null;
  return isoDate(day) === text ? day : null;
}

/** The day of a moment in a zone: `en-CA` writes dates as ISO does. */
export function dayInZone(moment: string, timeZone: string): number {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  return dayNumber(format.format(new Date(moment)));
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}
