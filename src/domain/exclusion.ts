/** Days on which state law forbids marketing to a contact (SPEC 5). */
import { civilDate, FIRST_DAY, inYear, LAST_DAY, yearOf, type DayNumber } from './calendar.ts';
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
  /** Windows whose anchors lie in these years are in `windows`; others are computed when asked for. */
  private readonly firstYear: number;
  private readonly lastYear: number;
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
    const year = rules.length === 0 ? 0 : yearOf(aroundDay);
    this.firstYear = year - 1;
    this.lastYear = year + 3;
    this.windows = rules.length === 0 ? [] : this.windowsOfYears(this.firstYear, this.lastYear);
  }

  /** Why no mail may go out on the day, or `null`. */
  blockOn(day: DayNumber): Block | null {
    if (this.rules.length === 0) return null;
    for (const window of this.windowsNear(day)) {
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
    for (const window of this.windowsNear(startsBy)) {
      const isInReach = window.from <= startsBy && window.to >= reaches;
      if (isInReach && (furthest === null || window.to > furthest)) furthest = window.to;
    }
    return furthest;
  }

  private windowsNear(day: DayNumber): readonly ExclusionWindow[] {
    const year = yearOf(day);
    const isCovered = this.firstYear <= year - 1 && year + 1 <= this.lastYear;
    return isCovered ? this.windows : this.windowsOfYears(year - 1, year + 1);
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

function isLawOn(rule: StateRule, day: DayNumber): boolean {
  return (rule.lawFrom ?? FIRST_DAY) <= day && day <= (rule.lawUntil ?? LAST_DAY);
}

function lacksAnchor(rule: StateRule, anchors: Anchors): boolean {
  if (rule.kind === 'birthday' && anchors.birthDay === null) return true;
  if (rule.kind === 'effective_date' && anchors.effectiveDay === null) return true;
  return rule.allYearFromAge !== null && anchors.birthDay === null;
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
    addWindow(windows, rule, inYear(birth, birth.year + rule.allYearFromAge) - extensionDays, LAST_DAY);
  }
  if (rule.kind === 'all_year') {
    addWindow(windows, rule, FIRST_DAY, LAST_DAY);
    return;
  }
  const period = yearlyPeriod(rule, anchors);
  if (period === null) return;
  const wrapsNewYear = isEarlierInYear(period.to, period.from);
  for (let year = firstYear; year <= lastYear; year += 1) {
    const from = inYear(period.from, year) - period.daysBefore - extensionDays;
    addWindow(windows, rule, from, inYear(period.to, wrapsNewYear ? year + 1 : year) + period.daysAfter);
  }
}

function addWindow(windows: ExclusionWindow[], rule: StateRule, from: DayNumber, to: DayNumber): void {
  const lawfulFrom = rule.lawFrom === null ? from : Math.max(from, rule.lawFrom);
  const lawfulTo = rule.lawUntil === null ? to : Math.min(to, rule.lawUntil);
  if (lawfulFrom <= lawfulTo) windows.push({ rule, from: lawfulFrom, to: lawfulTo });
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
