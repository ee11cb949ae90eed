import type { ClientBase } from 'pg';
import { formatDay, type DayNumber } from '../domain/calendar.ts';

/**
 * Gives back what was claimed on a day before the one given and has no attempt (SPEC 10): it leaves the
 * ledger, is pre-scheduled in the plan in force again, and so overdue. The caller holds the
 * organization's lock.
 * @returns how many were given back
 */
export async function giveBackUnattempted(
  client: ClientBase,
  organizationId: number,
  beforeDay: DayNumber,
): Promise<number> {
  const { rows } = await client.query<{ given_back: string }>(
    `WITH in_force AS (
       SELECT o.plan_base_id, o.plan_number,
         (SELECT s.run_id FROM plan_segments s WHERE s.base_id = o.plan_base_id
          ORDER BY s.plan_number DESC, s.run_id DESC LIMIT 1) AS segment_run_id
       FROM organizations o WHERE o.id = $1 AND o.plan_base_id IS NOT NULL
     ), given_back AS (
       DELETE FROM ledger l USING in_force f
       WHERE l.organization_id = $1 AND l.scheduled_send_date < $2 AND l.parent_id IS NULL
         AND l.status IN ('scheduled', 'processing')
         AND NOT EXISTS (SELECT FROM deliveries d WHERE d.organization_id = $1 AND d.schedule_id = l.id)
       RETURNING l.*
     ), reopened AS (
       UPDATE plan_rows r SET settled = false, closed_plan = NULL, ended_in = NULL
       FROM in_force f, given_back g
       WHERE r.base_id = f.plan_base_id AND r.contact_id = g.contact_id AND r.id = g.id AND r.settled
       RETURNING r.id
     ), restored AS (
       -- The plan has been drawn on a new base since: the row stands there again.
       INSERT INTO plan_rows (id, organization_id, base_id, segment_run_id, run_id, contact_id,
         campaign_instance_id, event_date, ideal_date, scheduled_send_date, moved_from,
         scheduled_send_time, priority, settled, email_type, status, placed_by, email_template,
         sms_template, details)
       SELECT g.id, g.organization_id, f.plan_base_id, f.segment_run_id, g.run_id, g.contact_id,
         g.campaign_instance_id, g.event_date, g.ideal_date, g.scheduled_send_date,
         (g.metadata->>'moved_from')::date, g.scheduled_send_time, g.priority, false, g.email_type,
         'pre-scheduled', g.metadata->>'placed_by', nullif(g.email_template, g.email_type),
         g.sms_template, nullif(g.metadata - 'placed_by' - 'moved_from', '{}')::json
       FROM given_back g, in_force f
       WHERE g.id NOT IN (SELECT id FROM reopened)
     ), counted AS (
       INSERT INTO plan_days (organization_id, plan_number, day, email_type, pre_scheduled,
         skipped_with_place, skipped)
       SELECT $1::bigint, f.plan_number, g.scheduled_send_date, g.email_type, count(*)::integer, 0, 0
       FROM given_back g, in_force f GROUP BY 1, 2, 3, 4
       ON CONFLICT (organization_id, plan_number, day, email_type)
         DO UPDATE SET pre_scheduled = plan_days.pre_scheduled + excluded.pre_scheduled
     ), noted AS (
       -- A run that is going on has planned with them in the ledger: it starts over.
       INSERT INTO planning_changes (organization_id, contact_id, cause)
       SELECT DISTINCT $1::bigint, NULL::bigint, 'mails given back' FROM given_back
       WHERE EXISTS (SELECT FROM scheduler_runs WHERE organization_id = $1 AND state = 'running')
     )
     SELECT count(*) AS given_back FROM given_back`,
    [organizationId, formatDay(beforeDay)],
  );
  return Number(rows[0]!.given_back);
}
