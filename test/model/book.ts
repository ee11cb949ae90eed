/** SPEC 2 and 4: the ledger as a plan sees it. */

import { dayNumber } from './calendar.ts';
import { textOfRow } from './identity.ts';
import type { ModelCampaigns, ModelInput, ModelRow } from './types.ts';

export interface Book {
  rows: ModelRow[];
  ofContact(contactId: number): ModelRow[];
  /** Whether the occurrence with that text (SPEC 2) is settled. */
  has(text: string): boolean;
}

/**
 * The ledger, with the skipped rows of the plan in force whose day has passed, and its rows from today up to the as-of
 * date, which count as if they were in the ledger. Requeued rows are history.
 */
export function bookOf(input: ModelInput): Book {
  const rows = input.ledger.filter((row) => row.status !== 'requeued');
  const texts = new Set(rows.map(textOfRow));
  for (const row of input.planInForce) {
    if (texts.has(textOfRow(row))) continue;
    if (isSettledByTime(row, input) || isFrozen(row, input)) rows.push(row);
  }
  const byContact = new Map<number, ModelRow[]>();
  for (const row of rows) {
    texts.add(textOfRow(row));
    byContact.set(row.contact_id, [...(byContact.get(row.contact_id) ?? []), row]);
  }
  return {
    rows,
    ofContact: (contactId) => byContact.get(contactId) ?? [],
    has: (text) => texts.has(text),
  };
}

/** "When its day passes, a skipped row goes to the ledger as it is." */
function isSettledByTime(row: ModelRow, input: ModelInput): boolean {
  return row.status === 'skipped' && dayNumber(row.scheduled_send_date) < dayNumber(input.today);
}

function isFrozen(row: ModelRow, input: ModelInput): boolean {
  const day = dayNumber(row.scheduled_send_date);
  return dayNumber(input.today) <= day && day < dayNumber(input.asOf);
}

/** "A pre-scheduled one that was never claimed is overdue once its day is before today." */
export function isOverdue(row: ModelRow, input: ModelInput): boolean {
  return row.status === 'pre-scheduled' && dayNumber(row.scheduled_send_date) < dayNumber(input.today);
}

export function isFollowUp(row: ModelRow): boolean {
  return row.email_type.startsWith('followup_');
}

export function isCampaignMail(row: ModelRow): boolean {
  return row.email_type.startsWith('campaign_');
}

/** By the type as it is now. Without types only the shipped notice is known to be transactional. */
export function isTransactional(row: ModelRow, campaigns: ModelCampaigns | undefined): boolean {
  if (campaigns === undefined) return row.email_type === 'campaign_regulatory_notice';
  return campaigns.types.some((type) => type.transactional && row.email_type === `campaign_${type.name}`);
}

/** SPEC 7 and 8 count the ledger "without what was skipped, cancelled or failed, and without follow-ups". */
export function isCountedMail(row: ModelRow): boolean {
  return !['skipped', 'cancelled', 'failed'].includes(row.status) && !isFollowUp(row);
}

/** A row that lies on a day, also if conflict or frequency then skipped it (SPEC 4, plans are kept). */
export function hasPlace(row: ModelRow): boolean {
  if (row.status === 'pre-scheduled') return true;
  return row.skip_reason === 'campaign_conflict' || row.skip_reason === 'frequency_limit';
}
