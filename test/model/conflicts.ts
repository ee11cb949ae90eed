/** SPEC 6: two campaign mails of a contact on the same final day. */

import { dayNumber } from './calendar.ts';
import { isCampaignMail, isCountedMail, isTransactional } from './book.ts';
import { textOfRow } from './identity.ts';
import type { Mail } from './placement.ts';
import type { ModelCampaigns, ModelRow } from './types.ts';

interface Rival {
  priority: number;
  instanceId: number;
  text: string;
}

/** `mails`: those of one contact that have a place. `settled`: the ledger of that contact. */
export function settleConflicts(
  mails: Mail[],
  settled: ModelRow[],
  campaigns: ModelCampaigns | undefined,
): void {
  const rivals = mails.filter((mail) => mail.occurrence.campaign?.isTransactional === false);
  for (const day of new Set(rivals.map((mail) => mail.day))) {
    const ofDay = rivals.filter((mail) => mail.day === day);
    // "A campaign mail that the ledger holds for the day wins."
    const winner =
      lowest(rivalsInLedger(settled, day, campaigns)) ?? lowest(ofDay.map((mail) => rivalOf(mail)));
    for (const mail of ofDay) {
      if (winner === null || mail.occurrence.text === winner.text) continue;
      mail.skip = { reason: 'campaign_conflict', winner: winner.text };
    }
  }
}

/** "No follow-up, nothing skipped, cancelled or failed"; transactional types take no part. */
function rivalsInLedger(settled: ModelRow[], day: number, campaigns: ModelCampaigns | undefined): Rival[] {
  return settled
    .filter((row) => isCampaignMail(row) && isCountedMail(row) && !isTransactional(row, campaigns))
    .filter((row) => dayNumber(row.scheduled_send_date) === day)
    .map((row) => ({
      priority: row.priority,
      instanceId: row.campaign_instance_id ?? 0,
      text: textOfRow(row),
    }));
}

function rivalOf(mail: Mail): Rival {
  const { priority, instanceId, text } = mail.occurrence;
  return { priority, instanceId: instanceId ?? 0, text };
}

/** "The lower priority number stays (tie: lower instance id)." */
function lowest(rivals: Rival[]): Rival | null {
  const [first] = [...rivals].sort(
    (left, right) => left.priority - right.priority || left.instanceId - right.instanceId,
  );
  return first ?? null;
}
