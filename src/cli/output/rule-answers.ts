/** What a state rule answered about a day, for people and for programs. */
import { FIRST_DAY, formatDay, LAST_DAY, type DayNumber } from '../../domain/calendar.ts';
import type { ExclusionWindow } from '../../domain/exclusion.ts';
import type { RuleAnswer } from '../../domain/window-trace.ts';

/** `2026-10-18 to 2027-03-17`, or how it is open. */
function windowText({ from, to }: Pick<ExclusionWindow, 'from' | 'to'>): string {
  if (from === FIRST_DAY) return to === LAST_DAY ? 'always' : `until ${formatDay(to)}`;
  return to === LAST_DAY ? `from ${formatDay(from)} on` : `${formatDay(from)} to ${formatDay(to)}`;
}

/** Why the rule answered so, without its name and verdict. */
export function answerReason(answer: RuleAnswer): string {
  switch (answer.verdict) {
    case 'blocks':
      return `${windowText(answer.window!)}${extensionText(answer.window!, answer.extensionDays)}`;
    case 'unknown_anchor':
      return `the contact has no ${answer.missingAnchors.join(' and no ')}, which blocks ${answer.isBlocking ? 'the day' : 'nothing'} (exclusion.unknown_anchor: ${answer.isBlocking ? 'block' : 'send'})`;
    case 'not_law':
      return lawText(answer.rule);
    case 'clear':
      return neighboursText(answer);
  }
}

/** What of the window the rule itself would not have. */
function extensionText({ from, to, ruleFrom }: ExclusionWindow, extensionDays: number): string {
  if (ruleFrom === from) return '';
  if (ruleFrom > to) return ` (all of it by the extension of ${extensionDays} days)`;
  return ` (to ${formatDay(ruleFrom - 1)} by the extension of ${extensionDays} days)`;
}

function lawText({ lawFrom, lawUntil }: RuleAnswer['rule']): string {
  const from = lawFrom === null ? [] : [`from ${formatDay(lawFrom)}`];
  const until = lawUntil === null ? [] : [`until ${formatDay(lawUntil)}`];
  return `law only ${[...from, ...until].join(' ')}`;
}

function neighboursText({ lastWindow, nextWindow }: RuleAnswer): string {
  const windows = [
    ...(lastWindow === null ? [] : [`last window ${windowText(lastWindow)}`]),
    ...(nextWindow === null ? [] : [`next ${windowText(nextWindow)}`]),
  ];
  return windows.length === 0 ? 'no window near' : windows.join('; ');
}

export function ruleAnswerJson(answer: RuleAnswer): object {
  const { rule } = answer;
  return {
    rule: rule.name,
    state: rule.state,
    kind: rule.kind,
    citation: rule.citation,
    verdict: answer.verdict,
    isBlocking: answer.isBlocking,
    window: windowJson(answer.window),
    lastWindow: windowJson(answer.lastWindow),
    nextWindow: windowJson(answer.nextWindow),
    extensionDays: answer.extensionDays,
    missingAnchors: answer.missingAnchors,
    lawFrom: dayJson(rule.lawFrom),
    lawUntil: dayJson(rule.lawUntil),
  };
}

function windowJson(window: ExclusionWindow | null): object | null {
  if (window === null) return null;
  const { from, to, ruleFrom } = window;
  return { from: formatDay(from), to: formatDay(to), ruleFrom: ruleFrom > to ? null : formatDay(ruleFrom) };
}

export function dayJson(day: DayNumber | null): string | null {
  return day === null ? null : formatDay(day);
}
