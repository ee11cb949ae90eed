/** Occurrences and their identity (SPEC 2). */
import { formatDay, type DayNumber } from './calendar.ts';

/** XXH32 of the UTF-8 text, as an unsigned number. */
export type Hash32 = (text: string, seed: number) => number;

/** One thing to write about to one contact; mailed at most once, ever. */
export interface Occurrence {
  readonly emailType: string;
  readonly campaignInstanceId: number | null;
  readonly eventDay: DayNumber;
}

/** `17:birthday::2027-03-04`: what is hashed, and how decisions name a mail. */
export function occurrenceText(contactId: number, occurrence: Occurrence): string {
  const instance = occurrence.campaignInstanceId ?? '';
  return `${contactId}:${occurrence.emailType}:${instance}:${formatDay(occurrence.eventDay)}`;
}

export function isSameOccurrence(a: Occurrence, b: Occurrence): boolean {
  return (
    a.eventDay === b.eventDay && a.emailType === b.emailType && a.campaignInstanceId === b.campaignInstanceId
  );
}

/** What orders mails whose hashes are equal: contact id, email type, instance (none first), event. */
export function compareOccurrences(
  a: Occurrence & { readonly contactId: number },
  b: Occurrence & { readonly contactId: number },
): number {
  return (
    a.contactId - b.contactId ||
    compareText(a.emailType, b.emailType) ||
    (a.campaignInstanceId ?? 0) - (b.campaignInstanceId ?? 0) ||
    a.eventDay - b.eventDay
  );
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
