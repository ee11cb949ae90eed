/**
 * What each rule of a contact's states answers when it is asked about a day (SPEC 5, 14): the reasons behind
 * `ContactWindows.blockOn`, which answers for all of them and stops at the first that blocks.
 */
import type { DayNumber } from './calendar.ts';
import type { StateRule } from './configuration.ts';
import {
  ContactWindows,
  isLawOn,
  lacksBirthDay,
  lacksEffectiveDay,
  type Anchors,
  type ExclusionSettings,
  type ExclusionWindow,
} from './exclusion.ts';

/**
 * `blocks`: a window of the rule holds the day. `unknown_anchor`: none does as far as is known, but the
 * contact lacks a date that the rule counts from. `not_law`: the rule is not law on the day. `clear`: the
 * day lies outside every window.
 */
export type RuleVerdict = 'blocks' | 'unknown_anchor' | 'not_law' | 'clear';

/** Dates of a contact that rules count from, by their names in contacts. */
export type AnchorName = 'birth_date' | 'effective_date';

export interface RuleAnswer {
  readonly rule: StateRule;
  readonly verdict: RuleVerdict;
  /** Whether the day would be blocked if no other rule were there: not for an unknown anchor that is sent. */
  readonly isBlocking: boolean;
  /** The window that holds the day; `null` unless the verdict is `blocks`. */
  readonly window: ExclusionWindow | null;
  /** The nearest windows that lie wholly before and after the day; `null` where none is known. */
  readonly lastWindow: ExclusionWindow | null;
  readonly nextWindow: ExclusionWindow | null;
  /** Days that the windows start earlier than the rule itself says. */
  readonly extensionDays: number;
  /** Those that the rule needs and the contact lacks, whatever the verdict. */
  readonly missingAnchors: readonly AnchorName[];
}

/** Asks every rule about the day, in the order of the rules. */
export function traceWindows(
  rules: readonly StateRule[],
  anchors: Anchors,
  settings: ExclusionSettings,
  day: DayNumber,
): RuleAnswer[] {
  return rules.map((rule) => askRule(rule, anchors, settings, day));
}

/** The answer that `ContactWindows.blockOn` goes by; `null` if the day is not blocked. */
export function decidingAnswer(answers: readonly RuleAnswer[]): RuleAnswer | null {
  return (
    answers.find(({ verdict }) => verdict === 'blocks') ?? answers.find((answer) => answer.isBlocking) ?? null
  );
}

function askRule(rule: StateRule, anchors: Anchors, settings: ExclusionSettings, day: DayNumber): RuleAnswer {
  const windows = new ContactWindows([rule], anchors, settings, day);
  const block = windows.blockOn(day);
  const missingAnchors = anchorsMissing(rule, anchors);
  // A rule has no windows around a day on which it is not law: the nearest are where its law begins or ends.
  const around = windows.windowsAround(nearestDayOfLaw(rule, day));
  return {
    rule,
    verdict: verdictOf(rule, day, block?.reason === 'exclusion_window', missingAnchors),
    isBlocking: block !== null,
    window: block?.reason === 'exclusion_window' ? block.window : null,
    lastWindow: lastBefore(around, day),
    nextWindow: nextAfter(around, day),
    extensionDays: rule.kind === 'all_year' ? 0 : (rule.extensionDays ?? settings.extensionDays),
    missingAnchors,
  };
}

function verdictOf(
  rule: StateRule,
  day: DayNumber,
  isInsideWindow: boolean,
  missingAnchors: readonly AnchorName[],
): RuleVerdict {
  if (isInsideWindow) return 'blocks';
  if (!isLawOn(rule, day)) return 'not_law';
  return missingAnchors.length > 0 ? 'unknown_anchor' : 'clear';
}

function anchorsMissing(rule: StateRule, anchors: Anchors): AnchorName[] {
  const missing: AnchorName[] = [];
  if (lacksBirthDay(rule, anchors)) missing.push('birth_date');
  if (lacksEffectiveDay(rule, anchors)) missing.push('effective_date');
  return missing;
}

function nearestDayOfLaw({ lawFrom, lawUntil }: StateRule, day: DayNumber): DayNumber {
  if (lawFrom !== null && day < lawFrom) return lawFrom;
  return lawUntil !== null && day > lawUntil ? lawUntil : day;
}

function lastBefore(windows: readonly ExclusionWindow[], day: DayNumber): ExclusionWindow | null {
  return windows
    .filter(({ to }) => to < day)
    .reduce<ExclusionWindow | null>(
      (last, window) => (last === null || window.to > last.to ? window : last),
      null,
    );
}

function nextAfter(windows: readonly ExclusionWindow[], day: DayNumber): ExclusionWindow | null {
  return windows
    .filter(({ from }) => from > day)
    .reduce<ExclusionWindow | null>(
      (next, window) => (next === null || window.from < next.from ? window : next),
      null,
    );
}
