/** What must hold of an organization when none of its runs is going on, asked of the database itself. */
import type { Pool } from 'pg';

interface Check {
  readonly what: string;
  /** Selects the rows that should not be. $1: the organization. */
  readonly query: string;
}

const CHECKS: readonly Check[] = [
  {
    what: 'a share of an ended run',
    query: `SELECT s.run_id, s.kind, s.batch FROM scheduler_shares s JOIN scheduler_runs r ON r.id = s.run_id
      WHERE r.organization_id = $1`,
  },
  {
    what: 'a closing that was not carried out',
    query: `SELECT c.* FROM plan_closings c JOIN scheduler_runs r ON r.id = c.run_id
      WHERE r.organization_id = $1 AND r.state <> 'dry_run'`,
  },
  {
    what: 'a run that has not ended',
    query: `SELECT id, state FROM scheduler_runs WHERE organization_id = $1 AND state IN ('queued', 'running')`,
  },
  {
    what: 'a base that is kept and is no part of plan_rows',
    query: `SELECT id FROM plan_bases b WHERE organization_id = $1 AND dropped_at IS NULL
      AND (NOT attached OR NOT EXISTS (SELECT FROM pg_inherits
        WHERE inhparent = 'plan_rows'::regclass AND inhrelid = to_regclass('plan_base_' || b.id)))`,
  },
  {
    what: 'a base that is kept for no plan and no dry run',
    query: `SELECT id FROM plan_bases b WHERE organization_id = $1 AND dropped_at IS NULL
      AND NOT EXISTS (SELECT FROM plans WHERE base_id = b.id)
      AND NOT EXISTS (SELECT FROM scheduler_runs WHERE base_id = b.id AND state = 'dry_run')`,
  },
  {
    what: 'a base that was dropped and is there',
    query: `SELECT id FROM plan_bases b WHERE organization_id = $1 AND dropped_at IS NOT NULL
      AND to_regclass('plan_base_' || b.id) IS NOT NULL`,
  },
  {
    what: 'rows of a run that published nothing',
    query: `SELECT segment_run_id, count(*) FROM plan_rows p WHERE organization_id = $1
      AND NOT EXISTS (SELECT FROM plan_segments s WHERE s.base_id = p.base_id AND s.run_id = p.segment_run_id)
      AND NOT EXISTS (SELECT FROM scheduler_runs r WHERE r.id = p.segment_run_id AND r.state = 'dry_run')
      GROUP BY segment_run_id`,
  },
  {
    what: 'rejected contacts of a run that published nothing',
    query: `SELECT DISTINCT j.run_id FROM rejected_contacts j JOIN scheduler_runs r ON r.id = j.run_id
      WHERE j.organization_id = $1 AND r.state IN ('failed', 'cancelled')`,
  },
  {
    what: 'an occurrence that is there twice',
    query: `SELECT contact_id, email_type, campaign_instance_id, event_date, count(*) FROM email_schedules
      WHERE organization_id = $1 GROUP BY 1, 2, 3, 4 HAVING count(*) > 1`,
  },
  {
    what: 'a row id that is there twice',
    query: `SELECT id FROM email_schedules WHERE organization_id = $1 GROUP BY id HAVING count(*) > 1`,
  },
  {
    what: 'a day that plan_days counts wrong',
    query: `WITH of_plan AS (
        SELECT scheduled_send_date AS day, email_type,
          count(*) FILTER (WHERE status = 'pre-scheduled')::integer AS pre_scheduled,
          count(*) FILTER (WHERE skip_reason IN ('campaign_conflict', 'frequency_limit'))::integer AS with_place,
          count(*) FILTER (WHERE status = 'skipped'
            AND skip_reason NOT IN ('campaign_conflict', 'frequency_limit'))::integer AS skipped
        FROM email_schedules WHERE organization_id = $1 AND id NOT IN (SELECT id FROM ledger)
        GROUP BY 1, 2
      ), kept AS (
        SELECT d.day, d.email_type, d.pre_scheduled, d.skipped_with_place AS with_place, d.skipped
        FROM plan_days d JOIN organizations o ON o.id = d.organization_id AND o.plan_number = d.plan_number
        WHERE o.id = $1 AND d.pre_scheduled + d.skipped_with_place + d.skipped > 0
      )
      (TABLE of_plan EXCEPT TABLE kept) UNION ALL (TABLE kept EXCEPT TABLE of_plan)`,
  },
  {
    what: 'books of the plan in force that differ from its rows',
    query: `WITH run AS (
        SELECT r.id, r.as_of, r.counts FROM organizations o
        JOIN plans p ON p.organization_id = o.id AND p.number = o.plan_number
        JOIN scheduler_runs r ON r.id = p.run_id WHERE o.id = $1
          -- Of what a replan has changed since, the run knows nothing.
          AND NOT EXISTS (SELECT FROM scheduler_runs WHERE organization_id = $1 AND kind = 'replan'
            AND former_plan_number = o.plan_number)
      ), of_plan AS (
        SELECT count(*) AS total, count(*) FILTER (WHERE status = 'pre-scheduled') AS pre_scheduled
        FROM email_schedules, run
        WHERE organization_id = $1 AND scheduled_send_date >= as_of AND email_schedules.id NOT IN (SELECT id FROM ledger)
          -- Rows of a contact that failed stay as they are; they are no occurrences of the run.
          AND contact_id NOT IN (SELECT contact_id FROM rejected_contacts
            WHERE run_id = run.id AND reason = 'internal_error')
      )
      SELECT counts, of_plan.* FROM run, of_plan
      WHERE (counts->'occurrences'->>'total')::integer <> of_plan.total
        OR (counts->'occurrences'->>'pre_scheduled')::integer <> of_plan.pre_scheduled
        OR (counts->'contacts'->>'rejected')::integer
          <> (SELECT count(*) FROM rejected_contacts WHERE run_id = run.id)
        OR (counts->'contacts'->>'read')::integer
          <> (SELECT count(*) FROM contacts WHERE organization_id = $1 AND deleted_at IS NULL)`,
  },
];

/** Everything that is wrong, with examples; empty when all is well. */
export async function auditOrganization(owner: Pool, organizationId: number): Promise<string[]> {
  const problems: string[] = [];
  for (const { what, query } of CHECKS) {
    const { rows, rowCount } = await owner.query(`SELECT * FROM (${query}) found LIMIT 3`, [organizationId]);
    if ((rowCount ?? 0) > 0) problems.push(`${what}: ${JSON.stringify(rows)}`);
  }
  return problems;
}
