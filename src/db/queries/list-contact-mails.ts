import type { Pool } from 'pg';

/** What has happened to a mail, and why (SPEC 15); each key only where it has something to say. */
export interface MailMetadata {
  readonly placed_by?: 'catch_up' | 'smoothed' | 'redistributed';
  readonly moved_from?: string;
  readonly blocked_by?: {
    readonly state: string;
    readonly kind: 'birthday' | 'effective_date' | 'calendar' | 'all_year';
    readonly rule: string;
    /** Of the window; not where the date is unknown by which it goes. */
    readonly from?: string;
    readonly to?: string;
  };
  /** Mails are named as `17:birthday::2027-03-04`. */
  readonly collided_with?: readonly string[];
  readonly winner?: string;
  readonly legal_basis?: string;
}

/** A row of `email_schedules`, with the name of its campaign instance. */
export interface ContactMail {
  readonly id: number;
  readonly emailType: string;
  readonly campaignInstanceId: number | null;
  readonly campaign: string | null;
  /** Of the campaign instance that was asked for. */
  readonly isOfInstance: boolean;
  readonly eventDate: string;
  readonly idealDate: string;
  readonly scheduledSendDate: string;
  readonly scheduledSendTime: string;
  readonly status: string;
  readonly skipReason: string | null;
  readonly isOverCap: boolean;
  readonly metadata: MailMetadata | null;
}

/** Those of the instance first, whatever their day; then those from the first day of the plan in force on. */
export async function listContactMails(
  pool: Pool,
  organizationId: number,
  contactId: number,
  instanceId: number,
): Promise<ContactMail[]> {
  const { rows } = await pool.query<
    Omit<ContactMail, 'id' | 'campaignInstanceId'> & { id: string; campaignInstanceId: string | null }
  >(
    `SELECT s.id, s.email_type AS "emailType", s.campaign_instance_id AS "campaignInstanceId", i.name AS campaign,
       s.campaign_instance_id IS NOT DISTINCT FROM $3 AS "isOfInstance", s.event_date::text AS "eventDate",
       s.ideal_date::text AS "idealDate", s.scheduled_send_date::text AS "scheduledSendDate",
       to_char(s.scheduled_send_time, 'HH24:MI') AS "scheduledSendTime", s.status, s.skip_reason AS "skipReason",
       s.over_cap AS "isOverCap", s.metadata
     FROM email_schedules s
     LEFT JOIN campaign_instances i ON i.organization_id = s.organization_id AND i.id = s.campaign_instance_id
     WHERE s.organization_id = $1 AND s.contact_id = $2 AND s.status <> 'requeued'
       AND (s.campaign_instance_id = $3 OR s.scheduled_send_date >= (
         SELECT p.as_of FROM organizations o JOIN plans p ON p.organization_id = o.id AND p.number = o.plan_number
         WHERE o.id = $1))
     ORDER BY "isOfInstance" DESC, s.scheduled_send_date, s.id`,
    [organizationId, contactId, instanceId],
  );
  return rows.map((row) => ({
    ...row,
    id: Number(row.id),
    campaignInstanceId: row.campaignInstanceId === null ? null : Number(row.campaignInstanceId),
  }));
}
