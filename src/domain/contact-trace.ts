/** What the review of a contact went by (SPEC 3): the reasons behind `reviewContact`. */
import type { DayNumber } from './calendar.ts';
import {
  describeContact,
  LAST_USABLE_DAY,
  reviewContact,
  stateByZip,
  storedState,
  whyUnusable,
  type Contact,
  type ContactWarning,
  type RejectionReason,
  type UnusableDay,
} from './contact.ts';
import type { StateCode } from './states.ts';
import type { AnchorName } from './window-trace.ts';

/** A date of the contact that counts as missing. */
export interface IgnoredDate {
  readonly name: AnchorName;
  readonly day: DayNumber;
  /** `too_late`: a birth date after the as-of date, or any date after 2199. */
  readonly reason: UnusableDay;
}

export interface ContactTrace {
  readonly rejection: RejectionReason | null;
  /** Those whose rules apply. */
  readonly states: readonly StateCode[];
  /** Where they come from; `null`: it names no state. */
  readonly zipState: StateCode | null;
  readonly storedState: StateCode | null;
  readonly ignoredDates: readonly IgnoredDate[];
  readonly warnings: readonly ContactWarning[];
}

export function traceContact(contact: Contact, asOfDay: DayNumber, isDueNotice: boolean): ContactTrace {
  const described = describeContact(contact, asOfDay);
  return {
    rejection: reviewContact(contact, asOfDay, isDueNotice).rejection,
    states: described?.states ?? [],
    zipState: stateByZip(contact),
    storedState: storedState(contact),
    ignoredDates: [
      ...ignoredDate('birth_date', contact.birthDay, asOfDay),
      ...ignoredDate('effective_date', contact.effectiveDay, LAST_USABLE_DAY),
    ],
    warnings: described?.warnings ?? [],
  };
}

function ignoredDate(name: AnchorName, day: DayNumber | null, lastDay: DayNumber): IgnoredDate[] {
  const reason = day === null ? null : whyUnusable(day, lastDay);
  return day === null || reason === null ? [] : [{ name, day, reason }];
}
