import { describe, expect, test } from 'vitest';
import {
  dayLoads,
  mondayOf,
  periodLoads,
  weekdayOf,
  type CalendarLimits,
} from '../../../src/cli/load-calendar.ts';
import { calendarText, type LoadCalendar } from '../../../src/cli/output/calendar-text.ts';
import type { DayTypeLoad } from '../../../src/db/queries/read-load-calendar.ts';
import { formatDay, parseDay } from '../../../src/domain/calendar.ts';

const LIMITS: CalendarLimits = {
  dailyCap: 100,
  softLimit: 15,
  redistributeAbove: 120,
  overCapDays: new Set([parseDay('2026-11-25')!]),
};

function load(day: string, emailType: string, counts: Partial<DayTypeLoad>): DayTypeLoad {
  const nothing = { mails: 0, skippedWithPlace: 0, skipped: 0, withdrawn: 0, followUps: 0 };
  return { day, emailType, ...nothing, ...counts };
}

function calendar(loads: DayTypeLoad[], others: Partial<LoadCalendar> = {}): LoadCalendar {
  return {
    organization: 'demo',
    planNumber: 4,
    asOfDay: parseDay('2026-11-24')!,
    today: parseDay('2026-11-24')!,
    fromDay: parseDay('2026-11-24')!,
    untilDay: parseDay('2027-11-23')!,
    limits: LIMITS,
    overdueMails: 0,
    days: dayLoads(loads, LIMITS),
    ...others,
  };
}

describe('the load of a day', () => {
  test('is its mails and those with a place, without what is skipped, cancelled, or a follow-up', () => {
    const [day] = dayLoads(
      [
        load('2026-11-24', 'aep', { mails: 40, skippedWithPlace: 3, skipped: 7, withdrawn: 2 }),
        load('2026-11-24', 'birthday', { mails: 5, followUps: 9 }),
      ],
      LIMITS,
    );
    expect(day).toEqual({
      day: parseDay('2026-11-24'),
      volume: 48,
      mailsByType: { aep: 40, birthday: 5 },
      skippedWithPlace: 3,
      skipped: 7,
      withdrawn: 2,
      followUps: 9,
      isOverCap: false,
      isAboveSoftLimit: false,
    });
  });

  test.each([
    ['flagged by its plan', '2026-11-25', { mails: 1 }, true],
    ['at the threshold', '2026-11-26', { mails: 110, skippedWithPlace: 10 }, false],
    ['above the threshold', '2026-11-26', { mails: 110, skippedWithPlace: 11 }, true],
  ])('%s', (_what, day, counts, isOverCap) => {
    expect(dayLoads([load(day, 'aep', counts)], LIMITS)[0]).toMatchObject({ isOverCap });
  });

  test.each([
    ['effective_date', 15, false],
    ['effective_date', 16, true],
    ['birthday', 16, false],
  ])('%s, %i mails: above the soft limit: %s', (type, mails, isAboveSoftLimit) => {
    expect(dayLoads([load('2026-11-26', type, { mails })], LIMITS)[0]).toMatchObject({ isAboveSoftLimit });
  });
});

describe('weeks and months', () => {
  test.each([
    ['1970-01-01', 'Thu', '1969-12-29'],
    ['2026-11-23', 'Mon', '2026-11-23'],
    ['2026-11-29', 'Sun', '2026-11-23'],
    ['2028-02-29', 'Tue', '2028-02-28'],
    ['1969-12-31', 'Wed', '1969-12-29'],
  ])('%s is a %s, of the week from %s', (day, name, monday) => {
    expect(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'][weekdayOf(parseDay(day)!)]).toBe(name);
    expect(formatDay(mondayOf(parseDay(day)!))).toBe(monday);
  });

  test.each([
    ['day', ['2026-11-28', '2026-11-29', '2026-11-30', '2026-12-31', '2027-01-01'], [10, 20, 30, 40, 50]],
    ['week', ['2026-11-28', '2026-11-30', '2026-12-28'], [30, 30, 90]],
    ['month', ['2026-11-28', '2026-12-01', '2027-01-01'], [60, 40, 50]],
  ] as const)('by %s', (kind, firstDays, volumes) => {
    const days = ['2026-11-28', '2026-11-29', '2026-11-30', '2026-12-31', '2027-01-01'].map((day, index) =>
      load(day, 'aep', { mails: 10 * (index + 1) }),
    );
    const periods = periodLoads(dayLoads(days, LIMITS), kind, parseDay('2026-11-28')!);
    expect(periods.map(({ firstDay }) => formatDay(firstDay))).toEqual(firstDays);
    expect(periods.map(({ volume }) => volume)).toEqual(volumes);
    expect(Math.max(...periods.map(({ busiestVolume }) => busiestVolume))).toBe(50);
  });
});

describe('the text', () => {
  const line = (text: string, beginning: string): string =>
    text.split('\n').find((one) => one.startsWith(beginning)) ?? '';

  test('has a bar scaled to the cap, with marks at the cap and at the threshold', () => {
    const text = calendarText(
      calendar([
        load('2026-11-24', 'aep', { mails: 50 }),
        load('2026-11-25', 'aep', { mails: 130 }),
        load('2026-11-26', 'aep', { mails: 1_000 }),
        load('2026-11-27', 'aep', { skipped: 4 }),
        load('2026-11-28', 'aep', { mails: 1 }),
      ]),
      'day',
    );
    const barOf = (day: string): string => line(text, day).slice(15, 51);
    expect(barOf('Tue 2026-11-24')).toBe(`${'█'.repeat(12)}${' '.repeat(12)}│    ┊${' '.repeat(6)}`);
    expect(barOf('Wed 2026-11-25')).toBe(`${'█'.repeat(24)}${'▓'.repeat(7)}${' '.repeat(5)}`);
    expect(barOf('Thu 2026-11-26')).toBe(`${'█'.repeat(24)}${'▓'.repeat(11)}►`);
    expect(barOf('Fri 2026-11-27')).toBe(`${' '.repeat(24)}│    ┊${' '.repeat(6)}`);
    expect(barOf('Sat 2026-11-28')).toBe(`█${' '.repeat(23)}│    ┊${' '.repeat(6)}`);
    expect(line(text, 'Wed 2026-11-25')).toMatch(/ !$/);
    expect(text).toContain('Over the cap (!): 2026-11-25, 2026-11-26.');
  });

  test('shows two weeks by day and the rest by week, whose bars are their busiest days', () => {
    const text = calendarText(
      calendar([
        load('2026-12-06', 'aep', { mails: 7 }),
        load('2026-12-07', 'aep', { mails: 60 }),
        load('2026-12-08', 'aep', { mails: 10 }),
      ]),
      null,
    );
    expect(line(text, 'Sun 2026-12-06')).not.toBe('');
    expect(line(text, '2026-12-07')).toMatch(/ 60 +70 +70 +0$/);
    expect(text).not.toContain('2026-12-08 ');
  });

  test('of millions, with every kind of mail, fits into 100 columns', () => {
    const types = ['aep', 'birthday', 'effective_date', 'post_window', 'campaign_rate_increase'];
    const loads = types.map((type) =>
      load('2026-11-25', type, { mails: 210_000, skipped: 99_999, followUps: 100_000 }),
    );
    for (const by of ['day', 'week', 'month', null] as const) {
      const text = calendarText(calendar(loads, { overdueMails: 1_234_567 }), by);
      expect(Math.max(...text.split('\n').map((one) => one.length))).toBeLessThanOrEqual(100);
      expect(text).toContain('campaigns');
      expect(text).toContain('1,050k');
      expect(text).toContain('1,234,567 mails of days before 2026-11-24');
    }
  });

  test('says so when there is nothing', () => {
    expect(calendarText(calendar([]), null)).toContain('There is no mail on these days.');
  });
});
