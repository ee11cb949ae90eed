/** What `scheduleRun` takes as its input, and what it refuses with the field, its value and what is allowed. */
import { describe, expect, test } from 'vitest';
import { checkRunInput } from '../../activities/schedule-run-input.ts';
import { SchedulerError } from '../../src/contracts/errors.ts';
import { parseDay } from '../../src/domain/calendar.ts';

const DEFAULTS = {
  organization: 'demo',
  asOfDay: null,
  isFresh: false,
  batchSize: null,
  isDryRun: false,
  ifRunning: 'refuse',
  restore: null,
  preview: null,
  requestedBy: null,
};

describe('accepted', () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['a name alone', {}, {}],
    ['a day', { asOf: '2026-11-23' }, { asOfDay: parseDay('2026-11-23') }],
    ['a leap day', { asOf: '2028-02-29' }, { asOfDay: parseDay('2028-02-29') }],
    ['the day 0', { asOf: '1970-01-01' }, { asOfDay: 0 }],
    ['a fresh run', { fresh: true }, { isFresh: true }],
    ['a run that is not fresh', { fresh: false }, {}],
    ['a dry run', { dryRun: true }, { isDryRun: true }],
    ['the smallest batches', { batchSize: 100 }, { batchSize: 100 }],
    ['the largest batches', { batchSize: 100_000 }, { batchSize: 100_000 }],
    ['a whole number written with a fraction', { batchSize: 250.0 }, { batchSize: 250 }],
    ['a run that may wait', { ifRunning: 'queue' }, { ifRunning: 'queue' }],
    ['a run that may not wait', { ifRunning: 'refuse' }, {}],
    ['an earlier plan', { restore: 7 }, { restore: 7 }],
    ['a preview', { preview: 'Spring', dryRun: true }, { preview: 'Spring', isDryRun: true }],
    ['who asks for it', { restore: 7, requestedBy: 'cli:jo' }, { restore: 7, requestedBy: 'cli:jo' }],
    ['a field that is not there', { asOf: undefined }, {}],
    [
      'everything',
      { asOf: '2027-01-01', fresh: true, batchSize: 500, dryRun: true, ifRunning: 'queue' },
      { asOfDay: parseDay('2027-01-01'), isFresh: true, batchSize: 500, isDryRun: true, ifRunning: 'queue' },
    ],
  ])('%s', (_what, given, expected) => {
    expect(checkRunInput({ organization: 'demo', ...given })).toEqual({ ...DEFAULTS, ...expected });
  });
});

describe('refused, with field, value and what is allowed', () => {
  const A_DAY = 'YYYY-MM-DD';
  const A_BATCH = 'a whole number from 100 to 100000';
  const A_NAME = 'the name of an organization';
  const A_PLAN = 'the number of an earlier plan';

  test.each<[string, unknown, readonly string[]]>([
    ['no input', undefined, ['it is missing', 'an object']],
    ['null', null, ['it is null', 'an object']],
    ['a text', 'demo', ['it is "demo"', 'an object']],
    ['a number', 5, ['it is 5', 'an object']],
    ['a list', ['demo'], ['it is ["demo"]', 'an object']],
    ['no organization', {}, ['organization is missing', A_NAME]],
    ['an empty name', { organization: '' }, ['organization is ""', A_NAME]],
    ['a number as name', { organization: 7 }, ['organization is 7', A_NAME]],
    ['no name', { organization: null }, ['organization is null', A_NAME]],
    ['a day without zeros', { organization: 'demo', asOf: '2026-1-5' }, ['asOf is "2026-1-5"', A_DAY]],
    [
      'a day that does not exist',
      { organization: 'demo', asOf: '2026-02-29' },
      ['asOf is "2026-02-29"', A_DAY],
    ],
    ['month 13', { organization: 'demo', asOf: '2026-13-01' }, ['asOf is "2026-13-01"', A_DAY]],
    ['a moment', { organization: 'demo', asOf: '2026-11-23T00:00:00Z' }, ['asOf is', A_DAY]],
    ['an American day', { organization: 'demo', asOf: '11/23/2026' }, ['asOf is "11/23/2026"', A_DAY]],
    ['a day with a blank', { organization: 'demo', asOf: ' 2026-11-23' }, ['asOf is " 2026-11-23"', A_DAY]],
    ['no day', { organization: 'demo', asOf: '' }, ['asOf is ""', A_DAY]],
    ['null as day', { organization: 'demo', asOf: null }, ['asOf is null', A_DAY]],
    ['a number as day', { organization: 'demo', asOf: 20261123 }, ['asOf is 20261123', A_DAY]],
    [
      'a year of five digits',
      { organization: 'demo', asOf: '12026-11-23' },
      ['asOf is "12026-11-23"', A_DAY],
    ],
    ['fresh as text', { organization: 'demo', fresh: 'true' }, ['fresh is "true"', 'true or false']],
    ['fresh as number', { organization: 'demo', fresh: 1 }, ['fresh is 1', 'true or false']],
    ['dryRun as text', { organization: 'demo', dryRun: 'no' }, ['dryRun is "no"', 'true or false']],
    ['batches too small', { organization: 'demo', batchSize: 99 }, ['batchSize is 99', A_BATCH]],
    ['batches too large', { organization: 'demo', batchSize: 100_001 }, ['batchSize is 100001', A_BATCH]],
    ['half a contact', { organization: 'demo', batchSize: 100.5 }, ['batchSize is 100.5', A_BATCH]],
    ['fewer than none', { organization: 'demo', batchSize: -100 }, ['batchSize is -100', A_BATCH]],
    ['a batch size as text', { organization: 'demo', batchSize: '1000' }, ['batchSize is "1000"', A_BATCH]],
    ['a batch size of null', { organization: 'demo', batchSize: null }, ['batchSize is null', A_BATCH]],
    [
      'another choice',
      { organization: 'demo', ifRunning: 'wait' },
      ['ifRunning is "wait"', 'refuse or queue'],
    ],
    ['plan 0', { organization: 'demo', restore: 0 }, ['restore is 0', A_PLAN]],
    ['a plan below 0', { organization: 'demo', restore: -3 }, ['restore is -3', A_PLAN]],
    ['half a plan', { organization: 'demo', restore: 1.5 }, ['restore is 1.5', A_PLAN]],
    ['a plan as text', { organization: 'demo', restore: '3' }, ['restore is "3"', A_PLAN]],
    ['a dry run', { organization: 'demo', restore: 'run:3' }, ['restore is "run:3"', A_PLAN]],
    ['the plan in force', { organization: 'demo', restore: 'current' }, ['restore is "current"', A_PLAN]],
    ['a number of no plan', { organization: 'demo', restore: 1e9 }, ['restore is 1000000000', A_PLAN]],
    [
      'an earlier plan that is drawn anew',
      { organization: 'demo', restore: 3, fresh: true },
      ['fresh is true together with restore', 'one of them'],
    ],
    [
      'a preview of no name',
      { organization: 'demo', preview: '', dryRun: true },
      ['preview is ""', 'a campaign instance'],
    ],
    [
      'a preview that is published',
      { organization: 'demo', preview: 'A' },
      ['preview is "A" without dryRun'],
    ],
    [
      'a preview that is drawn afresh',
      { organization: 'demo', preview: 'A', dryRun: true, fresh: true },
      ['preview is "A" together with fresh'],
    ],
    [
      'a preview of a restore',
      { organization: 'demo', preview: 'A', dryRun: true, restore: 3 },
      ['preview is "A" together with restore'],
    ],
    ['nobody who asks', { organization: 'demo', requestedBy: 7 }, ['requestedBy is 7', 'a name']],
    [
      'an unknown field',
      { organization: 'demo', asof: '2026-11-23' },
      ['unknown field "asof"', 'organization, asOf, fresh, batchSize, dryRun, ifRunning'],
    ],
    [
      'what only the workflow itself may set',
      { organization: 'demo', resume: { runId: 1 } },
      ['unknown field "resume"'],
    ],
    [
      'two wrong fields, both named',
      { organization: 'demo', batchSize: 5, dryRun: 'x' },
      ['batchSize is 5', A_BATCH, 'dryRun is "x"', 'true or false'],
    ],
  ])('%s', (_what, input, told) => {
    const error = refusalOf(input);
    expect(error.code).toBe('INVALID_INPUT');
    for (const text of told) expect(error.message).toContain(text);
    expect(error.message).toMatch(/^The input of scheduleRun is not allowed: .*\.$/);
  });

  test('the place is the field', () => {
    expect(refusalOf({ organization: 'demo', batchSize: 5 }).detail.place).toBe('batchSize');
    expect(refusalOf({ organization: 'demo', asOf: '2026-02-30' }).detail).toMatchObject({
      place: 'asOf',
      value: '2026-02-30',
    });
  });
});

function refusalOf(input: unknown): SchedulerError {
  try {
    checkRunInput(input);
  } catch (error) {
    if (error instanceof SchedulerError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}
