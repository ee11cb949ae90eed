/** Days on which state law forbids marketing to a contact (SPEC 5). */
import { civilDate, dayNumber, FIRST_DAY, inYear, LAST_DAY, yearOf, type DayNumber } from './calendar.ts';
import type { MonthDay, StateRule } from './configuration.ts';

/** The dates of a contact from which windows are counted. */
export interface Anchors {
  readonly birthDay: DayNumber | null;
  readonly effectiveDay: DayNumber | null;
}

/** Days on which one rule holds, both ends included. */
export interface ExclusionWindow {
  readonly rule: StateRule;
  readonly from: DayNumber;
  readonly to: DayNumber;
  /** The first day without the extension; after `to` where all of the window is extension. */
  readonly ruleFrom: DayNumber;
}

/** Why a day is blocked. */
export type Block =
  | { readonly reason: 'exclusion_window'; readonly window: ExclusionWindow }
  | { readonly reason: 'unknown_anchor'; readonly rule: StateRule };

/** The Gregorian calendar repeats after so many years: a chain of windows without a gap in them has none. */
const CALENDAR_CYCLE_YEARS = 400;

/** What of a state's rules does not depend on the contact. */
export interface ExclusionSettings {
  readonly extensionDays: number;
  readonly unknownAnchor: 'block' | 'send';
}

/** The windows of one contact under the rules of its states, in the order of the rules. */
export class ContactWindows {
  private readonly rules: readonly StateRule[];
  private readonly anchors: Anchors;
  private readonly settings: ExclusionSettings;
  /** For days from one to the other all that can hold them are in `windows`; others are computed when asked for. */
  private readonly coveredFrom: DayNumber;
  private readonly coveredTo: DayNumber;
  private readonly windows: readonly ExclusionWindow[];

  constructor(
    rules: readonly StateRule[],
    anchors: Anchors,
    settings: ExclusionSettings,
    aroundDay: DayNumber,
  ) {
    this.rules = rules;
    this.anchors = anchors;
    this.settings = settings;
    const year = yearOf(aroundDay);
    this.coveredFrom = dayNumber(year, 1, 1);
    this.coveredTo = dayNumber(year + 2, 12, 31);
    this.windows = rules.length === 0 ? [] : this.windowsOfYears(year - 1, year + 3);
  }

  /** Why no mail may go out on the day, or `null`. */
  blockOn(day: DayNumber): Block | null {
    if (this.rules.length === 0) return null;
    for (const window of this.windowsAround(day)) {
      if (window.from <= day && day <= window.to) return { reason: 'exclusion_window', window };
    }
    return this.unknownAnchorOn(day);
  }

  /**
   * The last day of the window that holds the day, where windows that overlap or touch count as one;
   * `null` if no window holds it or if the chain never ends.
   */
  endOfJoinedWindow(day: DayNumber): DayNumber | null {
    let end = this.furthestEnd(day, day);
    if (end === null) return null;
    const horizonYear = yearOf(day) + CALENDAR_CYCLE_YEARS;
    for (;;) {
      if (end >= LAST_DAY || yearOf(end) > horizonYear) return null;
      const next = this.furthestEnd(end, end + 1);
      if (next === null || next <= end) return end;
      end = next;
    }
  }

  /** The furthest last day among the windows that begin by `startsBy` and reach `reaches`. */
  private furthestEnd(reaches: DayNumber, startsBy: DayNumber): DayNumber | null {
    let furthest: DayNumber | null = null;
    for (const window of this.windowsAround(startsBy)) {
      const isInReach = window.from <= startsBy && window.to >= reaches;
      if (isInReach && (furthest === null || window.to > furthest)) furthest = window.to;
    }
    return furthest;
  }

  /** Those that can hold the day, and their neighbours. */
  windowsAround(day: DayNumber): readonly ExclusionWindow[] {
    if (this.coveredFrom <= day && day <= this.coveredTo) return this.windows;
    const year = yearOf(day);
    return this.windowsOfYears(year - 1, year + 1);
  }

  private windowsOfYears(firstYear: number, lastYear: number): ExclusionWindow[] {
    const windows: ExclusionWindow[] = [];
    for (const rule of this.rules) {
      addWindowsOfRule(windows, rule, this.anchors, this.settings.extensionDays, firstYear, lastYear);
    }
    return windows;
  }

  /** Fails closed: a rule that cannot be computed holds, on the days on which it is law. */
  private unknownAnchorOn(day: DayNumber): Block | null {
    if (this.settings.unknownAnchor === 'send') return null;
    for (const rule of this.rules) {
      if (lacksAnchor(rule, this.anchors) && isLawOn(rule, day)) return { reason: 'unknown_anchor', rule };
    }
    return null;
  }
}

export function isLawOn(rule: StateRule, day: DayNumber): boolean {
  return (rule.lawFrom ?? FIRST_DAY) <= day && day <= (rule.lawUntil ?? LAST_DAY);
}

function lacksAnchor(rule: StateRule, anchors: Anchors): boolean {
  return lacksBirthDay(rule, anchors) || lacksEffectiveDay(rule, anchors);
}

export function lacksBirthDay(rule: StateRule, { birthDay }: Anchors): boolean {
  return birthDay === null && (rule.kind === 'birthday' || rule.allYearFromAge !== null);
}

export function lacksEffectiveDay(rule: StateRule, { effectiveDay }: Anchors): boolean {
  return effectiveDay === null && rule.kind === 'effective_date';
}

/** The windows of a rule whose anchors lie in the years given, cut to the time in which it is law. */
function addWindowsOfRule(
  windows: ExclusionWindow[],
  rule: StateRule,
  anchors: Anchors,
  defaultExtensionDays: number,
  firstYear: number,
  lastYear: number,
): void {
  const extensionDays = rule.extensionDays ?? defaultExtensionDays;
  if (rule.allYearFromAge !== null && anchors.birthDay !== null) {
    const birth = civilDate(anchors.birthDay);
    const ageDay = inYear(birth, birth.year + rule.allYearFromAge);
    addWindow(windows, rule, ageDay, extensionDays, LAST_DAY);
  }
  if (rule.kind === 'all_year') {
    addWindow(windows, rule, FIRST_DAY, 0, LAST_DAY);
    return;
  }
  const period = yearlyPeriod(rule, anchors);
  if (period === null) return;
  const wrapsNewYear = isEarlierInYear(period.to, period.from);
  for (let year = firstYear; year <= lastYear; year += 1) {
    const from = inYear(period.from, year) - period.daysBefore;
    const to = inYear(period.to, wrapsNewYear ? year + 1 : year) + period.daysAfter;
    addWindow(windows, rule, from, extensionDays, to);
  }
}

/** `from`: as the rule itself has it, before the extension. */
function addWindow(
  windows: ExclusionWindow[],
  rule: StateRule,
  from: DayNumber,
  extensionDays: number,
  to: DayNumber,
): void {
  const firstDay = rule.lawFrom ?? FIRST_DAY;
  const extendedFrom = Math.max(from - extensionDays, firstDay);
  const lawfulTo = rule.lawUntil === null ? to : Math.min(to, rule.lawUntil);
  if (extendedFrom > lawfulTo) return;
  windows.push({ rule, from: extendedFrom, to: lawfulTo, ruleFrom: Math.max(from, firstDay) });
}

interface YearlyPeriod {
  readonly from: MonthDay;
  readonly to: MonthDay;
  readonly daysBefore: number;
  readonly daysAfter: number;
}

function yearlyPeriod(rule: StateRule, anchors: Anchors): YearlyPeriod | null {
  if (rule.kind === 'calendar') {
    return { from: rule.from!, to: rule.to!, daysBefore: 0, daysAfter: 0 };
  }
  const anchorDay = rule.kind === 'birthday' ? anchors.birthDay : anchors.effectiveDay;
  if (anchorDay === null) return null;
  const date = civilDate(anchorDay);
  const anchor = rule.anchoredOnMonthStart ? { month: date.month, day: 1 } : date;
  return { from: anchor, to: anchor, daysBefore: rule.daysBefore, daysAfter: rule.daysAfter };
}

function isEarlierInYear(a: MonthDay, b: MonthDay): boolean {
  return a.month < b.month || (a.month === b.month && a.day < b.day);
}
