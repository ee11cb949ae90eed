/** SPEC 4: the day of an occurrence, before any shaping. */

import { dayNumber } from './calendar.ts';
import type { KnownContact } from './known-contact.ts';
import { hasPlace } from './book.ts';
import type { Occurrence } from './occurrences.ts';
import type { ModelMetadata, ModelRow } from './types.ts';
import { blockOn } from './windows.ts';
import type { Block, Law } from './windows.ts';
import { xxh32 } from './xxh32.ts';

interface Skip {
  reason: string;
  blockedBy?: ModelMetadata['blocked_by'];
  collidedWith?: string[];
  winner?: string;
}

/** An occurrence with its day, as it goes through the steps of SPEC 9. */
export interface Mail {
  occurrence: Occurrence;
  contact: KnownContact;
  day: number;
  /** The plan in force has placed it on this day. */
  isKept: boolean;
  /** Pre-scheduled in the plan in force, and kept (SPEC 8). */
  isPromised: boolean;
  placedBy: ModelMetadata['placed_by'];
  movedFrom: string | undefined;
  skip: Skip | null;
  standsFor: string[] | undefined;
  isOverCap: boolean;
}

export interface PlacingRules {
  law: Law;
  asOf: number;
  catchUpDays: number;
}

export function place(
  occurrence: Occurrence,
  contact: KnownContact,
  rowInForce: ModelRow | undefined,
  rules: PlacingRules,
): Mail {
  const mail: Mail = {
    occurrence,
    contact,
    day: occurrence.idealDay,
    isKept: false,
    isPromised: false,
    placedBy: undefined,
    movedFrom: undefined,
    skip: null,
    standsFor: undefined,
    isOverCap: false,
  };
  if (rowInForce !== undefined && isToBeKept(rowInForce, mail, rules)) return keptMail(mail, rowInForce);
  const firstDay = firstDayOf(occurrence, rules);
  const endDay = occurrence.campaign?.endDay ?? null;
  if (endDay !== null && occurrence.idealDay > endDay) {
    return { ...mail, day: endDay, skip: { reason: 'outside_active_dates' } };
  }
  if (occurrence.idealDay >= firstDay) {
    const block = blockOf(mail, occurrence.idealDay, rules);
    return block === null ? mail : { ...mail, skip: block };
  }
  if (occurrence.campaign !== null && occurrence.deadlineDay < firstDay) {
    return { ...mail, day: firstDay, skip: { reason: 'missed_trigger' } };
  }
  return caughtUpMail(mail, firstDay, rules);
}

/** "The as-of date (campaigns: or the instance's start, if later)." */
function firstDayOf(occurrence: Occurrence, rules: PlacingRules): number {
  return Math.max(rules.asOf, occurrence.campaign?.startDay ?? rules.asOf);
}

/** "A type that does not respect windows is placed and moved as if no day were blocked" (SPEC 6). */
function blockOf(mail: Mail, day: number, rules: PlacingRules): Block | null {
  if (mail.occurrence.campaign?.respectsWindows === false) return null;
  return blockOn(day, mail.contact, rules.law);
}

/** Not before the first day, not after the deadline, not blocked. */
export function isAllowed(day: number, mail: Mail, rules: PlacingRules): boolean {
  if (day < firstDayOf(mail.occurrence, rules) || day > mail.occurrence.deadlineDay) return false;
  return blockOf(mail, day, rules) === null;
}

/** The place counts only with the same ideal date, and only while the day is allowed. */
function isToBeKept(row: ModelRow, mail: Mail, rules: PlacingRules): boolean {
  if (!hasPlace(row)) return false;
  if (dayNumber(row.ideal_date) !== mail.occurrence.idealDay) return false;
  return isAllowed(dayNumber(row.scheduled_send_date), mail, rules);
}

/** "A kept row keeps what it was placed with" (SPEC 15). */
function keptMail(mail: Mail, row: ModelRow): Mail {
  return {
    ...mail,
    day: dayNumber(row.scheduled_send_date),
    isKept: true,
    isPromised: row.status === 'pre-scheduled',
    placedBy: row.metadata?.placed_by,
    movedFrom: row.metadata?.moved_from,
  };
}

function caughtUpMail(mail: Mail, firstDay: number, rules: PlacingRules): Mail {
  const allowedDays: number[] = [];
  for (let day = firstDay; day < firstDay + rules.catchUpDays; day += 1) {
    if (isAllowed(day, mail, rules)) allowedDays.push(day);
  }
  const seededHash = xxh32(mail.occurrence.text, firstDay);
  const day = allowedDays[seededHash % allowedDays.length];
  if (day !== undefined) return { ...mail, day, placedBy: 'catch_up' };
  return { ...mail, day: firstDay, skip: blockOf(mail, firstDay, rules) };
}
