/** SPEC 7: smoothing of the effective-date mails and the daily cap. */

import { dayNumber, isoDate } from './calendar.ts';
import { isCountedMail } from './book.ts';
import type { Book } from './book.ts';
import { compareByHash } from './occurrences.ts';
import { isAllowed } from './placement.ts';
import type { Mail, PlacingRules } from './placement.ts';
import type { ModelConfig, ModelRow } from './types.ts';

export class Volumes {
  private readonly counts = new Map<number, number>();

  on(day: number): number {
    return this.counts.get(day) ?? 0;
  }

  add(day: number, mails: number): void {
    this.counts.set(day, this.on(day) + mails);
  }

  /** Days with mail, in order. */
  days(): number[] {
    const used = [...this.counts.keys()].filter((day) => this.on(day) > 0);
    return used.sort((left, right) => left - right);
  }
}

/** What lies on the days without the mails of this plan: the ledger and the rows of contacts that are not replanned. */
export interface Standing {
  book: Book;
  rowsOfOthers: ModelRow[];
}

export function volumesOf(mails: Mail[], standing: Standing, type?: string): Volumes {
  const volumes = new Volumes();
  const rows = [...standing.book.rows.filter(isCountedMail), ...standing.rowsOfOthers];
  for (const row of rows) {
    if (type === undefined || row.email_type === type) volumes.add(dayNumber(row.scheduled_send_date), 1);
  }
  for (const mail of mails) {
    if (type === undefined || mail.occurrence.type === type) volumes.add(mail.day, 1);
  }
  return volumes;
}

/** SPEC 7.1. `mails`: those that have a place. */
export function smoothEffectiveDates(
  mails: Mail[],
  standing: Standing,
  rules: PlacingRules,
  cap: number,
): void {
  const { load } = rules.law.config;
  const limit = softLimit(cap, load);
  const before = volumesOf(mails, standing, 'effective_date');
  for (const mail of mails) {
    if (mail.occurrence.type !== 'effective_date' || mail.isKept) continue;
    if (before.on(mail.day) <= limit) continue;
    const days: number[] = [];
    for (let day = mail.day - load.smoothing_days; day <= mail.day + load.smoothing_days; day += 1) {
      if (isAllowed(day, mail, rules)) days.push(day);
    }
    const day = days[mail.occurrence.hash % days.length];
    if (day !== undefined) moveTo(mail, day, 'smoothed');
  }
}

/** SPEC 7.2: days in order, the largest priority number first, then by hash, each to the nearest day with room. */
export function redistribute(mails: Mail[], standing: Standing, rules: PlacingRules, cap: number): void {
  const { load } = rules.law.config;
  const volumes = volumesOf(mails, standing);
  for (let day = firstDayFrom(rules.asOf, volumes); day !== null; day = firstDayFrom(day + 1, volumes)) {
    if (!isAboveThreshold(volumes.on(day), cap, load)) continue;
    const movable = mails
      .filter((mail) => isMovableFrom(day, mail))
      .sort(
        (left, right) =>
          right.occurrence.priority - left.occurrence.priority ||
          compareByHash(left.occurrence, right.occurrence),
      );
    for (const mail of movable) {
      if (volumes.on(day) <= cap) break;
      const target = nearestDayWithRoom(mail, volumes, rules, cap);
      if (target === null) continue;
      volumes.add(day, -1);
      volumes.add(target, 1);
      moveTo(mail, target, 'redistributed');
    }
    if (!isAboveThreshold(volumes.on(day), cap, load)) continue;
    flagOverCap(mails, day);
  }
}

function isMovableFrom(day: number, mail: Mail): boolean {
  return mail.day === day && !mail.isKept;
}

function flagOverCap(mails: Mail[], day: number): void {
  for (const mail of mails) {
    if (mail.day === day) mail.isOverCap = true;
  }
}

function nearestDayWithRoom(mail: Mail, volumes: Volumes, rules: PlacingRules, cap: number): number | null {
  const within = rules.law.config.load.redistribute_within_days;
  for (let day = mail.day + 1; day <= mail.day + within; day += 1) {
    if (volumes.on(day) < cap && isAllowed(day, mail, rules)) return day;
  }
  return null;
}

/** The first day with mail on or after that day. */
function firstDayFrom(day: number, volumes: Volumes): number | null {
  return volumes.days().find((one) => one >= day) ?? null;
}

export function dailyCap(contacts: number, load: ModelConfig['load']): number {
  return Math.max(1, Math.floor(percentOf(contacts, load.daily_cap_percent)));
}

function softLimit(cap: number, load: ModelConfig['load']): number {
  return Math.max(
    1,
    Math.floor(Math.min(load.smoothing_limit, percentOf(cap, load.smoothing_percent_of_cap))),
  );
}

export function isAboveThreshold(volume: number, cap: number, load: ModelConfig['load']): boolean {
  return volume > percentOf(cap, load.redistribute_above_percent);
}

function percentOf(count: number, percent: number): number {
  return (count * percent) / 100;
}

/** A mail that is sent to the day on which it already lies was not moved. */
function moveTo(mail: Mail, day: number, placedBy: 'smoothed' | 'redistributed'): void {
  if (mail.day === day) return;
  mail.movedFrom = isoDate(mail.day);
  mail.day = day;
  mail.placedBy = placedBy;
}
