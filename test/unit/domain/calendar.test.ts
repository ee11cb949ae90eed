import { expect, test } from 'vitest';
import {
  civilDate,
  dayNumber,
  daysInMonth,
  formatDay,
  inYear,
  isLeapYear,
  parseDay,
  parseMonthDay,
  yearOf,
} from '../../../src/domain/calendar.ts';

test.each([
  ['1970-01-01', 0],
  ['1969-12-31', -1],
  ['1900-01-01', -25_567],
  ['2000-02-29', 11_016],
  ['2000-03-01', 11_017],
  ['2027-03-04', 20_881],
  ['2028-02-29', 21_243],
  ['2199-12-31', 84_005],
])('%s is day %i', (text, day) => {
  expect(parseDay(text)).toBe(day);
  expect(formatDay(day)).toBe(text);
});

test('agrees with the platform on every day from 1896 to 2204', () => {
  const last = dayNumber(2204, 12, 31);
  for (let day = dayNumber(1896, 1, 1); day <= last; day++) {
    const date = new Date(day * 86_400_000);
    const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    const civil = civilDate(day);
    if (civil.year !== year || civil.month !== month || civil.day !== dayOfMonth) {
      expect(civil).toEqual({ year, month, day: dayOfMonth });
    }
    if (dayNumber(year, month, dayOfMonth) !== day) expect(dayNumber(year, month, dayOfMonth)).toBe(day);
  }
  expect(yearOf(last)).toBe(2204);
});

test.each([
  [1900, false],
  [2000, true],
  [2024, true],
  [2026, false],
  [2100, false],
  [2400, true],
])('%i is a leap year: %s', (year, isLeap) => {
  expect(isLeapYear(year)).toBe(isLeap);
  expect(daysInMonth(year, 2)).toBe(isLeap ? 29 : 28);
});

test('29 February is 28 February in a common year', () => {
  const leapDay = { month: 2, day: 29 };
  expect([2027, 2028, 2100].map((year) => formatDay(inYear(leapDay, year)))).toEqual([
    '2027-02-28',
    '2028-02-29',
    '2100-02-28',
  ]);
  expect(formatDay(inYear({ month: 2, day: 28 }, 2028))).toBe('2028-02-28');
});

test.each([
  '',
  '2027-02-29',
  '2100-02-29',
  '2027-00-10',
  '2027-13-10',
  '2027-04-31',
  '2027-01-00',
  '2027-1-1',
  '27-01-01',
  '2027/01/01',
  '2027-01-01T00:00',
  ' 2027-01-01',
  '2027-01-01\n',
  '-2027-01-01',
  '20270101',
])('%j is no date', (text) => {
  expect(parseDay(text)).toBeNull();
});

test.each([
  ['09-15', { month: 9, day: 15 }],
  ['02-29', { month: 2, day: 29 }],
  ['12-31', { month: 12, day: 31 }],
  ['02-30', null],
  ['00-10', null],
  ['13-01', null],
  ['04-31', null],
  ['01-00', null],
  ['9-15', null],
  ['09-15\n', null],
  ['', null],
])('reads the month-day %j as %j', (text, monthDay) => {
  expect(parseMonthDay(text)).toEqual(monthDay);
});
