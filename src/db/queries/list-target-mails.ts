import type { ClientBase, Pool } from 'pg';

/** A mail of a campaign instance to one contact, of the plan in force or the ledger. */
export interface TargetMail {
  readonly id: number;
  readonly emailType: string;
  readonly eventDate: string;
  readonly sendDate: string;
  readonly status: string;
  readonly reason: string | null;
}

/** By day. */
export async function listTargetMails(
  db: ClientBase | Pool,
  organizationId: number,
  instanceId: number,
  contactId: number,
): Promise<TargetMail[]> {
  const { rows } = await db.query<Omit<TargetMail, 'id'> & { id: string }>(
    `SELECT id, email_type AS "emailType", event_date::text AS "eventDate",
       scheduled_send_date::text AS "sendDate", status, skip_reason AS reason
     FROM email_schedules
     WHERE organization_id = $1 AND campaign_instance_id = $2 AND contact_id = $3
     ORDER BY scheduled_send_date, id`,
    [organizationId, instanceId, contactId],
  );
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}
