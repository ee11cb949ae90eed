import { expect, test } from 'vitest';
import { formatDay, parseDay } from '../../../src/domain/calendar.ts';
import { dayAt, instantOf, isTimeZone, timeOfDayAt } from '../../../src/domain/time-zone.ts';
import { formatTimeOfDay, parseTimeOfDay } from '../../../src/domain/time-of-day.ts';
import { parseDurationSeconds } from '../../../src/domain/duration.ts';

const CHICAGO = 'America/Chicago';

function instant(day: string, time: string, zone = CHICAGO): string {
  return new Date(instantOf(parseDay(day)!, time, zone)).toISOString();
}

test.each([
  ['2027-01-15', '08:30', '2027-01-15T14:30:00.000Z'],
  ['2027-07-15', '08:30', '2027-07-15T13:30:00.000Z'],
  ['2027-07-15', '00:00', '2027-07-15T05:00:00.000Z'],
  ['2027-07-15', '23:59', '2027-07-16T04:59:00.000Z'],
])('%s %s in Chicago is %s', (day, time, expected) => {
  expect(instant(day, time)).toBe(expected);
});

test.each([
  ['01:59', '2027-03-14T07:59:00.000Z'],
  ['02:00', '2027-03-14T08:00:00.000Z'],
  ['02:30', '2027-03-14T08:00:00.000Z'],
  ['02:59', '2027-03-14T08:00:00.000Z'],
  ['03:00', '2027-03-14T08:00:00.000Z'],
  ['03:01', '2027-03-14T08:01:00.000Z'],
  ['08:30', '2027-03-14T13:30:00.000Z'],
])(
  'on the day the clocks go forward, %s is %s: the skipped hour is the first valid minute',
  (time, expected) => {
    expect(instant('2027-03-14', time)).toBe(expected);
  },
);

test.each([
  ['00:59', '2027-11-07T05:59:00.000Z'],
  ['01:00', '2027-11-07T06:00:00.000Z'],
  ['01:30', '2027-11-07T06:30:00.000Z'],
  ['01:59', '2027-11-07T06:59:00.000Z'],
  ['02:00', '2027-11-07T08:00:00.000Z'],
  ['08:30', '2027-11-07T14:30:00.000Z'],
])('on the day the clocks go back, %s is %s: the first of the hour that comes twice', (time, expected) => {
  expect(instant('2027-11-07', time)).toBe(expected);
});

test('a skipped time elsewhere: half an hour on Lord Howe, midnight in Havana, a day in Apia', () => {
  expect(instant('2027-10-03', '02:15', 'Australia/Lord_Howe')).toBe('2027-10-02T15:30:00.000Z');
  expect(instant('2027-03-14', '00:30', 'America/Havana')).toBe('2027-03-14T05:00:00.000Z');
  expect(instant('2011-12-30', '12:00', 'Pacific/Apia')).toBe('2011-12-30T10:00:00.000Z');
});

test.each([
  ['2027-03-14T05:59:59.999Z', '2027-03-13', '23:59'],
  ['2027-03-14T06:00:00.000Z', '2027-03-14', '00:00'],
  ['2027-03-14T07:59:59.999Z', '2027-03-14', '01:59'],
  ['2027-03-14T08:00:00.000Z', '2027-03-14', '03:00'],
  ['2027-03-15T04:59:00.000Z', '2027-03-14', '23:59'],
  ['2027-11-07T04:59:00.000Z', '2027-11-06', '23:59'],
  ['2027-11-07T06:30:00.000Z', '2027-11-07', '01:30'],
  ['2027-11-07T07:30:00.000Z', '2027-11-07', '01:30'],
  ['2027-11-08T05:59:59.000Z', '2027-11-07', '23:59'],
  ['2028-02-29T12:00:00.000Z', '2028-02-29', '06:00'],
  ['1969-12-31T23:00:00.000Z', '1969-12-31', '17:00'],
])('at %s it is %s %s in Chicago', (utc, day, time) => {
  const instantMs = Date.parse(utc);
  expect([formatDay(dayAt(instantMs, CHICAGO)), timeOfDayAt(instantMs, CHICAGO)]).toEqual([day, time]);
});

test('every minute of both days on which the clocks change leads back to itself or to the next valid one', () => {
  for (const day of ['2027-03-14', '2027-11-07'].map((text) => parseDay(text)!)) {
    for (let minutes = 0; minutes < 1440; minutes++) {
      const time = formatTimeOfDay(minutes);
      const isSkipped = formatDay(day) === '2027-03-14' && minutes >= 120 && minutes < 180;
      const instantMs = instantOf(day, time, CHICAGO);
      expect([dayAt(instantMs, CHICAGO), timeOfDayAt(instantMs, CHICAGO)]).toEqual([
        day,
        isSkipped ? '03:00' : time,
      ]);
    }
  }
});

test.each(['America/Chicago', 'UTC', 'Pacific/Kiritimati', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5'])(
  'knows the zone %s',
  (name) => {
    expect(isTimeZone(name)).toBe(true);
  },
);

test.each(['', 'Chicago', 'America/Springfield', 'EST', 'CST6CDT', '+05:00', 'local', 'America/', 'a b/c'])(
  'does not know the zone %j',
  (name) => {
    expect(isTimeZone(name)).toBe(false);
  },
);

test('a zone or a time that does not exist is an error, not a wrong instant', () => {
  expect(() => dayAt(0, 'America/Springfield')).toThrow('Unknown time zone');
  expect(() => instantOf(0, '24:00', CHICAGO)).toThrow('Not a time of day');
});

test.each([
  ['00:00', 0],
  ['08:30', 510],
  ['23:59', 1439],
  ['24:00', null],
  ['8:30', null],
  ['08:60', null],
  ['08:30:00', null],
  [' 08:30', null],
  ['', null],
])('reads the time of day %j as %s minutes', (text, minutes) => {
  expect(parseTimeOfDay(text)).toBe(minutes);
});

test.each([
  ['45s', 45],
  ['90m', 5_400],
  ['3h', 10_800],
  ['2d', 172_800],
  ['0d', 0],
  ['2', null],
  ['d', null],
  ['2w', null],
  ['-2d', null],
  ['1.5h', null],
  ['1d12h', null],
  ['2D', null],
  ['2 d', null],
  ['1234567890s', null],
])('reads the duration %j as %s seconds', (text, seconds) => {
  expect(parseDurationSeconds(text)).toBe(seconds);
});
