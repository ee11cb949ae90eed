import type { ClientBase, Pool } from 'pg';

/** Follows from its mail (SPEC 6). */
export const TARGET_STATUSES = ['pending', 'scheduled', 'sent', 'skipped'] as const;
export type TargetStatus = (typeof TARGET_STATUSES)[number];

export interface ListedTarget {
  readonly contactId: number;
  readonly externalId: string | null;
  readonly triggerDate: string | null;
  /** JSON text. */
  readonly metadata: string;
  readonly status: TargetStatus;
  /** The mail that the status follows from; `null`: there is none. */
  readonly mailStatus: string | null;
  readonly reason: string | null;
  readonly sendDate: string | null;
}

export interface TargetSelection {
  readonly organizationId: number;
  readonly instanceId: number;
  /** `null`: of every status. */
  readonly status: TargetStatus | null;
  /** `null`: of every contact. */
  readonly contactId: number | null;
  readonly limit: number;
}

/**
 * Targets that are contacts still, by contact id, and how many there are without the limit.
 *
 * A contact has one mail of an instance that is not skipped at most; a skipped one beside it is from before its dates
 * were changed. Mails of the instance are read as a whole and once: they have no index by instance.
 */
export async function listCampaignTargets(
  db: ClientBase | Pool,
  { organizationId, instanceId, status, contactId, limit }: TargetSelection,
): Promise<{ readonly targets: readonly ListedTarget[]; readonly total: number }> {
  const { rows } = await db.query<ListedTarget & { total: number }>(
    `WITH mails AS MATERIALIZED (
       SELECT DISTINCT ON (contact_id) contact_id, status, skip_reason, scheduled_send_date
       FROM email_schedules
       WHERE organization_id = $1 AND campaign_instance_id = $2 AND ($4::bigint IS NULL OR contact_id = $4)
         AND status <> 'requeued' AND NOT starts_with(email_type, 'followup_')
       ORDER BY contact_id, status = 'skipped', scheduled_send_date DESC, id DESC
     ), targets AS (
       SELECT t.contact_id, p.external_id, t.trigger_date, t.metadata, m.status AS mail_status, m.skip_reason,
         m.scheduled_send_date,
         CASE
           WHEN m.status IN ('scheduled', 'processing') THEN 'scheduled'
           WHEN m.status IN ('sent', 'delivered', 'unknown', 'bounced') THEN 'sent'
           WHEN m.status IN ('skipped', 'failed', 'cancelled') THEN 'skipped'
           ELSE 'pending' END AS status
       FROM contact_campaigns t
       JOIN contacts p ON p.organization_id = t.organization_id AND p.id = t.contact_id
       LEFT JOIN mails m ON m.contact_id = t.contact_id
       WHERE t.organization_id = $1 AND t.campaign_instance_id = $2 AND p.deleted_at IS NULL
         AND ($4::bigint IS NULL OR t.contact_id = $4)
     )
     SELECT contact_id::integer AS "contactId", external_id AS "externalId", trigger_date::text AS "triggerDate",
       metadata::text, status, mail_status AS "mailStatus", skip_reason AS reason,
       scheduled_send_date::text AS "sendDate", (count(*) OVER ())::integer AS total
     FROM targets
     WHERE $3::text IS NULL OR status = $3
     ORDER BY contact_id
     LIMIT $5`,
    [organizationId, instanceId, status, contactId, limit],
  );
  return { targets: rows.map(({ total: _, ...target }) => target), total: rows[0]?.total ?? 0 };
}
