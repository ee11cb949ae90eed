import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDay, parseDay, type DayNumber } from '../../../src/domain/calendar.ts';
import type { MonthDay, StateRule } from '../../../src/domain/configuration.ts';
import { ContactWindows, type Anchors, type ExclusionSettings } from '../../../src/domain/exclusion.ts';
import {
  decidingAnswer,
  traceWindows,
  type RuleAnswer,
  type RuleVerdict,
} from '../../../src/domain/window-trace.ts';

const BLOCK: ExclusionSettings = { extensionDays: 60, unknownAnchor: 'block' };
const SEND: ExclusionSettings = { extensionDays: 60, unknownAnchor: 'send' };
const BIRTHDAY = ruleWith({ kind: 'birthday', daysBefore: 30, daysAfter: 60 });
const ANNIVERSARY = ruleWith({ kind: 'effective_date', daysBefore: 30, daysAfter: 33 });
const CALENDAR = ruleWith({
  kind: 'calendar',
  from: { month: 12, day: 20 },
  to: { month: 1, day: 5 },
  extensionDays: 0,
});
const ALL_YEAR = ruleWith({ kind: 'all_year' });

function ruleWith(keys: Partial<StateRule>): StateRule {
  return {
    name: `CA ${keys.kind ?? 'birthday'}`,
    state: 'CA',
    kind: 'birthday',
    daysBefore: 0,
    daysAfter: 0,
    from: null,
    to: null,
    anchoredOnMonthStart: false,
    extensionDays: null,
    allYearFromAge: null,
    citation: 'generated',
    lawFrom: null,
    lawUntil: null,
    ...keys,
  };
}

function day(text: string): DayNumber {
  return parseDay(text)!;
}

function anchorsOf(birthDate: string | null, effectiveDate: string | null = null): Anchors {
  return {
    birthDay: birthDate === null ? null : day(birthDate),
    effectiveDay: effectiveDate === null ? null : day(effectiveDate),
  };
}

describe('what a rule answers about a day', () => {
  const born = anchorsOf('1950-03-15');
  const law = { lawFrom: day('2027-01-01'), lawUntil: day('2027-01-31') };
  type Case = [string, StateRule, Anchors, ExclusionSettings, string, RuleVerdict, string | null];
  test.each<Case>([
    ['the day before the window', BIRTHDAY, born, BLOCK, '2026-12-14', 'clear', null],
    ['its first day', BIRTHDAY, born, BLOCK, '2026-12-15', 'blocks', '2026-12-15 2027-05-14 2027-02-13'],
    ['its last day', BIRTHDAY, born, BLOCK, '2027-05-14', 'blocks', '2026-12-15 2027-05-14 2027-02-13'],
    ['the day after the window', BIRTHDAY, born, BLOCK, '2027-05-15', 'clear', null],
    ['no birth date', BIRTHDAY, anchorsOf(null), BLOCK, '2027-05-15', 'unknown_anchor', null],
    ['no policy date', ANNIVERSARY, born, BLOCK, '2027-05-15', 'unknown_anchor', null],
    ['over New Year', CALENDAR, born, BLOCK, '2027-01-05', 'blocks', '2026-12-20 2027-01-05 2026-12-20'],
    ['before the law', { ...BIRTHDAY, ...law }, born, BLOCK, '2026-12-31', 'not_law', null],
    [
      'a window cut by both ends of the law, all of it extension',
      { ...BIRTHDAY, ...law },
      born,
      BLOCK,
      '2027-01-01',
      'blocks',
      '2027-01-01 2027-01-31 2027-02-13',
    ],
    ['after the law', { ...BIRTHDAY, ...law }, born, BLOCK, '2027-02-01', 'not_law', null],
    ['no date, and no law', { ...BIRTHDAY, ...law }, anchorsOf(null), BLOCK, '2027-02-01', 'not_law', null],
    [
      'all year',
      ALL_YEAR,
      anchorsOf(null),
      BLOCK,
      '2027-02-01',
      'blocks',
      '0001-01-01 9999-12-31 0001-01-01',
    ],
    [
      'all year from an age, with the extension',
      { ...BIRTHDAY, allYearFromAge: 77 },
      born,
      BLOCK,
      '2027-06-01',
      'blocks',
      '2027-01-14 9999-12-31 2027-03-15',
    ],
    [
      'a window although the date for the age is unknown',
      { ...ANNIVERSARY, allYearFromAge: 77 },
      anchorsOf(null, '2020-12-10'),
      BLOCK,
      '2026-10-05',
      'blocks',
      '2026-09-11 2027-01-12 2026-11-10',
    ],
  ])('%s', (_name, rule, anchors, settings, date, verdict, window) => {
    const [answer] = traceWindows([rule], anchors, settings, day(date));
    expect({ verdict: answer!.verdict, window: windowText(answer!) }).toEqual({ verdict, window });
    expect(answer!.isBlocking).toBe(verdict === 'blocks' || verdict === 'unknown_anchor');
  });

  test('an unknown anchor that is sent is still named, and blocks nothing', () => {
    const [answer] = traceWindows([BIRTHDAY], anchorsOf(null), SEND, day('2027-01-05'));
    expect(answer).toMatchObject({
      verdict: 'unknown_anchor',
      isBlocking: false,
      missingAnchors: ['birth_date'],
      window: null,
    });
  });

  test('a rule that needs two dates names both that are missing', () => {
    const rule = { ...ANNIVERSARY, allYearFromAge: 70 };
    const [answer] = traceWindows([rule], anchorsOf(null), BLOCK, day('2027-01-05'));
    expect(answer!.missingAnchors).toEqual(['birth_date', 'effective_date']);
  });

  test('the neighbours of a clear day are the windows before and after it', () => {
    const [answer] = traceWindows([BIRTHDAY], born, BLOCK, day('2027-07-01'));
    expect(formatDay(answer!.lastWindow!.to)).toBe('2027-05-14');
    expect(formatDay(answer!.nextWindow!.from)).toBe('2027-12-16');
  });

  test('of a law that begins years later, the first window is known', () => {
    const rule = { ...BIRTHDAY, lawFrom: day('2031-06-01') };
    const [answer] = traceWindows([rule], born, BLOCK, day('2027-01-01'));
    expect(answer).toMatchObject({ verdict: 'not_law', lastWindow: null });
    expect(formatDay(answer!.nextWindow!.from)).toBe('2031-12-16');
  });

  test('of a law that ended years ago, the last window is known', () => {
    const rule = { ...BIRTHDAY, lawUntil: day('2021-01-31') };
    const [answer] = traceWindows([rule], born, BLOCK, day('2027-01-01'));
    expect(answer).toMatchObject({ verdict: 'not_law', nextWindow: null });
    expect(formatDay(answer!.lastWindow!.to)).toBe('2021-01-31');
  });

  test('every rule is asked, not only up to the first that blocks', () => {
    const rules = [ALL_YEAR, BIRTHDAY, ANNIVERSARY];
    const verdicts = traceWindows(rules, born, BLOCK, day('2027-07-01')).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(['blocks', 'clear', 'unknown_anchor']);
  });

  test('a window decides before an unknown anchor of an earlier rule', () => {
    const answers = traceWindows([ANNIVERSARY, BIRTHDAY], born, BLOCK, day('2027-01-05'));
    expect(decidingAnswer(answers)!.rule).toBe(BIRTHDAY);
  });
});

function windowText({ window }: RuleAnswer): string | null {
  return window === null ? null : [window.from, window.to, window.ruleFrom].map(formatDay).join(' ');
}

const monthDay = fc.constantFrom<MonthDay>(
  { month: 1, day: 1 },
  { month: 2, day: 28 },
  { month: 2, day: 29 },
  { month: 3, day: 1 },
  { month: 9, day: 15 },
  { month: 12, day: 31 },
);
const lawDay = fc.option(fc.integer({ min: day('2026-06-01'), max: day('2028-06-01') }), { freq: 2 });

/** As configuration allows them: days before and extension reach a year at most, the law does not end before it begins. */
const rule = fc
  .record({
    kind: fc.constantFrom('birthday', 'effective_date', 'calendar', 'all_year'),
    daysBefore: fc.constantFrom(0, 1, 30, 120, 265),
    daysAfter: fc.constantFrom(0, 1, 31, 63, 304, 365),
    from: monthDay,
    to: monthDay,
    anchoredOnMonthStart: fc.boolean(),
    extensionDays: fc.constantFrom(null, 0, 1, 60, 100),
    allYearFromAge: fc.constantFrom(null, null, 76, 77, 80),
    law: fc.tuple(lawDay, lawDay),
  })
  .map(({ kind, from, to, law: [lawFrom, lawUntil], ...keys }): StateRule => {
    const isAllYear = kind === 'all_year';
    const isAnniversary = kind === 'birthday' || kind === 'effective_date';
    const isEmpty = lawFrom !== null && lawUntil !== null && lawFrom > lawUntil;
    return ruleWith({
      kind,
      daysBefore: isAnniversary ? keys.daysBefore : 0,
      daysAfter: isAnniversary ? keys.daysAfter : 0,
      from: kind === 'calendar' ? from : null,
      to: kind === 'calendar' ? to : null,
      anchoredOnMonthStart: isAnniversary && keys.anchoredOnMonthStart,
      extensionDays: isAllYear ? null : keys.extensionDays,
      allYearFromAge: isAllYear ? null : keys.allYearFromAge,
      lawFrom,
      lawUntil: isEmpty ? lawFrom : lawUntil,
    });
  });

const question = fc.record({
  rules: fc.array(rule, { maxLength: 4 }),
  anchors: fc.record({
    birthDay: fc.option(fc.integer({ min: day('1948-01-01'), max: day('1952-12-31') })),
    effectiveDay: fc.option(fc.integer({ min: day('2015-12-25'), max: day('2030-01-05') })),
  }),
  settings: fc.record({
    extensionDays: fc.constantFrom(0, 1, 60, 100),
    unknownAnchor: fc.constantFrom('block', 'send'),
  }),
  day: fc.integer({ min: day('2026-01-01'), max: day('2029-12-31') }),
  /** The day that a run plans from is not the day that it asks about. */
  asOfOffset: fc.integer({ min: -800, max: 800 }),
});

function holds(property: (drawn: typeof question extends fc.Arbitrary<infer T> ? T : never) => void): void {
  fc.assert(fc.property(question, property), { seed: 9, numRuns: 3_000 });
}

describe('on generated rules, contacts and days', () => {
  test('the answers come to what planning goes by: the same rule, the same window', () => {
    const reasons = new Set<string>();
    holds(({ rules, anchors, settings, day: asked, asOfOffset }) => {
      const block = new ContactWindows(rules, anchors, settings, asked + asOfOffset).blockOn(asked);
      const deciding = decidingAnswer(traceWindows(rules, anchors, settings, asked));
      reasons.add(block?.reason ?? 'none');
      if (block === null) {
        expect(deciding).toBeNull();
      } else if (block.reason === 'unknown_anchor') {
        expect(deciding).toMatchObject({ verdict: 'unknown_anchor', window: null });
        expect(deciding!.rule).toBe(block.rule);
      } else {
        expect(deciding).toMatchObject({ verdict: 'blocks', window: block.window });
        expect(deciding!.rule).toBe(block.window.rule);
      }
    });
    expect([...reasons].sort()).toEqual(['exclusion_window', 'none', 'unknown_anchor']);
  });

  test('each answer is that of its rule alone', () => {
    const verdicts = new Set<RuleVerdict>();
    holds(({ rules, anchors, settings, day: asked }) => {
      for (const answer of traceWindows(rules, anchors, settings, asked)) {
        const alone = new ContactWindows([answer.rule], anchors, settings, asked).blockOn(asked);
        verdicts.add(answer.verdict);
        expect(answer.isBlocking).toBe(alone !== null);
        expect(answer.verdict === 'blocks').toBe(alone?.reason === 'exclusion_window');
        const { lawFrom, lawUntil } = answer.rule;
        const isLaw = (lawFrom ?? asked) <= asked && asked <= (lawUntil ?? asked);
        expect(answer.verdict === 'not_law').toBe(!isLaw);
      }
    });
    expect([...verdicts].sort()).toEqual(['blocks', 'clear', 'not_law', 'unknown_anchor']);
  });

  test('between the neighbours of a clear day no day is blocked by the rule', () => {
    holds(({ rules, anchors, day: asked, settings }) => {
      for (const answer of traceWindows(rules, anchors, settings, asked)) {
        if (answer.verdict !== 'clear') continue;
        const alone = new ContactWindows([answer.rule], anchors, settings, asked);
        const first = answer.lastWindow === null ? asked - 200 : answer.lastWindow.to + 1;
        const last = answer.nextWindow === null ? asked + 200 : answer.nextWindow.from - 1;
        expect(first <= asked && asked <= last).toBe(true);
        for (const between of [first, asked - 1, asked + 1, last]) {
          if (between < first || between > last) continue;
          expect(alone.blockOn(between)).toBeNull();
        }
      }
    });
  });

  test('the days of the extension are those that the rule without it would leave free', () => {
    const sides = new Set<boolean>();
    holds(({ rules, anchors, settings, day: asked }) => {
      for (const { window, extensionDays, rule: of } of traceWindows(rules, anchors, settings, asked)) {
        // The window of an age is named although one of a birthday may hold the day without an extension.
        if (window === null || of.allYearFromAge !== null) continue;
        const isOfRule = asked >= window.ruleFrom;
        const without = new ContactWindows([{ ...of, extensionDays: 0 }], anchors, settings, asked);
        sides.add(isOfRule);
        expect(without.blockOn(asked) !== null).toBe(isOfRule);
        expect(window.ruleFrom - window.from).toBeLessThanOrEqual(extensionDays);
      }
    });
    expect(sides.size).toBe(2);
  });
});
