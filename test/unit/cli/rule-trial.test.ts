import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ruleTrialJson, ruleTrialText } from '../../../src/cli/output/rule-trial.ts';
import { wrap } from '../../../src/cli/output/wrap.ts';
import { compileRules } from '../../../src/config/compile-rules.ts';
import { resolveConfiguration } from '../../../src/config/resolve.ts';
import { parseDay } from '../../../src/domain/calendar.ts';
import { describeContact } from '../../../src/domain/contact.ts';
import { tryRules } from '../../../src/domain/rule-trial.ts';
import { StateRules } from '../../../src/domain/state-rules.ts';
import { accept } from '../config/documents.ts';

interface Question {
  readonly state: string;
  readonly zip?: string;
  readonly birthDate?: string;
  readonly effectiveDate?: string;
  readonly day: string;
  readonly scheduler?: string;
}

const CALIFORNIA =
  '{state: CA, kind: birthday, days_before: 30, days_after: 60, citation: Code § 10192.11(h)}';

function answer(question: Question, ...rules: string[]): { text: string; json: object } {
  const accepted = accept(question.scheduler ?? '{}', `rules: [${rules.join(', ')}]`);
  const configuration = resolveConfiguration(accepted, { organization: null, environment: null });
  const { state, zip, birthDate, effectiveDate, day } = question;
  const contact = describeContact(
    {
      state,
      zipCode: zip ?? null,
      birthDay: parseDay(birthDate ?? ''),
      effectiveDay: parseDay(effectiveDate ?? ''),
    },
    parseDay(day)!,
  );
  const stateRules = new StateRules(compileRules(accepted.rules));
  const trial = tryRules(configuration, stateRules, contact!, parseDay(day)!);
  return {
    text: ruleTrialText(trial, configuration.exclusion),
    json: ruleTrialJson(trial, configuration.exclusion),
  };
}

test('a blocked day: by what, until when, what follows, and the window drawn', () => {
  const { text } = answer({ state: 'CA', birthDate: '1950-03-15', day: '2027-01-05' }, CALIFORNIA);
  expect(text).toBe(`\
2027-01-05 is blocked in CA: exclusion_window.

Rule         CA birthday
Citation     Code § 10192.11(h)
Window       2026-12-15 to 2027-05-14 (to 2027-02-12 by the extension of 60 days)
Post-window  mail on 2027-05-15, deadline 2027-06-13

Rules asked (1):
  CA birthday: blocks
    2026-12-15 to 2027-05-14 (to 2027-02-12 by the extension of 60 days)
    Code § 10192.11(h)

             2026                          2027
             Aug   Sep   Oct   Nov   Dec   Jan   Feb   Mar   Apr   May   Jun   Jul
CA birthday  ··························▒▒▒▒▒▒▒▒▒▒▒▒██████████████████················
                                           ▲ 2027-01-05 blocked
                                                                     ▲ 2027-05-15 post-window mail
             █ the rule  ▒ its extension  ? anchor unknown  · clear  blank: not law`);
});

describe('the answer says', () => {
  test.each<[string, Question, string[], string[]]>([
    [
      'that a day is free, and where the windows around it are',
      { state: 'CA', birthDate: '1950-03-15', day: '2027-07-05' },
      [CALIFORNIA],
      [
        '2027-07-05 is not blocked in CA.',
        '  CA birthday: clear',
        '    last window 2026-12-15 to 2027-05-14; next 2027-12-16 to 2028-05-14',
      ],
    ],
    [
      'that a state has no rules',
      { state: 'TX', day: '2027-07-05' },
      [CALIFORNIA],
      ['2027-07-05 is not blocked in TX: no rule is given for TX.'],
    ],
    [
      'which date is missing',
      { state: 'CA', day: '2027-07-05' },
      [CALIFORNIA],
      [
        '2027-07-05 is blocked in CA: unknown_anchor.',
        'Anchor       the contact has no birth_date, which blocks the day (exclusion.unknown_anchor: block)',
      ],
    ],
    [
      'that a missing date is let pass',
      { state: 'CA', day: '2027-07-05', scheduler: 'exclusion: {unknown_anchor: send}' },
      [CALIFORNIA],
      [
        '2027-07-05 is not blocked in CA.',
        '  CA birthday: unknown_anchor',
        '    the contact has no birth_date, which blocks nothing (exclusion.unknown_anchor: send)',
      ],
    ],
    [
      'that a rule is not law yet, and one not any more',
      { state: 'NY', day: '2027-07-05' },
      [
        '{state: NY, kind: all_year, citation: a, law_from: 2028-01-01}',
        '{state: NY, kind: all_year, citation: b, law_from: 2020-01-01, law_until: 2026-12-31}',
      ],
      [
        '2027-07-05 is not blocked in NY.',
        '  NY all_year: not_law',
        '    law only from 2028-01-01',
        '  NY all_year (2): not_law',
        '    law only from 2020-01-01 until 2026-12-31',
      ],
    ],
    [
      'that a window never ends',
      { state: 'NY', day: '2027-07-05' },
      ['{state: NY, kind: all_year, citation: a}'],
      ['Window       always', 'Post-window  no mail: the window never ends'],
    ],
    [
      'what the windows that touch come to',
      { state: 'VT', day: '2027-03-05' },
      [
        '{state: VT, kind: calendar, from: 03-01, to: 03-31, extension_days: 0, citation: a}',
        '{state: VT, kind: calendar, from: 04-01, to: 04-10, extension_days: 0, citation: b}',
      ],
      [
        'Window       2027-03-01 to 2027-03-31',
        'Joined       to 2027-04-10, with the windows that overlap or touch it',
        'Post-window  mail on 2027-04-11, deadline 2027-05-10',
      ],
    ],
    [
      'that post-window mails are off',
      {
        state: 'CA',
        birthDate: '1950-03-15',
        day: '2027-01-05',
        scheduler: 'features: {post_window: false}',
      },
      [CALIFORNIA],
      ['Post-window  no mail: these mails are switched off'],
    ],
    [
      'that not even the post-window mail could go',
      { state: 'CA', zip: '65101', birthDate: '1950-03-15', day: '2027-01-05' },
      [CALIFORNIA, '{state: MO, kind: effective_date, days_before: 0, days_after: 0, citation: m}'],
      [
        '2027-01-05 is blocked in MO and CA: exclusion_window.',
        'ZIP code and state disagree: the rules of both are asked.',
        'Post-window  mail on 2027-05-15, deadline 2027-06-13; skipped: unknown_anchor, MO effective_date',
      ],
    ],
    [
      'that all of a window is extension',
      { state: 'CA', birthDate: '1950-03-15', day: '2027-01-20' },
      ['{state: CA, kind: birthday, days_before: 0, days_after: 9, citation: c, law_until: 2027-02-01}'],
      ['Window       2027-01-14 to 2027-02-01 (all of it by the extension of 60 days)'],
    ],
    [
      'which dates count as missing',
      { state: 'CA', birthDate: '1970-01-01', effectiveDate: '1900-01-01', day: '2027-01-05' },
      [CALIFORNIA],
      ['The birth date counts as missing: it is on or before 1900-01-01, 1970-01-01, after 2199, or a birth'],
    ],
  ])('%s', (_name, question, rules, lines) => {
    const { text } = answer(question, ...rules);
    expect(text.split('\n')).toEqual(expect.arrayContaining(lines));
  });
});

test('the same for programs', () => {
  const rules = [CALIFORNIA, '{state: CA, kind: all_year, citation: later, law_from: 2030-01-01}'];
  const window = { from: '2026-12-15', to: '2027-05-14', ruleFrom: '2027-02-13' };
  const blocking = {
    ...{ rule: 'CA birthday', state: 'CA', kind: 'birthday', citation: 'Code § 10192.11(h)' },
    ...{ verdict: 'blocks', isBlocking: true, window, extensionDays: 60, missingAnchors: [] },
    lastWindow: { from: '2025-12-15', to: '2026-05-14', ruleFrom: '2026-02-13' },
    nextWindow: { from: '2027-12-16', to: '2028-05-14', ruleFrom: '2028-02-14' },
    ...{ lawFrom: null, lawUntil: null },
  };
  expect(answer({ state: 'CA', birthDate: '1950-03-15', day: '2027-01-05' }, ...rules).json).toEqual({
    ...{ day: '2027-01-05', states: ['CA'], birthDate: '1950-03-15', effectiveDate: null, warnings: [] },
    ...{ extensionDays: 60, unknownAnchor: 'block', isBlocked: true, reason: 'exclusion_window' },
    ...{ blockedBy: blocking, windowEnd: '2027-05-14' },
    postWindow: { idealDate: '2027-05-15', deadline: '2027-06-13', blockedBy: null },
    rules: [
      blocking,
      {
        ...{ rule: 'CA all_year', state: 'CA', kind: 'all_year', citation: 'later' },
        ...{ verdict: 'not_law', isBlocking: false, window: null, lastWindow: null },
        nextWindow: { from: '2030-01-01', to: '9999-12-31', ruleFrom: '2030-01-01' },
        ...{ extensionDays: 0, missingAnchors: [], lawFrom: '2030-01-01', lawUntil: null },
      },
    ],
  });
});

describe('the drawing', () => {
  const drawn = (question: Question, ...rules: string[]): string[] =>
    answer(question, ...rules)
      .text.split('\n\n')
      .at(-1)!
      .split('\n');

  test('shows what is unknown, and leaves blank the days on which a rule is not law', () => {
    const rule =
      '{state: CA, kind: birthday, days_before: 0, days_after: 0, citation: c, law_until: 2027-06-30}';
    expect(drawn({ state: 'CA', day: '2027-07-05' }, rule)[2]).toBe(`CA birthday  ${'?'.repeat(30)}`);
  });

  test('shows the day itself, not its neighbours in the column', () => {
    const window = '{state: VT, kind: calendar, from: 03-02, to: 03-05, extension_days: 0, citation: a}';
    const column = 'VT calendar  '.length + 5 * 6;
    expect(drawn({ state: 'VT', day: '2027-03-01' }, window)[2]![column]).toBe('·');
    expect(drawn({ state: 'VT', day: '2027-03-02' }, window)[2]![column]).toBe('█');
  });

  test('shows a short window in a column of five days', () => {
    const window = '{state: VT, kind: calendar, from: 03-13, to: 03-13, extension_days: 0, citation: a}';
    expect(drawn({ state: 'VT', day: '2027-03-01' }, window)[2]).toBe(
      `VT calendar  ${'·'.repeat(32)}█${'·'.repeat(39)}`,
    );
  });
});

test('no line is longer than 100 columns, whatever the rules', () => {
  const words = fc.array(
    fc.string({ minLength: 1, maxLength: 12 }).map((word) => word.replaceAll(/\s/g, '_')),
    {
      minLength: 1,
      maxLength: 30,
    },
  );
  const rule = fc.record({
    kind: fc.constantFrom('birthday', 'effective_date'),
    state: fc.constantFrom('CA', 'MO'),
    days_before: fc.integer({ min: 0, max: 200 }),
    days_after: fc.integer({ min: 0, max: 365 }),
    all_year_from_age: fc.constantFrom(65, 120),
    citation: words.map((all) => all.join(' ')),
  });
  const dates = { state: 'CA', zip: '65101', birthDate: '1950-03-15', effectiveDate: '2020-12-10' };
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 1, maxLength: 5 }),
      fc.boolean(),
      fc.constantFrom('2027-01-31', '2027-02-01', '2027-07-15'),
      (rules, knowsDates, day) => {
        const question = knowsDates ? { ...dates, day } : { state: 'CA', zip: '65101', day };
        const { text } = answer(question, ...rules.map((each) => JSON.stringify(each)));
        for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
      },
    ),
    { seed: 9, numRuns: 15 },
  );
});

test('text is wrapped between words, and a word that is too long stands alone', () => {
  const long = 'x'.repeat(120);
  expect(wrap(`${'word '.repeat(19)}end ${long} more`, '- ', '  ')).toBe(
    `- ${'word '.repeat(19)}end\n  ${long}\n  more`,
  );
});
