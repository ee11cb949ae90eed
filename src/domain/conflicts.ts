/** Two campaign mails of a contact on one day (SPEC 6): one stays. */
import type { DayNumber } from './calendar.ts';
import type { Mail } from './mail.ts';
import { occurrenceText, type Occurrence } from './occurrence.ts';
import { countsForFrequency, type LedgerMail } from './schedule-row.ts';

/** Skips those of the contact's placed mails that meet another campaign mail; days are final. */
export function settleConflicts(
  contactId: number,
  mails: readonly Mail[],
  ledger: readonly LedgerMail[],
): void {
  const rivals = mails.filter(takesPartInConflicts);
  if (rivals.length === 0) return;
  const settled = ledger.filter(isRivalOfLedger);
  if (rivals.length + settled.length === 1) return;
  for (const day of new Set(rivals.map((mail) => mail.day))) {
    const ofDay = rivals.filter((mail) => mail.day === day);
    const winner = firstOfDay(settled, day) ?? firstOfDay(ofDay, day)!;
    const name = occurrenceText(contactId, winner);
    for (const mail of ofDay) if (mail !== winner) mail.loseDayTo(name);
  }
}

/** A required notice goes out beside any other mail. */
export function takesPartInConflicts(mail: Mail): boolean {
  return mail.isPlaced && mail.campaign?.isTransactional === false;
}

/** What the ledger holds for the day wins: it is on its way. */
export function isRivalOfLedger(mail: LedgerMail): boolean {
  return mail.campaignInstanceId !== null && countsForFrequency(mail);
}

type Rival = Occurrence & { readonly day: DayNumber; readonly priority: number };

/** The lowest priority number of the day; if equal, the lowest instance id. */
function firstOfDay<T extends Rival>(rivals: readonly T[], day: DayNumber): T | null {
  let first: T | null = null;
  for (const rival of rivals) {
    if (rival.day === day && (first === null || precedes(rival, first))) first = rival;
  }
  return first;
}

function precedes(a: Rival, b: Rival): boolean {
  if (a.priority !== b.priority) return a.priority < b.priority;
  return (a.campaignInstanceId ?? 0) < (b.campaignInstanceId ?? 0);
}
