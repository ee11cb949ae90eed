import type { ClientBase } from 'pg';
import { formatDay, type DayNumber } from '../../domain/calendar.ts';
import type { PlanRow } from '../../domain/schedule-row.ts';
import { copyOut } from '../copy.ts';
import { decodePlanRow } from '../read-facts.ts';

/**
 * The contact's mails that the next run gives back before it reads (src/db/give-back.ts): claimed on a day before
 * the one given, without an attempt. As rows of the plan in force, which they will be again.
 */
export async function listUnattempted(
  client: ClientBase,
  organizationId: number,
  contactId: number,
  beforeDay: DayNumber,
): Promise<PlanRow[]> {
  const reader = await copyOut(
    client,
    `SELECT id, run_id, contact_id, email_type, campaign_instance_id, event_date, ideal_date, scheduled_send_date,
       scheduled_send_time, 'pre-scheduled', NULL::text, priority, metadata->>'placed_by',
       (metadata->>'moved_from')::date, nullif(email_template, email_type), sms_template,
       nullif(metadata - 'placed_by' - 'moved_from', '{}')::json
     FROM ledger l
     WHERE organization_id = ${organizationId} AND contact_id = ${contactId}
       AND scheduled_send_date < '${formatDay(beforeDay)}' AND parent_id IS NULL
       AND status IN ('scheduled', 'processing')
       AND NOT EXISTS (SELECT FROM deliveries d
         WHERE d.organization_id = ${organizationId} AND d.schedule_id = l.id)`,
  );
  const rows: PlanRow[] = [];
  while (reader.nextRow()) rows.push(decodePlanRow(reader));
  return rows;
}
