import { expect, test } from 'vitest';
import { complaintsOf } from './documents.ts';

const STATE = 'a state as two capital letters: the fifty, DC, PR VI GU AS MP FM MH PW, AA AE AP';
const KIND = 'one of birthday, effective_date, calendar, all_year';
const DAYS = 'a whole number from 0 to 365';
const CITATION = 'text of 1 to 500 characters';
const DATE = 'a date YYYY-MM-DD from 1900 to 2199';
const MONTH_DAY = 'a month-day MM-DD such as 09-15';
const LIST = 'a list of at most 1000 rules; [] if no state has any';
const OF_ANNIVERSARIES =
  'the keys state, kind, citation, law_from, law_until, days_before, days_after, anchor, extension_days, ' +
  'all_year_from_age';
const OF_CALENDAR =
  'the keys state, kind, citation, law_from, law_until, from, to, extension_days, all_year_from_age';
const OF_ALL_YEAR = 'the keys state, kind, citation, law_from, law_until';

/** One rule in flow style, and what is said of it after its place. */
const REFUSED: readonly (readonly [rule: string, complaint: string])[] = [
  ['5', `: 5 is not allowed; allowed: a mapping that describes one rule.`],
  ['{state: CA, kind: all_year}', `.citation: a value is missing; allowed: ${CITATION}.`],
  ['{state: CA, kind: all_year, citation: " "}', `.citation: " " is not allowed; allowed: ${CITATION}.`],
  ['{state: CA, kind: all_year, citation: 10192}', `.citation: 10192 is not allowed; allowed: ${CITATION}.`],
  ['{state: XX, kind: all_year, citation: c}', `.state: "XX" is not allowed; allowed: ${STATE}.`],
  ['{state: ca, kind: all_year, citation: c}', `.state: "ca" is not allowed; allowed: ${STATE}.`],
  [
    '{state: California, kind: all_year, citation: c}',
    `.state: "California" is not allowed; allowed: ${STATE}.`,
  ],
  ['{kind: all_year, citation: c}', `.state: a value is missing; allowed: ${STATE}.`],
  ['{state: CA, citation: c}', `.kind: a value is missing; allowed: ${KIND}.`],
  ['{state: CA, kind: yearly, citation: c}', `.kind: "yearly" is not allowed; allowed: ${KIND}.`],
  [
    '{state: CA, kind: birthday, days_after: 60, citation: c}',
    `.days_before: a value is missing; allowed: ${DAYS}.`,
  ],
  [
    '{state: CA, kind: effective_date, days_before: 60, citation: c}',
    `.days_after: a value is missing; allowed: ${DAYS}.`,
  ],
  [
    '{state: CA, kind: birthday, days_before: -30, days_after: 60, citation: c}',
    `.days_before: -30 is not allowed; allowed: ${DAYS}.`,
  ],
  [
    '{state: CA, kind: birthday, days_before: 30, days_after: 366, citation: c}',
    `.days_after: 366 is not allowed; allowed: ${DAYS}.`,
  ],
  [
    '{state: CA, kind: birthday, days_before: 1.5, days_after: 6, citation: c}',
    `.days_before: 1.5 is not allowed; allowed: ${DAYS}.`,
  ],
  [
    '{state: CA, kind: birthday, days_before: 306, days_after: 6, citation: c}',
    '.days_before: 306 is not allowed; allowed: at most 365 together with exclusion.extension_days, which is 60.',
  ],
  [
    '{state: CA, kind: birthday, days_before: 300, days_after: 6, extension_days: 66, citation: c}',
    '.days_before: 300 is not allowed; allowed: at most 365 together with extension_days, which is 66.',
  ],
  [
    '{state: CA, kind: birthday, days_before: 0, days_after: 6, extension_days: 366, citation: c}',
    `.extension_days: 366 is not allowed; allowed: ${DAYS}.`,
  ],
  [
    '{state: CA, kind: birthday, days_before: 0, days_after: 6, from: 01-01, citation: c}',
    `.from: this key is not known here; allowed: ${OF_ANNIVERSARIES}.`,
  ],
  [
    '{state: NV, kind: birthday, anchor: month_end, days_before: 0, days_after: 6, citation: c}',
    `.anchor: "month_end" is not allowed; allowed: one of month_start.`,
  ],
  [
    '{state: CA, kind: birthday, days_before: 0, days_after: 6, all_year_from_age: 0, citation: c}',
    `.all_year_from_age: 0 is not allowed; allowed: a whole number from 1 to 120.`,
  ],
  [
    '{state: CA, kind: calendar, to: 01-31, citation: c}',
    `.from: a value is missing; allowed: ${MONTH_DAY}.`,
  ],
  [
    '{state: CA, kind: calendar, from: 12-01, to: 11-31, citation: c}',
    `.to: "11-31" is not allowed; allowed: ${MONTH_DAY}.`,
  ],
  [
    '{state: CA, kind: calendar, from: 12-01, to: 01-31, anchor: month_start, citation: c}',
    `.anchor: this key is not known here; allowed: ${OF_CALENDAR}.`,
  ],
  [
    '{state: CA, kind: calendar, from: 12-01, to: 01-31, days_after: 3, citation: c}',
    `.days_after: this key is not known here; allowed: ${OF_CALENDAR}.`,
  ],
  [
    '{state: CT, kind: all_year, extension_days: 60, citation: c}',
    `.extension_days: this key is not known here; allowed: ${OF_ALL_YEAR}.`,
  ],
  [
    '{state: CT, kind: all_year, all_year_from_age: 65, citation: c}',
    `.all_year_from_age: this key is not known here; allowed: ${OF_ALL_YEAR}.`,
  ],
  [
    '{state: CT, kind: all_year, from: 01-01, citation: c}',
    `.from: this key is not known here; allowed: ${OF_ALL_YEAR}.`,
  ],
  [
    '{state: CT, kind: all_year, law_from: 2025-02-29, citation: c}',
    `.law_from: "2025-02-29" is not allowed; allowed: ${DATE}.`,
  ],
  [
    '{state: CT, kind: all_year, law_until: 2200-01-01, citation: c}',
    `.law_until: "2200-01-01" is not allowed; allowed: ${DATE}.`,
  ],
  [
    '{state: CT, kind: all_year, law_from: 2025, citation: c}',
    `.law_from: 2025 is not allowed; allowed: ${DATE}.`,
  ],
  [
    '{state: CT, kind: all_year, law_from: 2025-07-01, law_until: 2025-06-30, citation: c}',
    '.law_until: "2025-06-30" is not allowed; allowed: a date on or after law_from, which is "2025-07-01".',
  ],
];

test.each(REFUSED)('refuses the rule %s', (rule, complaint) => {
  const rules = `rules:\n  - {state: MA, kind: all_year, citation: c}\n  - ${rule}`;
  expect(complaintsOf('{}', rules)).toEqual([`state-rules.yaml:3: rules[1]${complaint}`]);
});

test.each([
  ['', ': The file is empty; put "rules: []" into it if no state has a rule.'],
  ['[]', ':1: [] is not allowed; allowed: a mapping with the key rules.'],
  ['{}', `:1: rules: a value is missing; allowed: ${LIST}.`],
  ['rules:', `:1: rules: null is not allowed; allowed: ${LIST}.`],
  ['rules: {}', `:1: rules: {} is not allowed; allowed: ${LIST}.`],
  ['states: []\nrules: []', ':1: states: this key is not known here; allowed: the key rules.'],
])('refuses the document %j', (rules, complaint) => {
  expect(complaintsOf('{}', rules)).toEqual([`state-rules.yaml${complaint}`]);
});

test('says all that is wrong with one rule, each on its line', () => {
  const rules = [
    'rules:',
    '  - state: ZZ',
    '    kind: birthday',
    '    days_before: 400',
    '    from: 01-01',
    '    law_from: 2025-07-01',
    '    law_until: 2024-07-01',
  ].join('\n');
  expect(complaintsOf('{}', rules).map((complaint) => complaint.split(': ').slice(0, 2).join(' '))).toEqual([
    'state-rules.yaml:2 rules[0].state',
    'state-rules.yaml:2 rules[0].citation',
    'state-rules.yaml:2 rules[0].days_after',
    'state-rules.yaml:4 rules[0].days_before',
    'state-rules.yaml:5 rules[0].from',
    'state-rules.yaml:7 rules[0].law_until',
  ]);
});

test('a window may not reach back more than a year under the extension of any organization', () => {
  const rules = 'rules: [{state: CA, kind: birthday, days_before: 300, days_after: 0, citation: c}]';
  expect(complaintsOf('{exclusion: {extension_days: 65}}', rules)).toEqual([]);
  expect(complaintsOf('{organizations: {acme: {exclusion: {extension_days: 66}}}}', rules)).toEqual([
    'state-rules.yaml:1: rules[0].days_before: 300 is not allowed; allowed: at most 365 together with ' +
      'exclusion.extension_days, which is 66.',
  ]);
});
