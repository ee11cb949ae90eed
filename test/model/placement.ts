/** SPEC 4: the day of an occurrence, before any shaping. */

import { dayNumber } from './calendar.ts';
import type { KnownContact } from './contacts.ts';
import { hasPlace } from './book.ts';
import type { Occurrence } from './occurrences.ts';
import type { ModelMetadata, ModelRow } from './types.ts';
import { blockOn } from './windows.ts';
import type { Law } from './windows.ts';
import { xxh32 } from './xxh32.ts';

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
  skip: { reason: string; blockedBy?: ModelMetadata['blocked_by']; collidedWith?: string[] } | null;
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
  if (occurrence.idealDay < rules.asOf) return caughtUpMail(mail, rules);
  const block = blockOn(occurrence.idealDay, contact, rules.law);
  return block === null ? mail : { ...mail, skip: block };
}

/** Not before the first day, not after the deadline, not blocked. */
export function isAllowed(day: number, mail: Mail, rules: PlacingRules): boolean {
  if (day < rules.asOf || day > mail.occurrence.deadlineDay) return false;
  return blockOn(day, mail.contact, rules.law) === null;
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

function caughtUpMail(mail: Mail, rules: PlacingRules): Mail {
  const allowedDays: number[] = [];
  for (let day = rules.asOf; day < rules.asOf + rules.catchUpDays; day += 1) {
    if (isAllowed(day, mail, rules)) allowedDays.push(day);
  }
  const seededHash = xxh32(mail.occurrence.text, rules.asOf);
  const day = allowedDays[seededHash % allowedDays.length];
  if (day !== undefined) return { ...mail, day, placedBy: 'catch_up' };
  const block = blockOn(rules.asOf, mail.contact, rules.law);
  return { ...mail, day: rules.asOf, skip: block };
}
