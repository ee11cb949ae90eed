/** Hand-worked cases of every rule. Dates were worked out with pencil and calendar; hashes come from xxhash-wasm. */

import { describe, expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import { configOf, linesOf, linesOfPlan, organization, person, row } from './case-helpers.ts';
import { planByModel } from './model.ts';
import type { ModelConfig, ModelInput, ModelRule } from './types.ts';

const hasher = await xxhash();
const h32 = (text: string, seed: number): number => hasher.h32(text, seed);

/** Days of 2027 as numbers: 57 years of 365 days and 14 leap days to 1 January, and 59 days more to 1 March. */
const NUMBER_OF_2027_03_01 = 57 * 365 + 14 + 59;

describe('the next birthday (SPEC 4)', () => {
  test.each([
    ['is that of this year', '1950-06-15', '2027-03-01', '2027-06-15 on 2027-06-01'],
    ['is on 28 February in a common year', '1952-02-29', '2027-01-10', '2027-02-28 on 2027-02-14'],
    ['is on 29 February in a leap year', '1952-02-29', '2028-01-10', '2028-02-29 on 2028-02-15'],
    ['counts days over a leap day', '1950-03-10', '2028-01-10', '2028-03-10 on 2028-02-25'],
    ['may lie in the next year', '1950-01-05', '2027-12-01', '2028-01-05 on 2027-12-22'],
    [
      'is on its ideal date if that is the as-of date',
      '1950-03-15',
      '2027-03-01',
      '2027-03-15 on 2027-03-01',
    ],
    ['is caught up on its deadline', '1950-03-02', '2027-03-01', '2027-03-02 on 2027-03-01 catch_up'],
    [
      'is that of next year once the deadline is past',
      '1950-03-01',
      '2027-03-01',
      '2028-03-01 on 2028-02-16',
    ],
    ['of one born on the as-of date is the first', '2027-03-01', '2027-03-01', '2028-03-01 on 2028-02-16'],
  ])('%s', (_name, birth_date, asOf, expected) => {
    const lines = linesOfPlan({ asOf, config: configOf('birthday'), contacts: [person(1, { birth_date })] });
    expect(lines).toEqual([`1:birthday::${expected}`]);
  });
});

describe('the next anniversary of the effective date (SPEC 4)', () => {
  test.each([
    ['is that of this year', '2020-07-10', '2027-03-01', '2027-07-10 on 2027-06-10'],
    ['is the first one', '2026-04-15', '2027-03-01', '2027-04-15 on 2027-03-16'],
    ['is never the effective date itself', '2027-05-01', '2027-03-01', '2028-05-01 on 2028-04-01'],
    ['may be two years ahead', '2028-12-01', '2027-03-01', '2029-12-01 on 2029-11-01'],
    ['is on 28 February in a common year', '2024-02-29', '2027-01-01', '2027-02-28 on 2027-01-29'],
    ['may belong to a date of the far future', '2199-12-31', '2027-03-01', '2200-12-31 on 2200-12-01'],
  ])('%s', (_name, effective_date, asOf, expected) => {
    const lines = linesOfPlan({
      asOf,
      config: configOf('effective_date'),
      contacts: [person(1, { effective_date })],
    });
    expect(lines).toEqual([`1:effective_date::${expected}`]);
  });
});

describe('the AEP days (SPEC 4)', () => {
  const autumn = { on: '09-15', deadline: '10-14' };
  test.each([
    ['one day', '2027-03-01', [autumn], ['2027-09-15 on 2027-09-15']],
    ['on its deadline', '2027-10-14', [autumn], ['2027-09-15 on 2027-10-14 catch_up']],
    ['after its deadline', '2027-10-15', [autumn], ['2028-09-15 on 2028-09-15']],
    [
      'each of two days',
      '2027-03-01',
      [autumn, { on: '11-01', deadline: '12-07' }],
      ['2027-09-15 on 2027-09-15', '2027-11-01 on 2027-11-01'],
    ],
    [
      'a deadline in the next year',
      '2028-01-10',
      [{ on: '12-20', deadline: '01-10' }],
      ['2027-12-20 on 2028-01-10 catch_up'],
    ],
    [
      'two days that are one in a common year',
      '2027-02-01',
      [
        { on: '02-28', deadline: '03-10' },
        { on: '02-29', deadline: '03-10' },
      ],
      ['2027-02-28 on 2027-02-28'],
    ],
    [
      'two days that are two in a leap year',
      '2028-02-01',
      [
        { on: '02-28', deadline: '03-10' },
        { on: '02-29', deadline: '03-10' },
      ],
      ['2028-02-28 on 2028-02-28', '2028-02-29 on 2028-02-29'],
    ],
  ])('%s', (_name, asOf, days, expected) => {
    const config = configOf('aep');
    config.email_types.aep.days = days;
    const lines = linesOfPlan({ asOf, config, contacts: [person(1)] });
    expect(lines).toEqual(expected.map((line) => `1:aep::${line}`));
  });
});

describe('dates that count as missing (SPEC 3)', () => {
  test.each([
    null,
    '',
    '  ',
    '1899-06-15',
    '1900-01-01',
    '1970-01-01',
    '2200-01-01',
    '2027-03-02',
    '2023-02-29',
    '1950-04-31',
    '1950-13-01',
    '1950-6-15',
    '15.06.1950',
    '0000-00-00',
  ])('birth date %j', (birth_date) => {
    const output = planByModel(
      organization({ config: configOf('birthday'), contacts: [person(1, { birth_date })] }),
    );
    expect(output).toMatchObject({ rows: [], rejected: [], nothing_due: [1] });
  });

  test.each([
    ['1900-01-02', '2028-01-02 on 2027-12-19'],
    [' 1950-06-15 ', '2027-06-15 on 2027-06-01'],
    ['1970-01-02', '2028-01-02 on 2027-12-19'],
  ])('but not birth date %j', (birth_date, expected) => {
    const lines = linesOfPlan({ config: configOf('birthday'), contacts: [person(1, { birth_date })] });
    expect(lines).toEqual([`1:birthday::${expected}`]);
  });
});

describe('who is rejected, and why (SPEC 3)', () => {
  test.each([
    [{ email: null }, 'missing_email'],
    [{ email: '  ' }, 'missing_email'],
    [{ email: 'nobody' }, 'invalid_email'],
    [{ email: 'a@localhost' }, 'invalid_email'],
    [{ email: 'a@-b.com' }, 'invalid_email'],
    [{ email: 'a b@example.com' }, 'invalid_email'],
    [{ email: 'a@example..com' }, 'invalid_email'],
    [{ email: 'ü@example.com' }, 'invalid_email'],
    [{ email: `a@${'y'.repeat(64)}.com` }, 'invalid_email'],
    [{ email: `${'x'.repeat(243)}@example.com` }, 'invalid_email'],
    [{ email: null, state: null }, 'missing_email'],
    [{ email: 'nobody', state: null }, 'invalid_email'],
    [{ email: ' STOP@Example.com ', state: null }, 'suppressed'],
    [{ email: 'quiet@example.com' }, 'suppressed'],
    [{ state: null }, 'unknown_state'],
    [{ state: 'XX' }, 'unknown_state'],
    [{ state: 'Texas' }, 'unknown_state'],
    [{ state: null, zip_code: '75201-12' }, 'unknown_state'],
    [{ state: null, zip_code: '7520' }, 'unknown_state'],
    [{ state: null, zip_code: '00000' }, 'unknown_state'],
    [{ state: null, zip_code: '77777' }, 'unknown_state'],
  ])('%j: %s', (fields, reason) => {
    const suppressions: ModelInput['suppressions'] = [
      { address: 'stop@example.com', scope: 'all' },
      { address: ' Quiet@EXAMPLE.com', scope: 'marketing' },
    ];
    const output = planByModel(organization({ contacts: [person(1, fields)], suppressions }));
    expect(output).toMatchObject({ rows: [], rejected: [{ contact_id: 1, reason }], nothing_due: [] });
  });

  test.each([
    { email: `${'x'.repeat(242)}@example.com` },
    { email: '.a.@example.com' },
    { email: ' a+b@example.co.uk ' },
    { state: ' tx ' },
    { state: null, zip_code: ' 75201 ' },
    { state: 'XX', zip_code: '75201-1234' },
    { state: null, zip_code: '752011234' },
    { state: 'ae' },
    { state: 'PW', zip_code: 'none' },
  ])('not %j', (fields) => {
    const output = planByModel(organization({ contacts: [person(1, fields)] }));
    expect(output.rejected).toEqual([]);
  });
});

describe('windows (SPEC 5)', () => {
  const unextended = { extension_days: 0 };
  const maryland = { state: 'MD', kind: 'birthday', days_after: 30 } as const;
  const june = { birth_date: '1950-06-15' };
  const always = '0001-01-01 to 9999-12-31';
  /** A mail of an AEP day on the probed day: free, or blocked by a window, or by an unknown anchor. */
  // prettier-ignore
  test.each<[string, string, object, string, ModelRule[] | null]>([
    // 15 June - 90 days is 17 March, + 60 days 14 August.
    ['CA before', '2027-03-16', { state: 'CA', ...june }, 'free', null],
    ['CA first day', '2027-03-17', { state: 'CA', ...june }, 'CA birthday 2027-03-17 to 2027-08-14', null],
    ['CA last day', '2027-08-14', { state: 'CA', ...june }, 'CA birthday 2027-03-17 to 2027-08-14', null],
    ['CA after', '2027-08-15', { state: 'CA', ...june }, 'free', null],
    // 15 June - 60 days is 16 April, + 63 days 17 August.
    ['ID', '2027-08-17', { state: 'ID', ...june }, 'ID birthday 2027-04-16 to 2027-08-17', null],
    ['MD', '2027-04-16', { state: 'MD', ...june }, 'MD birthday 2027-04-16 to 2027-07-15', null],
    ['OR', '2027-07-16', { state: 'OR', ...june }, 'OR birthday 2027-04-16 to 2027-07-16', null],
    ['OR after', '2027-07-17', { state: 'OR', ...june }, 'free', null],
    // 1 June - 60 days is 2 April, + 60 days 31 July.
    ['NV from the 1st', '2027-04-02', { state: 'NV', ...june }, 'NV birthday 2027-04-02 to 2027-07-31', null],
    ['NV before', '2027-04-01', { state: 'NV', ...june }, 'free', null],
    ['NV until', '2027-07-31', { state: 'NV', ...june }, 'NV birthday 2027-04-02 to 2027-07-31', null],
    // 15 June + 33 days is 18 July.
    ['MO', '2027-07-18', { state: 'MO', effective_date: '2020-06-15' }, 'MO effective_date 2027-03-17 to 2027-07-18', null],
    ['MO before the first anniversary', '2027-06-01', { state: 'MO', effective_date: '2029-06-15' }, 'MO effective_date 2027-03-17 to 2027-07-18', null],
    ['NY', '2027-06-01', { state: 'NY' }, `NY all_year ${always}`, null],
    ['TX', '2027-06-01', { state: 'TX' }, 'free', null],
    // 20 December - 90 days is 21 September, + 60 days 18 February.
    ['CA over New Year', '2028-02-18', { state: 'CA', birth_date: '1950-12-20' }, 'CA birthday 2027-09-21 to 2028-02-18', null],
    ['CA after New Year', '2028-02-19', { state: 'CA', birth_date: '1950-12-20' }, 'free', null],
    // 10 January 2028 - 90 days is 12 October, + 60 days 10 March, as 2028 has a leap day.
    ['CA of the next year', '2027-10-12', { state: 'CA', birth_date: '1950-01-10' }, 'CA birthday 2027-10-12 to 2028-03-10', null],
    // 28 February - 60 days is 30 December; 29 February - 60 days is 31 December.
    ['MD leap day, common year', '2027-03-30', { state: 'MD', birth_date: '1952-02-29' }, 'MD birthday 2026-12-30 to 2027-03-30', null],
    ['MD leap day, leap year', '2028-03-30', { state: 'MD', birth_date: '1952-02-29' }, 'MD birthday 2027-12-31 to 2028-03-30', null],
    ['no birth date', '2027-06-01', { state: 'CA' }, 'unknown_anchor', null],
    ['ZIP and state disagree', '2027-06-01', { zip_code: '63101', state: 'CA', effective_date: '2020-06-15', ...june }, 'CA birthday 2027-03-17 to 2027-08-14', null],
    ['the other state alone', '2027-07-18', { zip_code: '90210', state: 'MO', effective_date: '2020-06-15', birth_date: '1950-01-01' }, 'MO effective_date 2027-03-17 to 2027-07-18', null],
    ['a window before an unknown anchor', '2027-06-01', { zip_code: '63101', state: 'CA', effective_date: '2020-06-15' }, 'MO effective_date 2027-03-17 to 2027-07-18', null],
    ['an unknown anchor outside a window', '2027-08-01', { zip_code: '63101', state: 'CA', effective_date: '2020-06-15' }, 'unknown_anchor', null],
    // Rules of one's own.
    ['an extension of its own', '2027-06-05', { state: 'MD', ...june }, 'MD birthday 2027-06-05 to 2027-07-15', [{ ...maryland, extension_days: 10 }]],
    ['before it', '2027-06-04', { state: 'MD', ...june }, 'free', [{ ...maryland, extension_days: 10 }]],
    ['the second rule of a state', '2027-07-20', { state: 'MD', ...june }, 'MD calendar 2027-07-10 to 2027-07-20', [maryland, { state: 'MD', kind: 'calendar', from: '07-10', to: '07-20', ...unextended }]],
    ['the first rule that holds', '2027-07-15', { state: 'MD', ...june }, 'MD birthday 2027-04-16 to 2027-07-15', [maryland, { state: 'MD', kind: 'calendar', from: '07-10', to: '07-20', ...unextended }]],
    ['a period over New Year', '2028-01-15', { state: 'TX' }, 'TX calendar 2027-12-15 to 2028-01-15', [{ state: 'TX', kind: 'calendar', from: '12-15', to: '01-15', ...unextended }]],
    ['the period before New Year', '2027-12-15', { state: 'TX' }, 'TX calendar 2027-12-15 to 2028-01-15', [{ state: 'TX', kind: 'calendar', from: '12-15', to: '01-15', ...unextended }]],
    ['after a period over New Year', '2028-01-16', { state: 'TX' }, 'free', [{ state: 'TX', kind: 'calendar', from: '12-15', to: '01-15', ...unextended }]],
    // 15 December - 60 days is 16 October.
    ['an extended period', '2027-10-16', { state: 'TX' }, 'TX calendar 2027-10-16 to 2028-01-15', [{ state: 'TX', kind: 'calendar', from: '12-15', to: '01-15' }]],
    ['until 29 February, common year', '2027-03-01', { state: 'TX' }, 'free', [{ state: 'TX', kind: 'calendar', from: '02-01', to: '02-29', ...unextended }]],
    ['until 29 February, leap year', '2028-02-29', { state: 'TX' }, 'TX calendar 2028-02-01 to 2028-02-29', [{ state: 'TX', kind: 'calendar', from: '02-01', to: '02-29', ...unextended }]],
    ['cut at the start of the law', '2027-06-10', { state: 'MD', ...june }, 'MD birthday 2027-06-10 to 2027-07-15', [{ ...maryland, law_from: '2027-06-10' }]],
    ['before the law', '2027-06-09', { state: 'MD', ...june }, 'free', [{ ...maryland, law_from: '2027-06-10' }]],
    ['cut at the end of the law', '2027-06-20', { state: 'MD', ...june }, 'MD birthday 2027-04-16 to 2027-06-20', [{ ...maryland, law_until: '2027-06-20' }]],
    ['after the law', '2027-06-21', { state: 'MD', ...june }, 'free', [{ ...maryland, law_until: '2027-06-20' }]],
    ['no anchor, before the law', '2027-06-09', { state: 'MD' }, 'free', [{ ...maryland, law_from: '2027-06-10' }]],
    ['no anchor, under the law', '2027-06-10', { state: 'MD' }, 'unknown_anchor', [{ ...maryland, law_from: '2027-06-10' }]],
    ['all year from a date', '2027-06-10', { state: 'TX' }, 'TX all_year 2027-06-10 to 9999-12-31', [{ state: 'TX', kind: 'all_year', law_from: '2027-06-10' }]],
    ['all year until a date', '2027-06-10', { state: 'TX' }, 'TX all_year 0001-01-01 to 2027-12-31', [{ state: 'TX', kind: 'all_year', law_until: '2027-12-31' }]],
    ['the day before the age', '2027-08-31', { state: 'MO', birth_date: '1947-09-01', effective_date: '2020-02-01' }, 'free', [{ state: 'MO', kind: 'effective_date', all_year_from_age: 80, ...unextended }]],
    ['the day of the age', '2027-09-01', { state: 'MO', birth_date: '1947-09-01', effective_date: '2020-02-01' }, 'MO effective_date 2027-09-01 to 9999-12-31', [{ state: 'MO', kind: 'effective_date', all_year_from_age: 80, ...unextended }]],
    // 1 September - 60 days is 3 July.
    ['the extension before the age', '2027-07-03', { state: 'MO', birth_date: '1947-09-01', effective_date: '2020-02-01' }, 'MO effective_date 2027-07-03 to 9999-12-31', [{ state: 'MO', kind: 'effective_date', all_year_from_age: 80 }]],
    ['an age of 28 February', '2027-02-28', { state: 'MO', birth_date: '1948-02-29', effective_date: '2020-11-01' }, 'MO effective_date 2027-02-28 to 9999-12-31', [{ state: 'MO', kind: 'effective_date', all_year_from_age: 79, ...unextended }]],
    ['no birth date to know the age by', '2027-06-01', { state: 'MO', effective_date: '2020-11-01' }, 'unknown_anchor', [{ state: 'MO', kind: 'effective_date', all_year_from_age: 79, ...unextended }]],
    ['an age whose law ends', '2027-06-11', { state: 'MO', birth_date: '1940-01-01', effective_date: '2020-11-01' }, 'free', [{ state: 'MO', kind: 'effective_date', all_year_from_age: 79, law_until: '2027-06-10', ...unextended }]],
  ])('%s: %s', (_name, day, fields, expected, rules) => {
    const config = configOf('aep');
    config.email_types.aep.days = [{ on: day.slice(5), deadline: day.slice(5) }];
    const asOf = day < '2028' ? '2027-02-01' : '2028-01-01';
    const contacts = [person(1, fields)];
    const [probed] = planByModel(organization({ asOf, config, contacts, ...(rules === null ? {} : { rules }) })).rows;
    const by = probed?.metadata?.blocked_by;
    expect(probed?.scheduled_send_date).toBe(day);
    expect(by === undefined ? (probed?.skip_reason ?? 'free') : `${by.state} ${by.kind} ${by.from} to ${by.to}`).toBe(expected);
    expect(probed?.skip_reason ?? 'free').toBe(by === undefined ? expected : 'exclusion_window');
  });

  test('an unknown anchor does not block where the configuration says send', () => {
    const config = configOf('aep');
    config.exclusion.unknown_anchor = 'send';
    expect(linesOfPlan({ config, contacts: [person(1, { state: 'CA' })] })).toEqual([
      '1:aep::2027-09-15 on 2027-09-15',
    ]);
  });
});

describe('catch-up (SPEC 4)', () => {
  test('takes the allowed day that the hash, seeded with the number of the first day, points at', () => {
    // Ideal 19 February; deadline 4 March: four days are allowed.
    const days = ['2027-03-01', '2027-03-02', '2027-03-03', '2027-03-04'];
    const contacts = [1, 2, 3, 4, 5].map((id) => person(id, { birth_date: '1950-03-05' }));
    const config = configOf('birthday');
    config.load.daily_cap_percent = 100;
    const expected = contacts.map(({ id }) => {
      const text = `${id}:birthday::2027-03-05`;
      return `${text} on ${days[h32(text, NUMBER_OF_2027_03_01) % 4] ?? ''} catch_up`;
    });
    expect(linesOfPlan({ config, contacts })).toEqual(expected);
  });

  test('passes over blocked days', () => {
    // TX is forbidden on 1 to 3 March: of the seven days to 7 March, four are left.
    const rules: ModelRule[] = [
      { state: 'TX', kind: 'calendar', from: '03-01', to: '03-03', extension_days: 0 },
    ];
    const days = ['2027-03-04', '2027-03-05', '2027-03-06', '2027-03-07'];
    const text = '1:birthday::2027-03-12';
    const day = days[h32(text, NUMBER_OF_2027_03_01) % 4] ?? '';
    const contacts = [person(1, { birth_date: '1950-03-12' })];
    expect(linesOfPlan({ config: configOf('birthday'), rules, contacts })).toEqual([
      `${text} on ${day} catch_up`,
    ]);
  });

  test('without an allowed day is skipped on the first day, by what blocks that day', () => {
    const rules: ModelRule[] = [
      { state: 'TX', kind: 'calendar', from: '03-01', to: '03-07', extension_days: 0 },
    ];
    const contacts = [person(1, { birth_date: '1950-03-12' })];
    const { rows } = planByModel(organization({ config: configOf('birthday'), rules, contacts }));
    expect(rows).toMatchObject([
      {
        ideal_date: '2027-02-26',
        scheduled_send_date: '2027-03-01',
        status: 'skipped',
        skip_reason: 'exclusion_window',
        metadata: { blocked_by: { state: 'TX', kind: 'calendar', from: '2027-03-01', to: '2027-03-07' } },
      },
    ]);
  });
});

describe('what the ledger holds (SPEC 4)', () => {
  const birthdayOnly = configOf('birthday');
  test.each([
    [
      'sent: the next year',
      '1950-03-10',
      'birthday 2027-03-10 2027-02-24 2027-02-24 sent',
      '2028-03-10 on 2028-02-25',
    ],
    [
      'failed: never again',
      '1950-03-10',
      'birthday 2027-03-10 2027-02-24 2027-02-24 failed',
      '2028-03-10 on 2028-02-25',
    ],
    [
      'skipped: never again',
      '1950-03-10',
      'birthday 2027-03-10 2027-02-24 2027-02-24 exclusion_window',
      '2028-03-10 on 2028-02-25',
    ],
    // 10 March 2027 to 20 December are 285 days, to 3 January 299, to 4 January 300.
    [
      'corrected by 285 days',
      '1950-12-20',
      'birthday 2027-03-10 2027-02-24 2027-02-24 sent',
      '2028-12-20 on 2028-12-06',
    ],
    [
      'corrected by 299 days',
      '1950-01-03',
      'birthday 2027-03-10 2027-02-24 2027-02-24 sent',
      '2029-01-03 on 2028-12-20',
    ],
    [
      'corrected by 300 days',
      '1950-01-04',
      'birthday 2027-03-10 2027-02-24 2027-02-24 sent',
      '2028-01-04 on 2027-12-21',
    ],
    [
      'cancelled and corrected',
      '1950-12-20',
      'birthday 2027-03-10 2027-02-24 2027-02-24 cancelled',
      '2028-12-20 on 2028-12-06',
    ],
    [
      'skipped and corrected',
      '1950-12-20',
      'birthday 2027-03-10 2027-02-24 2027-02-24 exclusion_window',
      '2027-12-20 on 2027-12-06',
    ],
    [
      'of another type',
      '1950-12-20',
      'aep 2027-03-10 2027-02-24 2027-02-24 sent',
      '2027-12-20 on 2027-12-06',
    ],
    // 15 June 2027 is 78 days before 1 September, 15 June 2028 288 days after.
    [
      'an event of the future counts too',
      '1950-06-15',
      'birthday 2027-09-01 2027-08-18 2027-03-01 sent',
      '2029-06-15 on 2029-06-01',
    ],
  ])('%s', (_name, birth_date, settled, expected) => {
    const lines = linesOfPlan({
      config: birthdayOnly,
      contacts: [person(1, { birth_date })],
      ledger: [row(settled)],
    });
    expect(lines).toEqual([`1:birthday::${expected}`]);
  });

  test('a requeued row is history: the occurrence is placed afresh', () => {
    const ledger = [row('birthday 2027-03-20 2027-03-06 2027-03-06 requeued')];
    const contacts = [person(1, { birth_date: '1950-03-20' })];
    expect(linesOfPlan({ config: birthdayOnly, contacts, ledger })).toEqual([
      '1:birthday::2027-03-20 on 2027-03-06',
    ]);
  });

  test('the 300 days hold for a single AEP day, not for several', () => {
    // 1 December to 15 September are 288 days.
    const ledger = [row('aep 2026-12-01 2026-12-01 2026-12-01 sent')];
    const single = configOf('aep');
    expect(linesOfPlan({ config: single, contacts: [person(1)], ledger })).toEqual([
      '1:aep::2028-09-15 on 2028-09-15',
    ]);
    const several = configOf('aep');
    several.email_types.aep.days = [
      { on: '09-15', deadline: '10-14' },
      { on: '12-01', deadline: '12-07' },
    ];
    expect(linesOfPlan({ config: several, contacts: [person(1)], ledger })).toEqual([
      '1:aep::2027-09-15 on 2027-09-15',
      '1:aep::2027-12-01 on 2027-12-01',
    ]);
  });
});

describe('post-window mails (SPEC 5)', () => {
  const config = configOf('birthday', 'post_window');
  const contacts = [person(1, { state: 'MD', birth_date: '1950-06-15' })];
  // The window of MD is 16 April to 15 July; the birthday mail of 1 June is blocked.
  const blockedBirthday = '1:birthday::2027-06-15 on 2027-06-01 exclusion_window';
  const postWindow = '1:post_window::2027-07-15 on 2027-07-16';
  const maryland: ModelRule = { state: 'MD', kind: 'birthday', days_after: 30 };

  test('one follows the window, and names the mail that it stands for', () => {
    const output = planByModel(organization({ config, contacts }));
    expect(linesOf(output)).toEqual([blockedBirthday, postWindow]);
    expect(output.rows[1]).toMatchObject({
      priority: 8,
      metadata: { stands_for: ['1:birthday::2027-06-15'] },
    });
  });

  // prettier-ignore
  test.each<[string, Partial<ModelInput>, string[]]>([
    ['none without the feature', { config: { ...config, features: { ...config.features, post_window: false } } }, [blockedBirthday]],
    ['none where the law holds all year', { contacts: [person(1, { state: 'NY', birth_date: '1950-06-15' })] }, [blockedBirthday]],
    ['none after an unknown anchor', { contacts: [person(1, { zip_code: '63101', state: 'TX', birth_date: '1950-06-15' })] }, ['1:birthday::2027-06-15 on 2027-06-01 unknown_anchor']],
    // 60 days before, the day, and 305 after are 366: no gap, ever.
    ['none after an endless chain', { rules: [{ ...maryland, days_after: 305 }] }, [blockedBirthday]],
    ['none where the age makes it all year', { rules: [{ ...maryland, all_year_from_age: 70 }] }, [blockedBirthday]],
    ['windows that touch are one', { rules: [maryland, { state: 'MD', kind: 'calendar', from: '07-16', to: '08-31', extension_days: 0 }] }, [blockedBirthday, '1:post_window::2027-08-31 on 2027-09-01']],
    ['windows that overlap are one', { rules: [maryland, { state: 'MD', kind: 'calendar', from: '07-01', to: '08-31', extension_days: 0 }] }, [blockedBirthday, '1:post_window::2027-08-31 on 2027-09-01']],
    ['windows with a free day between are two', { rules: [maryland, { state: 'MD', kind: 'calendar', from: '07-17', to: '08-31', extension_days: 0 }] }, [blockedBirthday, postWindow]],
    ['a window that the law ends', { rules: [{ state: 'MD', kind: 'all_year', law_until: '2027-12-31' }] }, [blockedBirthday, '1:post_window::2027-12-31 on 2028-01-01']],
    ['blocked in its turn by an unknown anchor', { contacts: [person(1, { zip_code: '63101', state: 'MD', birth_date: '1950-06-15' })] }, [blockedBirthday, `${postWindow} unknown_anchor`]],
    ['on its deadline', { asOf: '2027-08-14', ledger: [row('birthday 2027-06-15 2027-06-01 2027-06-01 exclusion_window')] }, ['1:birthday::2028-06-15 on 2028-06-01 exclusion_window', '1:post_window::2027-07-15 on 2027-08-14 catch_up', '1:post_window::2028-07-15 on 2028-07-16']],
    ['after its deadline', { asOf: '2027-08-15', ledger: [row('birthday 2027-06-15 2027-06-01 2027-06-01 exclusion_window')] }, ['1:birthday::2028-06-15 on 2028-06-01 exclusion_window', '1:post_window::2028-07-15 on 2028-07-16']],
    ['none for a contact that has moved', { asOf: '2027-06-10', contacts: [person(1)], ledger: [row('birthday 2027-06-15 2027-06-01 2027-06-01 exclusion_window')] }, []],
    ['not after one that was sent after the blocked day', { ledger: [row('post_window 2027-04-01 2027-04-02 2027-06-02 sent')] }, [blockedBirthday]],
    ['but after one that was sent on that day', { ledger: [row('post_window 2027-04-01 2027-04-02 2027-06-01 sent')] }, [blockedBirthday, postWindow]],
    ['and after one that was skipped later', { ledger: [row('post_window 2027-04-01 2027-04-02 2027-06-02 frequency_limit')] }, [blockedBirthday, postWindow]],
    // 16 May to 15 July are 60 days, 17 May 59.
    ['not within 60 days of another', { ledger: [row('post_window 2027-05-17 2027-05-18 2027-05-18 sent')] }, [blockedBirthday]],
    ['but 60 days after it', { ledger: [row('post_window 2027-05-16 2027-05-17 2027-05-17 sent')] }, [blockedBirthday, postWindow]],
    ['not for follow-ups and not for post-window mails', { contacts: [person(1, { state: 'MD', birth_date: '1950-06-15' })], config: configOf('post_window'), ledger: [row('followup_1_cold 2027-05-10 2027-05-12 2027-05-12 exclusion_window'), row('post_window 2027-01-01 2027-01-02 2027-05-12 exclusion_window')] }, []],
  ])('%s', (_name, fields, expected) => {
    expect(linesOfPlan({ config, contacts, ...fields })).toEqual(expected);
  });

  test('a chain of 365 days ends before a leap year', () => {
    // 1 March 2027 + 304 days is 30 December; 1 March 2028 - 60 days is 1 January 2028: 31 December is free.
    const rules: ModelRule[] = [{ ...maryland, days_after: 304 }];
    const born = [person(1, { state: 'MD', birth_date: '1950-03-01' })];
    expect(linesOfPlan({ asOf: '2026-01-10', config, rules, contacts: born })).toEqual([
      '1:birthday::2026-03-01 on 2026-02-15 exclusion_window',
      '1:post_window::2027-12-30 on 2027-12-31',
    ]);
  });

  test('a window joins with one that goes on into the next year', () => {
    // MD: 10 November - 60 days is 11 September, + 30 days 10 December.
    const rules: ModelRule[] = [
      maryland,
      { state: 'MD', kind: 'calendar', from: '12-11', to: '01-20', extension_days: 0 },
    ];
    const born = [person(1, { state: 'MD', birth_date: '1950-11-10' })];
    expect(linesOfPlan({ config, rules, contacts: born })).toEqual([
      '1:birthday::2027-11-10 on 2027-10-27 exclusion_window',
      '1:post_window::2028-01-20 on 2028-01-21',
    ]);
  });

  test('it stands for every mail that its window blocked, by day and text', () => {
    const ledger = [
      row('campaign_seasonal_promo 2027-06-08 2027-06-01 2027-06-01 exclusion_window', {
        campaign_instance_id: 2,
      }),
      row('campaign_rate_increase 2027-05-17 2027-05-03 2027-05-03 exclusion_window', {
        campaign_instance_id: 7,
      }),
      // Outside of the window as the contact's data is now, skipped for something else, and sent.
      row('campaign_rate_increase 2027-04-20 2027-04-15 2027-04-15 exclusion_window', {
        campaign_instance_id: 4,
      }),
      row('campaign_rate_increase 2027-05-20 2027-05-06 2027-05-06 campaign_conflict', {
        campaign_instance_id: 5,
      }),
      row('campaign_regulatory_notice 2027-05-20 2027-05-06 2027-05-06 sent', { campaign_instance_id: 6 }),
    ];
    const { rows } = planByModel(organization({ asOf: '2027-05-20', config, contacts, ledger }));
    expect(rows[1]?.metadata).toEqual({
      stands_for: [
        '1:campaign_rate_increase:7:2027-05-17',
        '1:birthday::2027-06-15',
        '1:campaign_seasonal_promo:2:2027-06-08',
      ],
    });
  });

  test('two windows that block make two', () => {
    const both = configOf('birthday', 'effective_date', 'post_window');
    // CA: 20 June - 90 is 22 March, + 60 is 19 August. MO: 10 December - 90 is 11 September, + 33 is 12 January.
    const born = [
      person(1, { zip_code: '90210', state: 'MO', birth_date: '1950-06-20', effective_date: '2020-12-10' }),
    ];
    expect(linesOfPlan({ config: both, contacts: born })).toEqual([
      '1:birthday::2027-06-20 on 2027-06-06 exclusion_window',
      '1:effective_date::2027-12-10 on 2027-11-10 exclusion_window',
      '1:post_window::2027-08-19 on 2027-08-20',
      '1:post_window::2028-01-12 on 2028-01-13',
    ]);
  });

  test('one planned too near to another is given up when that one is sent: a surprise (README)', () => {
    // Two periods of ten and of three days; the birthday mail of 5 June and the anniversary mail of 13 June are blocked.
    const period = { state: 'TX', kind: 'calendar', extension_days: 0 } as const;
    const rules: ModelRule[] = [
      { ...period, from: '06-01', to: '06-10' },
      { ...period, from: '06-12', to: '06-14' },
    ];
    const both = configOf('birthday', 'effective_date', 'post_window');
    const fields = {
      config: both,
      rules,
      contacts: [person(1, { birth_date: '1950-06-19', effective_date: '2020-07-13' })],
    };
    const ledger = [row('birthday 2027-06-19 2027-06-05 2027-06-05 exclusion_window')];
    const postWindowMails = (lines: string[]): string[] =>
      lines.filter((line) => line.includes('post_window::2027'));
    expect(postWindowMails(linesOfPlan({ asOf: '2027-06-11', ...fields, ledger }))).toEqual([
      '1:post_window::2027-06-10 on 2027-06-11',
      '1:post_window::2027-06-14 on 2027-06-15',
    ]);
    ledger.push(row('post_window 2027-06-10 2027-06-11 2027-06-11 sent'));
    expect(postWindowMails(linesOfPlan({ asOf: '2027-06-12', ...fields, ledger }))).toEqual([]);
  });
});

describe('plans are kept (SPEC 4)', () => {
  const config = configOf('birthday');
  const contacts = [person(1, { birth_date: '1950-03-20' })];
  const onTheThird = 'birthday 2027-03-20 2027-03-06 2027-03-08';
  const moved = { metadata: { placed_by: 'redistributed', moved_from: '2027-03-06' } } as const;
  // prettier-ignore
  test.each<[string, Partial<ModelInput>, string[]]>([
    ['pre-scheduled', { planInForce: [row(`${onTheThird} pre-scheduled`, moved)] }, ['1:birthday::2027-03-20 on 2027-03-08 redistributed from 2027-03-06']],
    ['skipped by frequency: the day, judged anew', { planInForce: [row(`${onTheThird} frequency_limit`, moved)] }, ['1:birthday::2027-03-20 on 2027-03-08 redistributed from 2027-03-06']],
    ['skipped by conflict', { planInForce: [row(`${onTheThird} campaign_conflict`)] }, ['1:birthday::2027-03-20 on 2027-03-08']],
    ['skipped by a window: has no place', { planInForce: [row(`${onTheThird} exclusion_window`)] }, ['1:birthday::2027-03-20 on 2027-03-06']],
    ['drawn anew', { fresh: true, planInForce: [row(`${onTheThird} pre-scheduled`, moved)] }, ['1:birthday::2027-03-20 on 2027-03-06']],
    ['another ideal date', { planInForce: [row('birthday 2027-03-20 2027-03-07 2027-03-08 pre-scheduled')] }, ['1:birthday::2027-03-20 on 2027-03-06']],
    ['another birth date', { contacts: [person(1, { birth_date: '1950-03-21' })], planInForce: [row(`${onTheThird} pre-scheduled`)] }, ['1:birthday::2027-03-21 on 2027-03-07']],
    ['a day that is now blocked', { rules: [{ state: 'TX', kind: 'calendar', from: '03-08', to: '03-08', extension_days: 0 }], planInForce: [row(`${onTheThird} pre-scheduled`)] }, ['1:birthday::2027-03-20 on 2027-03-06']],
    ['a day after the deadline', { planInForce: [row('birthday 2027-03-20 2027-03-06 2027-03-20 pre-scheduled')] }, ['1:birthday::2027-03-20 on 2027-03-06']],
    ['a caught-up day', { asOf: '2027-03-10', planInForce: [row('birthday 2027-03-20 2027-03-06 2027-03-12 pre-scheduled', { metadata: { placed_by: 'catch_up' } })] }, ['1:birthday::2027-03-20 on 2027-03-12 catch_up']],
    ['an occurrence that the ledger now holds', { ledger: [row('birthday 2027-03-20 2027-03-06 2027-03-06 cancelled')], planInForce: [row(`${onTheThird} pre-scheduled`)] }, ['1:birthday::2028-03-20 on 2028-03-06']],
    ['a contact that is rejected', { contacts: [person(1, { email: null, birth_date: '1950-03-20' })], planInForce: [row(`${onTheThird} pre-scheduled`)] }, []],
  ])('%s', (_name, fields, expected) => {
    expect(linesOfPlan({ config, contacts, ...fields })).toEqual(expected);
  });
});

describe('rows whose day has passed, or lies before the as-of date (SPEC 2, 4)', () => {
  const config = configOf('birthday');
  const contacts = [person(1, { birth_date: '1950-03-02' })];
  const overdue = row('birthday 2027-03-02 2027-02-16 2027-02-16 pre-scheduled');
  // prettier-ignore
  test.each<[string, Partial<ModelInput>, string[], string[]]>([
    // Deadline 1 March.
    ['overdue on the deadline: placed afresh', {}, ['2027-03-02 on 2027-03-01 catch_up'], []],
    ['overdue after the deadline: missed', { asOf: '2027-03-02' }, ['2028-03-02 on 2028-02-17'], ['2027-02-16 missed']],
    ['overdue, deadline before the as-of date', { today: '2027-03-01', asOf: '2027-03-02' }, ['2028-03-02 on 2028-02-17'], ['2027-02-16 missed']],
    ['overdue, drawn anew', { asOf: '2027-03-02', fresh: true }, ['2028-03-02 on 2028-02-17'], ['2027-02-16 missed']],
    ['overdue, corrected: dropped', { contacts: [person(1, { birth_date: '1950-06-15' })] }, ['2027-06-15 on 2027-06-01'], []],
    ['overdue, corrected, deadline past: missed', { asOf: '2027-03-02', contacts: [person(1, { birth_date: '1950-06-15' })] }, ['2027-06-15 on 2027-06-01'], ['2027-02-16 missed']],
    ['overdue, rejected: dropped', { contacts: [person(1, { state: null })] }, [], []],
    ['overdue, rejected, deadline past: missed', { asOf: '2027-03-02', contacts: [person(1, { state: null })] }, [], ['2027-02-16 missed']],
    ['overdue, but in the ledger', { asOf: '2027-03-02', ledger: [{ ...overdue, status: 'sent' }] }, ['2028-03-02 on 2028-02-17'], []],
    ['overdue, of a contact that is not replanned', { asOf: '2027-03-02', only: [] }, [], []],
    ['skipped and past: in the ledger', { planInForce: [row('birthday 2027-03-02 2027-02-16 2027-02-16 frequency_limit')] }, ['2028-03-02 on 2028-02-17'], []],
    ['frozen from today up to the as-of date', { today: '2027-02-16', asOf: '2027-02-17' }, ['2028-03-02 on 2028-02-17'], []],
    ['frozen, though drawn anew', { today: '2027-02-16', asOf: '2027-02-17', fresh: true }, ['2028-03-02 on 2028-02-17'], []],
    ['frozen and corrected: within 300 days', { today: '2027-02-16', asOf: '2027-02-17', contacts: [person(1, { birth_date: '1950-06-15' })] }, ['2028-06-15 on 2028-06-01'], []],
    ['frozen, skipped and corrected', { today: '2027-02-16', asOf: '2027-02-17', contacts: [person(1, { birth_date: '1950-06-15' })], planInForce: [{ ...overdue, status: 'skipped', skip_reason: 'unknown_anchor' }] }, ['2027-06-15 on 2027-06-01'], []],
    ['kept on the as-of date', { asOf: '2027-02-16' }, ['2027-03-02 on 2027-02-16'], []],
  ])('%s', (_name, fields, expected, missed) => {
    const output = planByModel(organization({ config, contacts, planInForce: [overdue], ...fields }));
    expect(linesOf(output)).toEqual(expected.map((line) => `1:birthday::${line}`));
    expect(output.missed.map((one) => `${one.scheduled_send_date} ${one.skip_reason ?? ''}`)).toEqual(missed);
  });

  test.each([
    ['2027-10-15', 'aep 2027-09-15 2027-09-15 2027-09-20', 1],
    ['2027-10-14', 'aep 2027-09-15 2027-09-15 2027-09-20', 0],
    ['2027-08-15', 'post_window 2027-07-15 2027-07-16 2027-07-16', 1],
    ['2027-08-14', 'post_window 2027-07-15 2027-07-16 2027-07-16', 0],
    ['2027-07-15', 'effective_date 2027-07-15 2027-06-15 2027-06-15', 1],
    ['2027-07-14', 'effective_date 2027-07-15 2027-06-15 2027-06-15', 0],
  ])('as of %s, %s is missed: %i', (asOf, text, count) => {
    // Every type is disabled: nothing exists any more, and the deadline alone decides.
    const planInForce = [row(`${text} pre-scheduled`)];
    const { missed } = planByModel(
      organization({ asOf, config: configOf(), contacts: [person(1)], planInForce }),
    );
    expect(missed).toHaveLength(count);
    for (const one of missed) expect(one).toMatchObject({ status: 'skipped', skip_reason: 'missed' });
  });
});

describe('effective-date smoothing (SPEC 7)', () => {
  /** Ten contacts and a cap of 100 %: cap 10, soft limit 3. */
  function tenContacts(
    count: number,
    fields: Partial<ModelInput> = {},
    effectiveDate = '2020-07-01',
  ): string[] {
    const config = configOf('effective_date');
    config.load.daily_cap_percent = 100;
    const contacts = Array.from({ length: 10 }, (_, index) =>
      person(index + 1, { effective_date: index < count ? effectiveDate : null }),
    );
    return linesOfPlan({ config, contacts, ...fields });
  }
  // 1 July - 30 days is 1 June.
  const aroundJune = ['2027-05-30', '2027-05-31', '2027-06-01', '2027-06-02', '2027-06-03'];
  function smoothed(id: number, days: string[], event = '2027-07-01', from = '2027-06-01'): string {
    const text = `${id}:effective_date::${event}`;
    const day = days[h32(text, 0) % days.length] ?? '';
    return day === from ? `${text} on ${from}` : `${text} on ${day} smoothed from ${from}`;
  }

  test('three on a day are within the limit', () => {
    expect(tenContacts(3)).toEqual([1, 2, 3].map((id) => `${id}:effective_date::2027-07-01 on 2027-06-01`));
  });

  test('four are spread by their hashes over two days before and after', () => {
    expect(tenContacts(4)).toEqual([1, 2, 3, 4].map((id) => smoothed(id, aroundJune)));
  });

  test('the ledger counts, without what failed', () => {
    const sent = row('effective_date 2027-07-01 2027-06-01 2027-06-01 sent', { contact_id: 99 });
    expect(tenContacts(3, { asOf: '2027-05-01', ledger: [sent] })).toEqual(
      [1, 2, 3].map((id) => smoothed(id, aroundJune)),
    );
    const failed = { ...sent, status: 'failed' };
    const unmoved = [1, 2, 3].map((id) => `${id}:effective_date::2027-07-01 on 2027-06-01`);
    expect(tenContacts(3, { asOf: '2027-05-01', ledger: [failed] })).toEqual(unmoved);
  });

  test('a kept one counts and stays', () => {
    const planInForce = [row('effective_date 2027-07-01 2027-06-01 2027-06-01 pre-scheduled')];
    expect(tenContacts(4, { planInForce })).toEqual([
      '1:effective_date::2027-07-01 on 2027-06-01',
      ...[2, 3, 4].map((id) => smoothed(id, aroundJune)),
    ]);
  });

  test('no day before the as-of date is used', () => {
    const days = ['2027-06-01', '2027-06-02', '2027-06-03'];
    expect(tenContacts(4, { asOf: '2027-06-01' })).toEqual([1, 2, 3, 4].map((id) => smoothed(id, days)));
  });

  test('no blocked day is used', () => {
    const rules: ModelRule[] = [
      { state: 'TX', kind: 'calendar', from: '06-02', to: '06-02', extension_days: 0 },
    ];
    const days = ['2027-05-30', '2027-05-31', '2027-06-01', '2027-06-03'];
    expect(tenContacts(4, { rules })).toEqual([1, 2, 3, 4].map((id) => smoothed(id, days)));
  });

  test('nothing moves without load balancing', () => {
    const config = configOf('effective_date');
    config.features.load_balancing = false;
    expect(tenContacts(4, { config })).toEqual(
      [1, 2, 3, 4].map((id) => `${id}:effective_date::2027-07-01 on 2027-06-01`),
    );
  });
});

describe('the daily cap (SPEC 7)', () => {
  function capOf(percent: number, config: ModelConfig = configOf('birthday')): ModelConfig {
    config.load.daily_cap_percent = percent;
    return config;
  }
  function born(count: number, total: number, birth_date = '1950-06-15'): ModelInput['contacts'] {
    return Array.from({ length: total }, (_, index) =>
      person(index + 1, { birth_date: index < count ? birth_date : null }),
    );
  }
  const onIdealDay = (id: number): string => `${id}:birthday::2027-06-15 on 2027-06-01`;
  const byHash = (ids: number[]): number[] =>
    [...ids].sort(
      (left, right) => h32(`${left}:birthday::2027-06-15`, 0) - h32(`${right}:birthday::2027-06-15`, 0),
    );

  test('a day of 120 % is left alone', () => {
    expect(linesOfPlan({ config: capOf(50), contacts: born(6, 10) })).toEqual(
      [1, 2, 3, 4, 5, 6].map(onIdealDay),
    );
  });

  test('a day above 120 % is brought down to the cap, smallest hash first, to the nearest days', () => {
    // Cap 5; seven mails: two move, both to 2 June.
    const ids = [1, 2, 3, 4, 5, 6, 7];
    const moving = byHash(ids).slice(0, 2);
    const expected = ids.map((id) =>
      moving.includes(id)
        ? `${id}:birthday::2027-06-15 on 2027-06-02 redistributed from 2027-06-01`
        : onIdealDay(id),
    );
    const output = planByModel(organization({ config: capOf(50), contacts: born(7, 10) }));
    expect(linesOf(output)).toEqual(expected);
    expect(output.volumes).toEqual({ '2027-06-01': 5, '2027-06-02': 2 });
  });

  test('the cap is at least one, and each day after takes one', () => {
    // 7 % of 4 is 0.28. Deadline 14 June: room for all.
    const [first, second, third, last] = byHash([1, 2, 3, 4]);
    const day = new Map([
      [first, '2027-06-02'],
      [second, '2027-06-03'],
      [third, '2027-06-04'],
    ]);
    const expected = [1, 2, 3, 4].map((id) =>
      id === last
        ? onIdealDay(id)
        : `${id}:birthday::2027-06-15 on ${day.get(id) ?? ''} redistributed from 2027-06-01`,
    );
    expect(linesOfPlan({ config: capOf(7), contacts: born(4, 4) })).toEqual(expected);
  });

  test('rejected contacts count for the cap', () => {
    const rejected = Array.from({ length: 10 }, (_, index) => person(index + 11, { email: null }));
    const contacts = [...born(10, 10), ...rejected];
    expect(linesOfPlan({ config: capOf(50), contacts })).toEqual(
      born(10, 10).map(({ id }) => onIdealDay(id)),
    );
  });

  test('the largest priority number moves first', () => {
    const config = capOf(1, configOf('birthday', 'aep'));
    // Ideal date of a birthday on 29 September: 15 September, the AEP day.
    const contacts = [person(1), person(2, { birth_date: '1950-09-29' })];
    config.email_types.aep.days = [{ on: '09-15', deadline: '10-14' }];
    config.frequency.max_mails = 9;
    const lines = linesOfPlan({
      config,
      contacts,
      ledger: [row('aep 2027-09-15 2027-09-15 2027-09-15 sent')],
    });
    // Contact 1 has its AEP mail in the ledger; contact 2's birthday (5) goes first, then its AEP mail (3).
    expect(lines).toEqual([
      '1:aep::2028-09-15 on 2028-09-15',
      '2:aep::2027-09-15 on 2027-09-17 redistributed from 2027-09-15',
      '2:birthday::2027-09-29 on 2027-09-16 redistributed from 2027-09-15',
    ]);
  });

  test('a day that cannot be brought down is flagged', () => {
    // Deadline of all on the as-of date: 2 mails, cap 1.
    const contacts = born(2, 2, '1950-03-02');
    expect(linesOfPlan({ config: capOf(7), contacts })).toEqual([
      '1:birthday::2027-03-02 on 2027-03-01 catch_up over cap',
      '2:birthday::2027-03-02 on 2027-03-01 catch_up over cap',
    ]);
  });

  test('kept mails stay, and are flagged', () => {
    const planInForce = [1, 2].map((id) =>
      row('birthday 2027-06-15 2027-06-01 2027-06-01 pre-scheduled', { contact_id: id }),
    );
    expect(linesOfPlan({ config: capOf(7), contacts: born(3, 3), planInForce })).toEqual([
      `${onIdealDay(1)} over cap`,
      `${onIdealDay(2)} over cap`,
      '3:birthday::2027-06-15 on 2027-06-02 redistributed from 2027-06-01',
    ]);
  });

  test('the ledger counts, without follow-ups and what was skipped, cancelled or failed', () => {
    const settled = (status: string, type = 'campaign_rate_increase'): ReturnType<typeof row> =>
      row(`${type} 2027-06-15 2027-06-01 2027-06-01 ${status}`, { contact_id: 99 });
    const uncounted = [
      settled('frequency_limit'),
      settled('cancelled'),
      settled('failed'),
      settled('sent', 'followup_1_cold'),
    ];
    const still = linesOfPlan({ config: capOf(7), contacts: born(1, 1), ledger: uncounted });
    expect(still).toEqual([onIdealDay(1)]);
    const counted = planByModel(
      organization({ config: capOf(7), contacts: born(1, 1), ledger: [settled('bounced')] }),
    );
    expect(linesOf(counted)).toEqual(['1:birthday::2027-06-15 on 2027-06-02 redistributed from 2027-06-01']);
    expect(counted.volumes).toEqual({ '2027-06-01': 1, '2027-06-02': 1 });
  });

  test('no farther than the configured days', () => {
    const config = capOf(7);
    config.load.redistribute_within_days = 1;
    const [first, second, last] = byHash([1, 2, 3]);
    const lines = linesOfPlan({ config, contacts: born(3, 3) });
    expect(lines).toEqual(
      [1, 2, 3].map((id) =>
        id === first
          ? `${id}:birthday::2027-06-15 on 2027-06-02 redistributed from 2027-06-01`
          : `${onIdealDay(id)} over cap`,
      ),
    );
    expect([second, last]).not.toContain(first);
  });

  test('a blocked day takes none', () => {
    const rules: ModelRule[] = [
      { state: 'TX', kind: 'calendar', from: '06-02', to: '06-05', extension_days: 0 },
    ];
    const lines = linesOfPlan({ config: capOf(7), rules, contacts: born(2, 2) });
    expect(lines.filter((line) => line.includes('on 2027-06-06 redistributed'))).toHaveLength(1);
  });

  test('in a replan the mails of others count and never move', () => {
    const planInForce = [1, 2].map((id) =>
      row('birthday 2027-06-15 2027-06-01 2027-06-01 pre-scheduled', { contact_id: id }),
    );
    planInForce.push(row('birthday 2027-06-15 2027-06-01 2027-06-02 frequency_limit', { contact_id: 4 }));
    planInForce.push(row('birthday 2027-06-15 2027-06-01 2027-06-03 exclusion_window', { contact_id: 4 }));
    const output = planByModel(
      organization({ config: capOf(7), contacts: born(5, 5), planInForce, only: [3] }),
    );
    expect(linesOf(output)).toEqual(['3:birthday::2027-06-15 on 2027-06-03 redistributed from 2027-06-01']);
    expect(output.volumes).toEqual({ '2027-06-01': 2, '2027-06-02': 1, '2027-06-03': 1 });
    expect(output.nothing_due).toEqual([]);
  });
});

describe('the frequency limit (SPEC 8)', () => {
  const birthdayAndAep = configOf('birthday', 'effective_date', 'aep');
  birthdayAndAep.load.daily_cap_percent = 100;
  // AEP 15 September (3); a birthday on 30 September: 16 September; an anniversary on 17 October: 17 September.
  const contacts = [person(1, { birth_date: '1950-09-30', effective_date: '2020-10-17' })];
  const aep = '1:aep::2027-09-15 on 2027-09-15';
  const birthday = '1:birthday::2027-09-30 on 2027-09-16';
  const effective = '1:effective_date::2027-10-17 on 2027-09-17';
  // Five contacts more: a cap of six keeps this one's mails where they are.
  const others = [2, 3, 4, 5, 6].map((id) => person(id, { email: null }));

  function linesWith(fields: Partial<ModelInput>): string[] {
    return linesOfPlan({ config: birthdayAndAep, contacts: [...contacts, ...others], ...fields });
  }

  test('skips the third within 14 days, by priority and then by day, and names the others', () => {
    const output = planByModel(organization({ config: birthdayAndAep, contacts: [...contacts, ...others] }));
    expect(linesOf(output)).toEqual([aep, birthday, `${effective} frequency_limit`]);
    expect(output.rows[2]?.metadata).toEqual({
      collided_with: ['1:aep::2027-09-15', '1:birthday::2027-09-30'],
    });
    expect(output.volumes).toMatchObject({ '2027-09-17': 1 });
  });

  // prettier-ignore
  test.each<[string, Partial<ModelInput>, string[]]>([
    ['off', { config: { ...birthdayAndAep, features: { ...birthdayAndAep.features, frequency_limit: false } } }, [aep, birthday, effective]],
    // 15 to 28 September are 14 days.
    ['the 14th day', { contacts: [person(1, { birth_date: '1950-09-30', effective_date: '2020-10-28' }), ...others] }, [aep, birthday, '1:effective_date::2027-10-28 on 2027-09-28 frequency_limit']],
    ['the 15th day', { contacts: [person(1, { birth_date: '1950-09-30', effective_date: '2020-10-29' }), ...others] }, [aep, birthday, '1:effective_date::2027-10-29 on 2027-09-29']],
    ['three allowed', { config: { ...birthdayAndAep, frequency: { max_mails: 3, period_days: 14 } } }, [aep, birthday, effective]],
    ['one allowed', { config: { ...birthdayAndAep, frequency: { max_mails: 1, period_days: 2 } } }, [aep, `${birthday} frequency_limit`, effective]],
    ['promised mails stay before a new one of a smaller number', { planInForce: [row('birthday 2027-09-30 2027-09-16 2027-09-16 pre-scheduled'), row('effective_date 2027-10-17 2027-09-17 2027-09-17 pre-scheduled')] }, [`${aep} frequency_limit`, birthday, effective]],
    ['promised before not promised of the same rank', { planInForce: [row('effective_date 2027-10-17 2027-09-17 2027-09-17 pre-scheduled')] }, [aep, `${birthday} frequency_limit`, effective]],
    ['a skipped one in the plan in force is not promised', { planInForce: [row('birthday 2027-09-30 2027-09-16 2027-09-16 frequency_limit'), row('effective_date 2027-10-17 2027-09-17 2027-09-17 frequency_limit')] }, [aep, birthday, `${effective} frequency_limit`]],
    ['drawn anew, nothing is promised', { fresh: true, planInForce: [row('effective_date 2027-10-17 2027-09-17 2027-09-17 pre-scheduled')] }, [aep, birthday, `${effective} frequency_limit`]],
    ['not kept is not promised', { planInForce: [row('effective_date 2027-10-17 2027-09-18 2027-09-18 pre-scheduled')] }, [aep, birthday, `${effective} frequency_limit`]],
    ['the ledger counts', { asOf: '2027-09-10', ledger: [row('campaign_rate_increase 2027-09-20 2027-09-06 2027-09-06 sent', { campaign_instance_id: 1 })] }, [aep, `${birthday} frequency_limit`, `${effective} frequency_limit`]],
    ['not what failed', { asOf: '2027-09-10', ledger: [row('campaign_rate_increase 2027-09-20 2027-09-06 2027-09-06 failed', { campaign_instance_id: 1 })] }, [aep, birthday, `${effective} frequency_limit`]],
    ['not follow-ups', { asOf: '2027-09-10', ledger: [row('followup_1_cold 2027-09-20 2027-09-06 2027-09-06 sent')] }, [aep, birthday, `${effective} frequency_limit`]],
    ['not required notices', { asOf: '2027-09-10', ledger: [row('campaign_regulatory_notice 2027-09-20 2027-09-06 2027-09-06 sent', { campaign_instance_id: 1 })] }, [aep, birthday, `${effective} frequency_limit`]],
    ['nor those of another contact', { asOf: '2027-09-10', ledger: [row('campaign_rate_increase 2027-09-20 2027-09-06 2027-09-06 sent', { contact_id: 2 })] }, [aep, birthday, `${effective} frequency_limit`]],
    ['a frozen row counts', { today: '2027-09-06', asOf: '2027-09-10', planInForce: [row('post_window 2027-09-05 2027-09-06 2027-09-06 pre-scheduled')] }, [aep, `${birthday} frequency_limit`, `${effective} frequency_limit`]],
  ])('%s', (_name, fields, expected) => {
    expect(linesWith(fields)).toEqual(expected);
  });

  test('a period that would hold too many collides, and only the mails in such a period are named', () => {
    const config = configOf('aep');
    const ledger = [
      row('campaign_rate_increase 2027-09-09 2027-09-02 2027-09-02 sent', { campaign_instance_id: 1 }),
      row('campaign_seasonal_promo 2027-10-05 2027-09-28 2027-09-28 scheduled', { campaign_instance_id: 2 }),
    ];
    expect(linesOfPlan({ asOf: '2027-09-15', config, contacts: [person(1)], ledger })).toEqual([aep]);
    ledger.push(
      row('campaign_policy_update 2027-09-15 2027-09-10 2027-09-10 sent', { campaign_instance_id: 3 }),
    );
    const { rows } = planByModel(organization({ asOf: '2027-09-15', config, contacts: [person(1)], ledger }));
    // 2 to 15 September holds 2, 10, 15; 10 to 23 September holds 10 and 15 only; 15 to 28 September 15 and 28 only.
    expect(rows[0]?.metadata).toEqual({
      collided_with: ['1:campaign_rate_increase:1:2027-09-09', '1:campaign_policy_update:3:2027-09-15'],
    });
  });

  test('a skipped mail on a flagged day has no flag', () => {
    const config = configOf('birthday', 'aep');
    // Deadlines and catch-up leave the as-of date only: two contacts, cap 1, three mails on one day.
    config.frequency = { max_mails: 1, period_days: 14 };
    const late = [person(1, { birth_date: '1950-10-15' }), person(2)];
    expect(linesOfPlan({ asOf: '2027-10-14', config, contacts: late })).toEqual([
      '1:aep::2027-09-15 on 2027-10-14 catch_up over cap',
      '1:birthday::2027-10-15 on 2027-10-14 frequency_limit catch_up',
      '2:aep::2027-09-15 on 2027-10-14 catch_up over cap',
    ]);
  });
});

describe('what comes out (SPEC 9, 15)', () => {
  test('rows are ordered by contact, type and event date, whole, and the books balance', () => {
    const config = configOf('birthday', 'post_window');
    const contacts = [
      person(12, { state: 'MD', birth_date: '1950-06-15' }),
      person(2, { birth_date: '1950-06-15' }),
      person(5),
      person(7, { email: '' }),
    ];
    const output = planByModel(organization({ config, contacts }));
    expect(output.rows.map((one) => [one.contact_id, one.email_type])).toEqual([
      [2, 'birthday'],
      [12, 'birthday'],
      [12, 'post_window'],
    ]);
    expect(output.rows[0]).toEqual({
      contact_id: 2,
      email_type: 'birthday',
      campaign_instance_id: null,
      event_date: '2027-06-15',
      ideal_date: '2027-06-01',
      scheduled_send_date: '2027-06-01',
      scheduled_send_time: '08:30',
      status: 'pre-scheduled',
      skip_reason: null,
      priority: 5,
      over_cap: false,
      metadata: null,
    });
    expect(output).toMatchObject({
      missed: [],
      rejected: [{ contact_id: 7, reason: 'missing_email' }],
      nothing_due: [5],
      volumes: { '2027-06-01': 1, '2027-07-16': 1 },
    });
  });
});
