/** SPEC 9, publication: what is in force, and what is settled, once a plan is published. */

import { textOfRow } from './identity.ts';
import type { ModelInput, ModelOutput, ModelPlannedRow, ModelRow } from './types.ts';

/** The plan in force after publication, and the ledger: skipped rows whose day has passed and missed ones go there. */
export function publish(
  input: ModelInput,
  output: ModelOutput,
): { planInForce: ModelRow[]; ledger: ModelRow[] } {
  const missed = new Set(output.missed.map(textOfRow));
  const planInForce: ModelRow[] = [];
  const ledger = [...input.ledger, ...output.missed];
  for (const row of input.planInForce) {
    if (missed.has(textOfRow(row))) continue;
    const isOfOther = input.only !== undefined && !input.only.includes(row.contact_id);
    const isPast = row.scheduled_send_date < input.today;
    const isFrozen = !isPast && row.scheduled_send_date < input.asOf;
    if (isPast && row.status === 'skipped') ledger.push(row);
    else if (isFrozen || isOfOther) planInForce.push(row);
  }
  planInForce.push(...output.rows.map(asStoredRow));
  return { planInForce, ledger };
}

/** A planned row without what is only for display: a row of the plan in force. */
export function asStoredRow(planned: ModelPlannedRow): ModelRow {
  return {
    contact_id: planned.contact_id,
    email_type: planned.email_type,
    campaign_instance_id: planned.campaign_instance_id,
    event_date: planned.event_date,
    ideal_date: planned.ideal_date,
    scheduled_send_date: planned.scheduled_send_date,
    status: planned.status,
    skip_reason: planned.skip_reason,
    priority: planned.priority,
    metadata: planned.metadata,
  };
}
