/** SPEC 5: on which days the law of the contact's states forbids a mail. */

import type { KnownContact } from './known-contact.ts';
import {
  BEGINNING,
  dateInYear,
  dayNumber,
  FOREVER,
  isoDate,
  monthDayOf,
  parseMonthDay,
  yearOf,
} from './calendar.ts';
import type { ModelConfig, ModelMetadata, ModelRule } from './types.ts';

/** Both ends are included. */
interface Window {
  from: number;
  to: number;
}

export interface Block {
  reason: 'exclusion_window' | 'unknown_anchor';
  blockedBy?: ModelMetadata['blocked_by'];
}

export interface Law {
  rules: ModelRule[];
  config: ModelConfig;
}

/** A chain that goes on for so long after the last change of the law goes on for ever: leap days recur within 8 years. */
const ENDLESS_AFTER_DAYS = 20 * 366;

/** Why no mail may go to the contact on that day; null if one may. */
export function blockOn(day: number, contact: KnownContact, law: Law): Block | null {
  const rules = rulesOf(contact, law);
  for (const rule of rules) {
    const window = windowsAround(day, rule, contact, law).find((one) => holds(one, day));
    if (window === undefined) continue;
    const { state, kind } = rule;
    return {
      reason: 'exclusion_window',
      blockedBy: { state, kind, from: isoDate(window.from), to: isoDate(window.to) },
    };
  }
  if (law.config.exclusion.unknown_anchor === 'send') return null;
  for (const rule of rules) {
    if (isLawOn(day, rule) && lacksAnchor(rule, contact)) return { reason: 'unknown_anchor' };
  }
  return null;
}

/**
 * The last day of the window that holds the day, with all that overlap or touch it counted as one (SPEC 5, post-window).
 * `none`: no window holds the day. `endless`: it never ends.
 */
export function lastDayOfJoinedWindow(
  day: number,
  contact: KnownContact,
  law: Law,
): number | 'none' | 'endless' {
  let lastDay = longestReach(day, contact, law);
  if (lastDay === null) return 'none';
  const endlessFrom = Math.max(day, lastChangeOfLaw(law)) + ENDLESS_AFTER_DAYS;
  for (;;) {
    if (lastDay >= FOREVER || lastDay > endlessFrom) return 'endless';
    const further = longestReach(lastDay + 1, contact, law);
    if (further === null) return lastDay;
    lastDay = further;
  }
}

/** The latest end of the windows that hold the day. */
function longestReach(day: number, contact: KnownContact, law: Law): number | null {
  let reach: number | null = null;
  for (const rule of rulesOf(contact, law)) {
    for (const window of windowsAround(day, rule, contact, law)) {
      if (!holds(window, day)) continue;
      if (reach === null || window.to > reach) reach = window.to;
    }
  }
  return reach;
}

/**
 * The windows of the rule around the anchors of the years before, of and after the day, extended and then cut by the
 * dates of the law. The all-year window of an age comes first: where it holds, it is the one that is named.
 */
function windowsAround(day: number, rule: ModelRule, contact: KnownContact, law: Law): Window[] {
  const windows: Window[] = [];
  const extension = rule.extension_days ?? law.config.exclusion.extension_days;
  if (rule.kind === 'all_year') windows.push({ from: BEGINNING, to: FOREVER });
  const dayOfAge = dayOfAllYearAge(rule, contact);
  if (dayOfAge !== null) windows.push({ from: dayOfAge - extension, to: FOREVER });
  for (const year of [yearOf(day) - 1, yearOf(day), yearOf(day) + 1]) {
    const window = windowOfYear(year, rule, contact);
    if (window !== null) windows.push({ from: window.from - extension, to: window.to });
  }
  return windows.map((window) => cutByLaw(window, rule)).filter((window) => window.from <= window.to);
}

/** As the table says: before the extension and the cuts. */
function windowOfYear(year: number, rule: ModelRule, contact: KnownContact): Window | null {
  if (rule.kind === 'all_year') return null;
  if (rule.kind === 'calendar') return calendarPeriod(year, rule);
  const anchorDay = rule.kind === 'birthday' ? contact.birthDay : contact.effectiveDay;
  if (anchorDay === null) return null;
  const { month, day } = monthDayOf(anchorDay);
  // The anchor of every year counts, also before the first anniversary.
  const anchor = dateInYear(year, { month, day: rule.anchor === 'month_start' ? 1 : day });
  return { from: anchor - (rule.days_before ?? 0), to: anchor + (rule.days_after ?? 0) };
}

/** The period that begins in the year; one whose end is earlier in the year than its start ends in the next year. */
function calendarPeriod(year: number, rule: ModelRule): Window | null {
  if (rule.from === undefined || rule.to === undefined) return null;
  const wrapsNewYear = rule.from > rule.to;
  return {
    from: dateInYear(year, parseMonthDay(rule.from)),
    to: dateInYear(wrapsNewYear ? year + 1 : year, parseMonthDay(rule.to)),
  };
}

/** The birthday from which the rule holds all year. */
function dayOfAllYearAge(rule: ModelRule, contact: KnownContact): number | null {
  if (rule.all_year_from_age === undefined || rule.kind === 'all_year') return null;
  if (contact.birthDay === null) return null;
  return dateInYear(yearOf(contact.birthDay) + rule.all_year_from_age, monthDayOf(contact.birthDay));
}

function cutByLaw(window: Window, rule: ModelRule): Window {
  const lawFrom = rule.law_from === undefined ? BEGINNING : dayNumber(rule.law_from);
  const lawUntil = rule.law_until === undefined ? FOREVER : dayNumber(rule.law_until);
  return { from: Math.max(window.from, lawFrom), to: Math.min(window.to, lawUntil) };
}

/** Outside the dates of its law a rule asks for no anchor. */
function isLawOn(day: number, rule: ModelRule): boolean {
  return holds(cutByLaw({ from: BEGINNING, to: FOREVER }, rule), day);
}

function lacksAnchor(rule: ModelRule, contact: KnownContact): boolean {
  if (rule.kind === 'all_year') return false;
  if (rule.kind === 'effective_date' && contact.effectiveDay === null) return true;
  const needsBirthDate = rule.kind === 'birthday' || rule.all_year_from_age !== undefined;
  return needsBirthDate && contact.birthDay === null;
}

function lastChangeOfLaw(law: Law): number {
  let last = 0;
  for (const rule of law.rules) {
    for (const date of [rule.law_from, rule.law_until]) {
      if (date !== undefined) last = Math.max(last, dayNumber(date));
    }
  }
  return last;
}

function rulesOf(contact: KnownContact, law: Law): ModelRule[] {
  return law.rules.filter((rule) => contact.states.includes(rule.state));
}

function holds(window: Window, day: number): boolean {
  return window.from <= day && day <= window.to;
}
