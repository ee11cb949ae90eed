import { expect, test } from 'vitest';
import { formatDay, parseDay } from '../../../src/domain/calendar.ts';
import { clockChangeDays } from '../../../src/domain/clock-changes.ts';

const YEAR = 365;

test.each([
  ['04:00', 'America/Chicago', [], []],
  ['01:59', 'America/Chicago', [], ['2027-11-07']],
  ['01:30', 'America/Chicago', [], ['2027-11-07']],
  ['01:00', 'America/Chicago', [], ['2027-11-07']],
  ['02:00', 'America/Chicago', ['2027-03-14'], []],
  ['02:30', 'America/Chicago', ['2027-03-14'], []],
  ['03:00', 'America/Chicago', [], []],
  ['02:30', 'America/Phoenix', [], []],
  ['02:30', 'UTC', [], []],
  // Half an hour, and in the other half of the year.
  ['02:15', 'Australia/Lord_Howe', ['2027-10-03'], []],
  ['01:45', 'Australia/Lord_Howe', [], ['2027-04-04']],
] as const)('%s in %s is left out on %j and comes twice on %j', (time, zone, without, twice) => {
  const found = clockChangeDays(time, zone, parseDay('2027-01-01')!, YEAR);
  expect(found.without.map(formatDay)).toEqual(without);
  expect(found.twice.map(formatDay)).toEqual(twice);
});
