import type { ClientBase, Pool } from 'pg';

/** Mails of a campaign instance of one status, in the plan in force and the ledger. */
export interface InstanceMails {
  /** Follow-ups of its mails are counted apart. */
  readonly isFollowUp: boolean;
  readonly status: string;
  /** `null`: they are not skipped. */
  readonly reason: string | null;
  readonly mails: number;
  readonly firstDay: string;
  readonly lastDay: string;
}

export async function countInstanceMails(
  db: ClientBase | Pool,
  organizationId: number,
  instanceId: number,
): Promise<InstanceMails[]> {
  const { rows } = await db.query<InstanceMails>(
    `SELECT starts_with(email_type, 'followup_') AS "isFollowUp", status, skip_reason AS reason,
       count(*)::integer AS mails, min(scheduled_send_date)::text AS "firstDay",
       max(scheduled_send_date)::text AS "lastDay"
     FROM email_schedules
     WHERE organization_id = $1 AND campaign_instance_id = $2
     GROUP BY 1, 2, 3
     ORDER BY 1, 4 DESC, 2, 3`,
    [organizationId, instanceId],
  );
  return rows;
}
