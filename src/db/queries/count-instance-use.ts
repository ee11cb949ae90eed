import type { ClientBase } from 'pg';

/** What hangs on a campaign instance. */
export interface InstanceUse {
  readonly targets: number;
  readonly targetsWithoutTrigger: number;
  readonly ledgerMails: number;
  /** Rows of the plan in force, skipped ones too. */
  readonly plannedMails: number;
}

export async function countInstanceUse(
  client: ClientBase,
  organizationId: number,
  instanceId: number,
): Promise<InstanceUse> {
  const { rows } = await client.query<Record<keyof InstanceUse, number>>(
    `WITH targets AS (
       SELECT count(*)::integer AS all, (count(*) FILTER (WHERE trigger_date IS NULL))::integer AS without_trigger
       FROM contact_campaigns WHERE organization_id = $1 AND campaign_instance_id = $2
     ), ledger_mails AS (
       SELECT count(*)::integer AS all FROM ledger WHERE organization_id = $1 AND campaign_instance_id = $2
     ), mails AS (
       SELECT count(*)::integer AS all FROM email_schedules
       WHERE organization_id = $1 AND campaign_instance_id = $2
     )
     SELECT t.all AS "targets", t.without_trigger AS "targetsWithoutTrigger", l.all AS "ledgerMails",
       m.all - l.all AS "plannedMails"
     FROM targets t, ledger_mails l, mails m`,
    [organizationId, instanceId],
  );
  return rows[0]!;
}
