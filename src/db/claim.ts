/** From the plan into the ledger: claiming a day's mails, and settling what was claimed (SPEC 10). */
import type { ClientBase } from 'pg';
import { formatDay, type DayNumber } from '../domain/calendar.ts';

const LEDGER_COLUMNS = `id, organization_id, contact_id, email_type, campaign_instance_id, event_date,
  ideal_date, scheduled_send_date, scheduled_send_time, status, skip_reason, priority, over_cap,
  transactional, email_template, sms_template, run_id, metadata`;

/**
 * Claims the pre-scheduled mails of the day: they leave the plan and are the ledger's. Those of a paused
 * campaign stay (SPEC 6). May be repeated: what was added to the day since is claimed then. The caller holds the organization's lock.
 * @returns how many were claimed now
 */
export async function claimDay(client: ClientBase, organizationId: number, day: DayNumber): Promise<number> {
  const baseId = await readBaseInForce(client, organizationId);
  const { rows } = await client.query<{ claimed: string }>(
    `WITH in_force AS (
       SELECT o.plan_number, $2::date = ANY (p.over_cap_dates) AS over_cap
       FROM organizations o
       JOIN plans p ON p.organization_id = o.id AND p.number = o.plan_number
       WHERE o.id = $1
     ), claimed AS (
       UPDATE plan_rows r SET settled = true, closed_plan = f.plan_number + 1, ended_in = pg_current_xact_id()
       FROM in_force f
       WHERE r.base_id = ${baseId} AND r.scheduled_send_date = $2 AND r.status = 'pre-scheduled'
         AND r.ended_in IS NULL
         AND (r.campaign_instance_id IS NULL OR NOT EXISTS (SELECT FROM campaign_instances i
           WHERE i.organization_id = $1 AND i.id = r.campaign_instance_id AND i.status = 'paused'))
         AND r.segment_run_id IN (SELECT run_id FROM plan_segments WHERE base_id = ${baseId})
       RETURNING r.*
     ), entered AS (
       INSERT INTO ledger (${LEDGER_COLUMNS})
       SELECT id, organization_id, contact_id, email_type, campaign_instance_id, event_date, ideal_date,
         scheduled_send_date, scheduled_send_time, 'scheduled', NULL, priority, f.over_cap,
         is_transactional(organization_id, campaign_instance_id),
         coalesce(email_template, email_type), sms_template, run_id,
         plan_row_metadata(placed_by, moved_from, details)
       FROM claimed, in_force f
       RETURNING contact_id, email_type
     ), counted AS (
       UPDATE plan_days d SET pre_scheduled = d.pre_scheduled - e.claimed
       FROM (SELECT email_type, count(*)::integer AS claimed FROM entered GROUP BY email_type) e, in_force f
       WHERE d.organization_id = $1 AND d.plan_number = f.plan_number AND d.day = $2
         AND d.email_type = e.email_type
     ), noted AS (
       -- Only for a run that is going on: it has planned with these mails still in the plan.
       INSERT INTO planning_changes (organization_id, contact_id, cause)
       SELECT DISTINCT $1::bigint, contact_id, 'mail claimed' FROM entered
       WHERE EXISTS (SELECT FROM scheduler_runs WHERE organization_id = $1 AND state = 'running')
     ), clock AS (
       -- A sandbox's today is the day of its latest dispatch, if that is later (SPEC 2).
       UPDATE organizations SET claimed_through = greatest(claimed_through, $2),
         sandbox_today = CASE WHEN sandbox THEN greatest(sandbox_today, $2) END
       WHERE id = $1
     )
     SELECT count(*) AS claimed FROM entered`,
    [organizationId, formatDay(day)],
  );
  return Number(rows[0]!.claimed);
}

/** Written into the statement as a number, so that no other base is even looked at; 0: there is no plan. */
async function readBaseInForce(client: ClientBase, organizationId: number): Promise<number> {
  const { rows } = await client.query<{ base_id: string | null }>(
    'SELECT plan_base_id AS base_id FROM organizations WHERE id = $1',
    [organizationId],
  );
  return Number(rows[0]?.base_id ?? 0);
}

export type SettledStatus = 'sent' | 'delivered' | 'unknown' | 'failed' | 'bounced' | 'cancelled';

/** Gives claimed rows the status in which they end. Returns how many were still open. */
export async function settleClaimed(
  client: ClientBase,
  organizationId: number,
  rowIds: readonly number[],
  status: SettledStatus,
): Promise<number> {
  const { rows } = await client.query<{ settled: string }>(
    `WITH settled AS (
       UPDATE ledger SET status = $3, settled_at = now(),
         actual_send_at = CASE WHEN $3 IN ('sent', 'delivered', 'bounced') THEN now() END
       WHERE organization_id = $1 AND id = ANY ($2) AND status IN ('scheduled', 'processing')
       RETURNING contact_id
     ), noted AS (
       -- What did not go out counts for nothing any more.
       INSERT INTO planning_changes (organization_id, contact_id, cause)
       SELECT DISTINCT $1::bigint, contact_id, 'mail ' || $3 FROM settled
       WHERE $3 IN ('failed', 'cancelled')
     )
     SELECT count(*) AS settled FROM settled`,
    [organizationId, rowIds, status],
  );
  return Number(rows[0]!.settled);
}
