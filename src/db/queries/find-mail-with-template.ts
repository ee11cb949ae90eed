import type { ClientBase, Pool } from 'pg';

/** What a template can say of a mail of the plan in force or the ledger. */
export interface MailWithTemplate {
  readonly emailType: string;
  readonly eventDate: string;
  readonly sendDate: string;
  /** `null`, and so what follows: it belongs to no campaign. */
  readonly instance: string | null;
  readonly type: string | null;
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

/** The contact's next mail with that template that is to go out, else the last one of it. */
export async function findMailWithTemplate(
  db: ClientBase | Pool,
  organizationId: number,
  contactId: number,
  template: string,
): Promise<MailWithTemplate | null> {
  const { rows } = await db.query<MailWithTemplate>(
    `SELECT s.email_type AS "emailType", s.event_date::text AS "eventDate",
       s.scheduled_send_date::text AS "sendDate", i.name AS instance, t.name AS type, i.metadata
     FROM email_schedules s
     LEFT JOIN campaign_instances i ON i.organization_id = s.organization_id AND i.id = s.campaign_instance_id
     LEFT JOIN campaign_types t ON t.organization_id = i.organization_id AND t.id = i.campaign_type_id
     WHERE s.organization_id = $1 AND s.contact_id = $2 AND s.email_template = $3
     ORDER BY s.status = 'pre-scheduled' DESC,
       CASE WHEN s.status = 'pre-scheduled' THEN s.scheduled_send_date END, s.scheduled_send_date DESC, s.id
     LIMIT 1`,
    [organizationId, contactId, template],
  );
  return rows[0] ?? null;
}
