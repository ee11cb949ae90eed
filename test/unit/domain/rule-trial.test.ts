import { expect, test } from 'vitest';
import { compileRules } from '../../../src/config/compile-rules.ts';
import { resolveConfiguration } from '../../../src/config/resolve.ts';
import { formatDay, parseDay } from '../../../src/domain/calendar.ts';
import { describeContact } from '../../../src/domain/contact.ts';
import { tryRules, type RuleTrial } from '../../../src/domain/rule-trial.ts';
import { StateRules } from '../../../src/domain/state-rules.ts';
import { accept } from '../config/documents.ts';

const RULES = `rules:
  - {state: CA, kind: birthday, days_before: 30, days_after: 60, citation: c}
  - {state: NV, kind: birthday, anchor: month_start, days_before: 0, days_after: 60, citation: n}
  - {state: MO, kind: effective_date, days_before: 30, days_after: 33, citation: m}
  - {state: NY, kind: all_year, citation: y}
  - {state: VT, kind: calendar, from: 03-01, to: 03-31, extension_days: 0, citation: a}
  - {state: VT, kind: calendar, from: 04-01, to: 04-10, extension_days: 0, citation: b}
  - {state: VT, kind: calendar, from: 04-20, to: 04-25, extension_days: 0, citation: d}
`;

interface Question {
  readonly state: string;
  readonly zip?: string;
  readonly birthDate?: string;
  readonly day: string;
  readonly scheduler?: string;
}

function ask({ state, zip, birthDate, day, scheduler = '{}' }: Question): RuleTrial {
  const accepted = accept(scheduler, RULES);
  const configuration = resolveConfiguration(accepted, { organization: null, environment: null });
  const contact = describeContact(
    {
      state,
      zipCode: zip ?? null,
      birthDay: birthDate === undefined ? null : parseDay(birthDate),
      effectiveDay: null,
    },
    parseDay(day)!,
  );
  return tryRules(configuration, new StateRules(compileRules(accepted.rules)), contact!, parseDay(day)!);
}

function postWindowOf({ postWindow }: RuleTrial): string | null {
  if (postWindow === null) return null;
  const { idealDay, deadlineDay, blockedBy } = postWindow;
  return `${formatDay(idealDay)} ${formatDay(deadlineDay)}${blockedBy === null ? '' : ` ${blockedBy.rule.name}`}`;
}

test.each<[string, Question, string | null, string | null]>([
  [
    'a window',
    { state: 'CA', birthDate: '1950-03-15', day: '2027-01-05' },
    'CA birthday',
    '2027-05-15 2027-06-13',
  ],
  ['a day outside', { state: 'CA', birthDate: '1950-03-15', day: '2027-06-05' }, null, null],
  ['an unknown anchor', { state: 'CA', day: '2027-01-05' }, 'CA birthday', null],
  ['a window without an end', { state: 'NY', day: '2027-01-05' }, 'NY all_year', null],
  ['a state without rules', { state: 'TX', day: '2027-01-05' }, null, null],
  ['windows that touch', { state: 'VT', day: '2027-03-05' }, 'VT calendar', '2027-04-11 2027-05-10'],
  [
    'a post-window mail that falls into the next window',
    { state: 'VT', day: '2027-03-05', scheduler: 'email_types: {post_window: {days_after: 10}}' },
    'VT calendar',
    '2027-04-20 2027-05-10 VT calendar (3)',
  ],
  [
    'post-window mails that are switched off',
    { state: 'VT', day: '2027-03-05', scheduler: 'features: {post_window: false}' },
    'VT calendar',
    null,
  ],
  [
    'a ZIP code of another state, the rules of both in the order of the file',
    { state: 'NV', zip: '90210', birthDate: '1950-03-15', day: '2027-02-25' },
    'CA birthday',
    '2027-05-15 2027-06-13',
  ],
])('%s', (_name, question, rule, postWindow) => {
  const trial = ask(question);
  expect(trial.blockedBy?.rule.name ?? null).toBe(rule);
  expect(postWindowOf(trial)).toBe(postWindow);
});

test('dates that planning takes for missing are missing here, too', () => {
  const trial = ask({ state: 'CA', birthDate: '2027-01-06', day: '2027-01-05' });
  expect(trial.contact.warnings).toEqual(['birth_date_ignored']);
  expect(trial.blockedBy?.verdict).toBe('unknown_anchor');
});
