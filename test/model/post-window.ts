/** SPEC 5, post-window: one mail after a window for all that it blocked. */

import { dayNumber, isoDate } from './calendar.ts';
import type { KnownContact } from './known-contact.ts';
import { isFollowUp } from './book.ts';
import type { Book } from './book.ts';
import { compareTexts, textOfRow } from './identity.ts';
import { isNearSettledMail, newOccurrence, POST_WINDOW_DISTANCE_DAYS } from './occurrences.ts';
import type { Occurrence } from './occurrences.ts';
import type { Mail, PlacingRules } from './placement.ts';
import type { ModelRow } from './types.ts';
import { lastDayOfJoinedWindow } from './windows.ts';

export interface PostWindowOccurrence {
  occurrence: Occurrence;
  standsFor: string[];
}

interface BlockedMail {
  day: number;
  text: string;
}

/** `planned`: the mails of the contact in this plan. */
export function postWindowOccurrences(
  contact: KnownContact,
  planned: Mail[],
  rules: PlacingRules,
  book: Book,
): PostWindowOccurrence[] {
  const settings = rules.law.config.email_types.post_window;
  if (!rules.law.config.features.post_window || !settings.enabled) return [];
  const settled = book.ofContact(contact.id);
  const found: PostWindowOccurrence[] = [];
  for (const [lastDay, blocked] of blockedMailsByWindow(contact, planned, rules, settled)) {
    const dates = {
      eventDay: lastDay,
      idealDay: lastDay + settings.days_after,
      deadlineDay: lastDay + settings.deadline_days_after,
    };
    const occurrence = newOccurrence(contact.id, 'post_window', dates, settings.priority);
    if (occurrence.deadlineDay < rules.asOf) continue;
    if (book.has(occurrence.text)) continue;
    if (isNearSettledMail(occurrence, settled, POST_WINDOW_DISTANCE_DAYS)) continue;
    blocked.sort((left, right) => left.day - right.day || compareTexts(left.text, right.text));
    found.push({ occurrence, standsFor: blocked.map((mail) => mail.text) });
  }
  return found;
}

/** By the last day of the window, joined with all that overlap or touch it. A window that never ends yields none. */
function blockedMailsByWindow(
  contact: KnownContact,
  planned: Mail[],
  rules: PlacingRules,
  settled: ModelRow[],
): Map<number, BlockedMail[]> {
  const byLastDay = new Map<number, BlockedMail[]>();
  for (const blocked of [...blockedInPlan(planned), ...blockedInLedger(settled)]) {
    if (hasLaterPostWindowMail(blocked, settled)) continue;
    const lastDay = lastDayOfJoinedWindow(blocked.day, contact, rules.law);
    if (lastDay === 'none' || lastDay === 'endless') continue;
    byLastDay.set(lastDay, [...(byLastDay.get(lastDay) ?? []), blocked]);
  }
  return byLastDay;
}

function blockedInPlan(planned: Mail[]): BlockedMail[] {
  return planned
    .filter((mail) => mail.skip?.reason === 'exclusion_window')
    .map((mail) => ({ day: mail.day, text: mail.occurrence.text }));
}

/** Campaign mails included; no follow-ups, no post-window mails. */
function blockedInLedger(settled: ModelRow[]): BlockedMail[] {
  return settled
    .filter((row) => row.status === 'skipped' && row.skip_reason === 'exclusion_window')
    .filter((row) => !isFollowUp(row) && row.email_type !== 'post_window')
    .map((row) => ({ day: dayNumber(row.scheduled_send_date), text: textOfRow(row) }));
}

/** "Not one after whose day the ledger has a post-window mail that was not skipped." */
function hasLaterPostWindowMail(blocked: BlockedMail, settled: ModelRow[]): boolean {
  const day = isoDate(blocked.day);
  return settled.some(
    (row) => row.email_type === 'post_window' && row.status !== 'skipped' && row.scheduled_send_date > day,
  );
}
