import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfiguration } from '../../../src/config/accept.ts';
import { compileRules } from '../../../src/config/compile-rules.ts';
import { resolveConfiguration } from '../../../src/config/resolve.ts';
import { readConfigurationFiles } from '../../../src/config/source.ts';
import { parseDay } from '../../../src/domain/calendar.ts';
import { accept } from './documents.ts';

/** The block of SPEC 12, word for word. */
const SPEC_12 = `
time_zone: America/Chicago
send_time: "08:30"
send_until: "20:00"
plan_time: "04:00"
features: {campaigns: true, follow_ups: true, load_balancing: true, frequency_limit: true, post_window: true, sms: false}
email_types:
  birthday:       {enabled: true, days_before: 14, deadline_days_before: 1, priority: 5}
  effective_date: {enabled: true, days_before: 30, deadline_days_before: 1, priority: 5}
  aep:            {enabled: true, days: [{on: 09-15, deadline: 10-14}], priority: 3}
  post_window:    {enabled: true, days_after: 1, deadline_days_after: 30, priority: 8}
catch_up_days: 7
exclusion: {extension_days: 60, unknown_anchor: block}
load: {daily_cap_percent: 7, redistribute_above_percent: 120, redistribute_within_days: 62,
       smoothing_limit: 15, smoothing_percent_of_cap: 30, smoothing_days: 2}
frequency: {max_mails: 2, period_days: 14}
follow_up: {delay: 2d, too_late_after: 7d}
run: {batch_size: 10000, max_duration: 3h}
sender: {from: null, reply_to: null, postal_address: null}
delivery: {provider: sandbox, max_in_flight: 20, per_second: 50}
organizations: {}
environments: {}
`;

const folder = new URL('../../../config', import.meta.url).pathname;

test('the shipped scheduler.yaml has the keys and values of SPEC 12', async () => {
  const { scheduler } = await readConfigurationFiles(folder);
  expect(parse(scheduler.text)).toEqual(parse(SPEC_12));
});

test('every key that is missing takes the value of the shipped file', async () => {
  const shipped = parseConfiguration(await readConfigurationFiles(folder));
  expect(accept('{}').document).toEqual(shipped.document);
  expect(accept(SPEC_12).document).toEqual(shipped.document);
});

test('a section and an override that are left empty take every default', () => {
  const empty = accept('load:\nemail_types:\n  birthday:\norganizations:\nenvironments:');
  expect(empty).toEqual(accept('{}'));
});

test('the defaults reach the domain in its own units', () => {
  const configuration = resolveConfiguration(accept('{}'), { organization: 'acme', environment: null });
  expect(configuration).toEqual({
    timeZone: 'America/Chicago',
    sendTime: '08:30',
    sendUntil: '20:00',
    planTime: '04:00',
    features: {
      campaigns: true,
      followUps: true,
      loadBalancing: true,
      frequencyLimit: true,
      postWindow: true,
      sms: false,
    },
    birthday: { enabled: true, daysBefore: 14, deadlineDaysBefore: 1, priority: 5, template: 'birthday' },
    effectiveDate: {
      enabled: true,
      daysBefore: 30,
      deadlineDaysBefore: 1,
      priority: 5,
      template: 'effective_date',
    },
    aep: {
      enabled: true,
      days: [{ on: { month: 9, day: 15 }, deadline: { month: 10, day: 14 } }],
      priority: 3,
      template: 'aep',
    },
    postWindow: { enabled: true, daysAfter: 1, deadlineDaysAfter: 30, priority: 8, template: 'post_window' },
    catchUpDays: 7,
    exclusion: { extensionDays: 60, unknownAnchor: 'block' },
    load: {
      dailyCapPercent: 7,
      redistributeAbovePercent: 120,
      redistributeWithinDays: 62,
      smoothingLimit: 15,
      smoothingPercentOfCap: 30,
      smoothingDays: 2,
    },
    frequency: { maxMails: 2, periodDays: 14 },
    followUp: { delaySeconds: 172_800, tooLateAfterDays: 7 },
    run: { batchSize: 10_000, maxDurationSeconds: 10_800 },
    sender: { from: null, replyTo: null, postalAddress: null },
    delivery: { provider: 'sandbox', maxInFlight: 20, perSecond: 50 },
  });
});

test('the shipped rules are the table of SPEC 5, each with a citation', async () => {
  const { rules } = parseConfiguration(await readConfigurationFiles(folder));
  const compiled = compileRules(rules);
  const rows = compiled.map(
    ({ name, state, kind, daysBefore, daysAfter, anchoredOnMonthStart: anchored }) => {
      return [name, state, kind, -daysBefore, daysAfter, anchored];
    },
  );
  expect(rows).toEqual([
    ['CA birthday', 'CA', 'birthday', -30, 60, false],
    ['ID birthday', 'ID', 'birthday', -0, 63, false],
    ['KY birthday', 'KY', 'birthday', -0, 60, false],
    ['OK birthday', 'OK', 'birthday', -0, 60, false],
    ['MD birthday', 'MD', 'birthday', -0, 30, false],
    ['VA birthday', 'VA', 'birthday', -0, 30, false],
    ['NV birthday', 'NV', 'birthday', -0, 60, true],
    ['OR birthday', 'OR', 'birthday', -0, 31, false],
    ['MO effective_date', 'MO', 'effective_date', -30, 33, false],
    ['CT all_year', 'CT', 'all_year', -0, 0, false],
    ['MA all_year', 'MA', 'all_year', -0, 0, false],
    ['NY all_year', 'NY', 'all_year', -0, 0, false],
    ['WA all_year', 'WA', 'all_year', -0, 0, false],
  ]);
  for (const rule of compiled) {
    expect(rule).toMatchObject({
      from: null,
      to: null,
      extensionDays: null,
      allYearFromAge: null,
      lawFrom: null,
      lawUntil: null,
    });
    expect(rule.citation).toMatch(/\d/);
  }
});

test('rules of every kind and with every key are compiled, a second of a kind with its number', () => {
  const { rules } = accept(
    '{}',
    `rules:
      - {state: VT, kind: calendar, from: 12-20, to: 01-05, extension_days: 0, all_year_from_age: 80, citation: a}
      - {state: VT, kind: calendar, from: 02-29, to: 02-29, citation: b, law_from: 2024-01-01, law_until: 2024-12-31}
      - {state: VT, kind: birthday, days_before: 1, days_after: 2, anchor: month_start, extension_days: 364, citation: c}
      - {state: AP, kind: calendar, from: 01-01, to: 01-02, citation: d}`,
  );
  expect(compileRules(rules)).toEqual([
    {
      ...{ name: 'VT calendar', state: 'VT', kind: 'calendar', daysBefore: 0, daysAfter: 0, citation: 'a' },
      ...{ from: { month: 12, day: 20 }, to: { month: 1, day: 5 }, anchoredOnMonthStart: false },
      ...{ extensionDays: 0, allYearFromAge: 80, lawFrom: null, lawUntil: null },
    },
    {
      ...{
        name: 'VT calendar (2)',
        state: 'VT',
        kind: 'calendar',
        daysBefore: 0,
        daysAfter: 0,
        citation: 'b',
      },
      ...{ from: { month: 2, day: 29 }, to: { month: 2, day: 29 }, anchoredOnMonthStart: false },
      ...{ extensionDays: null, allYearFromAge: null },
      ...{ lawFrom: parseDay('2024-01-01'), lawUntil: parseDay('2024-12-31') },
    },
    {
      ...{ name: 'VT birthday', state: 'VT', kind: 'birthday', daysBefore: 1, daysAfter: 2, citation: 'c' },
      ...{ from: null, to: null, anchoredOnMonthStart: true },
      ...{ extensionDays: 364, allYearFromAge: null, lawFrom: null, lawUntil: null },
    },
    expect.objectContaining({ name: 'AP calendar', state: 'AP' }),
  ]);
});

test('stored rules that this program does not accept are refused when they are read', () => {
  expect(() => compileRules({ rules: [{ state: 'CA', kind: 'all_year' }] })).toThrow(
    'the stored state rules: rules[0].citation: a value is missing',
  );
});

test.each([
  'send_time: 06:00\nsend_until: 06:01',
  'time_zone: UTC',
  'time_zone: America/Argentina/Buenos_Aires',
  'load: {daily_cap_percent: 0.001, smoothing_percent_of_cap: 100, redistribute_above_percent: 100}',
  'load: {smoothing_days: 0, redistribute_within_days: 1, smoothing_limit: 1}',
  'email_types: {birthday: {days_before: 0, deadline_days_before: 0, priority: 0, template: b.v2-final_1}}',
  'email_types: {aep: {days: [{on: 02-29, deadline: 02-29}, {on: 12-20, deadline: 01-05}, {on: 03-01, deadline: 12-25}]}}',
  'email_types: {post_window: {days_after: 180, deadline_days_after: 180}}',
  'follow_up: {delay: 1s, too_late_after: 48h}',
  'run: {batch_size: 100, max_duration: 90m}',
  'sender: {from: "Acme, \\"Inc\\" <a@b.example>", reply_to: a@b.example, postal_address: "1 Main St\\nAustin"}',
  'organizations: {2024: {}, "a.b": {run: {batch_size: 100000}}}',
  'frequency: &s {max_mails: 3}\norganizations: {acme: {frequency: *s}}',
])('accepts %j', (scheduler) => {
  expect(() => accept(scheduler)).not.toThrow();
});

test('equal configurations have equal hashes, whatever the order and the comments', () => {
  const one = accept('load: {smoothing_days: 1, smoothing_limit: 9}\ncatch_up_days: 3 # days');
  const other = accept('catch_up_days: 3\nload:\n  smoothing_limit: 9\n  smoothing_days: 1');
  expect(one.hash).toBe(other.hash);
  expect(one.hash).toMatch(/^[0-9a-f]{64}$/);
  expect(accept('catch_up_days: 4').hash).not.toBe(accept('catch_up_days: 3').hash);
  const rules = 'rules: [{state: CT, kind: all_year, citation: c}]';
  expect(accept('{}', rules).hash).not.toBe(accept('{}').hash);
});

test('what is accepted survives the database: JSON there and back', () => {
  const accepted = accept('organizations: {acme: {catch_up_days: 2}}');
  expect(JSON.parse(JSON.stringify(accepted))).toEqual(accepted);
});

test('a file that is missing and one that is no text are each named', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'configuration-'));
  try {
    await writeFile(join(empty, 'state-rules.yaml'), Buffer.from([0x72, 0xff, 0xfe]));
    await expect(readConfigurationFiles(empty)).rejects.toMatchObject({
      code: 'INVALID_CONFIGURATION',
      problems: [
        {
          file: join(empty, 'scheduler.yaml'),
          line: null,
          message: expect.stringContaining('does not exist') as string,
        },
        {
          file: join(empty, 'state-rules.yaml'),
          line: null,
          message: expect.stringContaining('not UTF-8') as string,
        },
      ],
    });
  } finally {
    await rm(empty, { recursive: true });
  }
});
