/** Statements of publication; the caller holds the organization's lock, and all are one transaction (SPEC 9). */
import type { ClientBase } from 'pg';
import type { Books } from '../domain/books.ts';
import { formatDay, parseDay, type DayNumber } from '../domain/calendar.ts';
import type { LoadLimits } from '../domain/shaping.ts';
import type { RunRecord } from './runs.ts';

/** What has changed since the run's snapshot, as one statement sees it. */
export interface UncoveredChanges {
  /** Contacts of the organization now that have not changed. */
  readonly unchangedContactCount: number;
  /** `null`: too many to tell, or all. */
  readonly contactIds: readonly number[] | null;
  /** The changes themselves, to be removed once they are covered. */
  readonly changeIds: readonly string[];
}

export async function findUncoveredChanges(
  client: ClientBase,
  run: RunRecord,
  maxContacts: number,
): Promise<UncoveredChanges> {
  const { rows } = await client.query<{
    unchanged_contact_count: string;
    is_all: boolean | null;
    contact_ids: string[] | null;
    change_ids: string[] | null;
  }>(
    `WITH uncovered AS (
       SELECT id, contact_id FROM planning_changes
       WHERE organization_id = $1 AND NOT pg_visible_in_snapshot(changed_in, $2)
       LIMIT $3::integer * 100 + 1
     )
     SELECT (SELECT count(*) FROM contacts WHERE organization_id = $1 AND deleted_at IS NULL)
         - (SELECT count(*) FROM contacts WHERE organization_id = $1 AND deleted_at IS NULL
              AND id IN (SELECT contact_id FROM uncovered)) AS unchanged_contact_count,
       bool_or(contact_id IS NULL) OR count(*) > $3::integer * 100 AS is_all,
       array_agg(DISTINCT contact_id ORDER BY contact_id) AS contact_ids, array_agg(id) AS change_ids
     FROM uncovered`,
    [run.organizationId, run.snapshot, maxContacts],
  );
  const row = rows[0]!;
  const contactIds = (row.contact_ids ?? []).map(Number);
  const isTooMany = row.is_all === true || contactIds.length > maxContacts;
  return {
    unchangedContactCount: Number(row.unchanged_contact_count),
    contactIds: isTooMany ? null : contactIds,
    changeIds: row.change_ids ?? [],
  };
}

/**
 * Closes the rows that the run replaces or ends, which are those of the plan it started from: what the run
 * itself, or a dry run, has written into the same base has the same ids, and so have a replan's rows, which stand
 * in the plan's own segment. Returns how many.
 */
export async function closeRows(client: ClientBase, run: RunRecord, planNumber: number): Promise<number> {
  const { rowCount } = await client.query(
    `UPDATE plan_rows r SET closed_plan = $2, ended_in = pg_current_xact_id()
     FROM plan_closings c
     WHERE c.run_id = $1 AND c.outcome = 'closed' AND r.base_id = $3 AND r.segment_run_id = ANY ($4)
       AND r.contact_id = c.contact_id AND r.id = c.row_id AND r.run_id <> $1 AND r.ended_in IS NULL`,
    [run.id, planNumber, run.formerPlan?.baseId ?? 0, run.formerPlan?.segmentRunIds ?? []],
  );
  return rowCount ?? 0;
}

/** Enters rows of the plan in the ledger as skipped; the expressions are SQL of this file. */
function insertSettled(
  from: string,
  settled: { readonly skipReason: string; readonly runId: string },
): string {
  return `INSERT INTO ledger (id, organization_id, contact_id, email_type, campaign_instance_id, event_date,
       ideal_date, scheduled_send_date, scheduled_send_time, status, skip_reason, priority,
       transactional, email_template, sms_template, run_id, metadata)
     SELECT id, organization_id, contact_id, email_type, campaign_instance_id, event_date,
       ideal_date, scheduled_send_date, scheduled_send_time, 'skipped', ${settled.skipReason}, priority,
       is_transactional(organization_id, campaign_instance_id), coalesce(email_template, email_type), sms_template, ${settled.runId},
       plan_row_metadata(placed_by, moved_from, details)
     FROM ${from}`;
}

/** Overdue mails whose deadline is past go to the ledger as skipped, `missed` (SPEC 4). Returns how many. */
export async function settleMissed(client: ClientBase, run: RunRecord, planNumber: number): Promise<number> {
  const { rowCount } = await client.query(
    `WITH missed AS (
       UPDATE plan_rows r SET settled = true, closed_plan = $4, ended_in = pg_current_xact_id()
       FROM plan_closings c
       WHERE c.run_id = $1 AND c.outcome = 'missed' AND r.base_id = $2 AND r.segment_run_id = ANY ($3)
         AND r.contact_id = c.contact_id AND r.id = c.row_id AND r.ended_in IS NULL
       RETURNING r.*
     )
     ${insertSettled('missed', { skipReason: "'missed'", runId: '$1::bigint' })}`,
    [run.id, run.formerPlan?.baseId ?? 0, run.formerPlan?.segmentRunIds ?? [], planNumber],
  );
  return rowCount ?? 0;
}

/** Skipped rows whose day has passed are the ledger's by definition; here they move there (SPEC 2). */
export async function settlePastSkipped(
  client: ClientBase,
  run: RunRecord,
  planNumber: number,
): Promise<number> {
  if (run.formerPlan === null) return 0;
  const { rowCount } = await client.query(
    `WITH passed AS (
       UPDATE plan_rows r SET settled = true, closed_plan = $4, ended_in = pg_current_xact_id()
       WHERE r.base_id = $1 AND r.segment_run_id = ANY ($2) AND r.ended_in IS NULL
         AND r.status = 'skipped' AND r.scheduled_send_date < $3
       RETURNING r.*
     )
     ${insertSettled('passed', { skipReason: 'skip_reason', runId: 'run_id' })}`,
    [run.formerPlan.baseId, run.formerPlan.segmentRunIds, formatDay(run.today), planNumber],
  );
  return rowCount ?? 0;
}

/** Days from today up to the as-of date that the former plan has flagged. */
export async function readFrozenOverCapDays(client: ClientBase, run: RunRecord): Promise<DayNumber[]> {
  const { rows } = await client.query<{ day: string }>(
    `SELECT day::text FROM plans, unnest(over_cap_dates) AS day
     WHERE organization_id = $1 AND number = $2 AND day >= $3 AND day < $4 ORDER BY day`,
    [run.organizationId, run.formerPlanNumber, formatDay(run.today), formatDay(run.asOfDay)],
  );
  return rows.map(({ day }) => parseDay(day)!);
}

export interface NewPlan {
  readonly number: number;
  readonly books: Books;
  readonly limits: LoadLimits;
  readonly overCapDays: readonly DayNumber[];
}

/** From the commit of this on, readers see the new plan. */
export async function insertPlan(client: ClientBase, run: RunRecord, plan: NewPlan): Promise<void> {
  await client.query(
    `INSERT INTO plans (organization_id, number, base_id, run_id, as_of, daily_cap, soft_limit, over_cap_dates)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      run.organizationId,
      plan.number,
      run.baseId,
      run.id,
      formatDay(run.asOfDay),
      plan.limits.dailyCap,
      plan.limits.softLimit,
      plan.overCapDays.map(formatDay),
    ],
  );
  await client.query(
    'INSERT INTO plan_segments (base_id, run_id, organization_id, plan_number) VALUES ($1, $2, $3, $4)',
    [run.baseId, run.id, run.organizationId, plan.number],
  );
  await insertPlanDays(client, run.organizationId, plan);
  await client.query(
    `UPDATE organizations SET plan_number = $2, last_plan_number = $2, plan_base_id = $3,
       sandbox_today = CASE WHEN sandbox THEN greatest(sandbox_today, $4) END
     WHERE id = $1`,
    [run.organizationId, plan.number, run.baseId, formatDay(run.asOfDay)],
  );
}

async function insertPlanDays(client: ClientBase, organizationId: number, plan: NewPlan): Promise<void> {
  const days = plan.books.daysWithMail();
  await client.query(
    `INSERT INTO plan_days (organization_id, plan_number, day, email_type, pre_scheduled,
       skipped_with_place, skipped)
     SELECT $1, $2, * FROM unnest($3::date[], $4::text[], $5::integer[], $6::integer[], $7::integer[])`,
    [
      organizationId,
      plan.number,
      days.map(({ day }) => formatDay(day)),
      days.map(({ emailType }) => emailType),
      days.map(({ counts }) => counts.pre_scheduled),
      days.map(({ counts }) => counts.skipped_with_place),
      days.map(({ counts }) => counts.skipped),
    ],
  );
}

/**
 * The changes that the run has planned with: those in its snapshot, and those that it covered since. They are
 * remembered as long as earlier plans are, for who puts one back.
 */
export async function removeCoveredChanges(
  client: ClientBase,
  run: RunRecord,
  changeIds: readonly string[],
): Promise<void> {
  await client.query(
    `WITH covered AS (
       DELETE FROM planning_changes
       WHERE organization_id = $1 AND (pg_visible_in_snapshot(changed_in, $2) OR id = ANY ($3))
       RETURNING organization_id, contact_id, changed_in
     )
     INSERT INTO covered_changes (organization_id, contact_id, changed_in)
     SELECT organization_id, contact_id, changed_in FROM covered`,
    [run.organizationId, run.snapshot, changeIds],
  );
}

export interface RunEnding {
  readonly state: 'published' | 'dry_run';
  readonly planNumber: number | null;
  readonly books: Books;
  /** Of a dry run: the days that its plan would have flagged; a published plan has them itself. */
  readonly overCapDays: readonly DayNumber[] | null;
}

export async function finishRun(client: ClientBase, run: RunRecord, ending: RunEnding): Promise<void> {
  await client.query(
    `UPDATE scheduler_runs SET state = $2, plan_number = $3, counts = $4, plan_checksum = $5,
       over_cap_dates = $6, ended_snapshot = CASE WHEN $2 = 'dry_run' THEN pg_current_snapshot() END,
       timings = (SELECT jsonb_object_agg(phase, laps) FROM (
         SELECT phase, jsonb_object_agg(lap, round(ms)) AS laps FROM (
           SELECT phase, lap, sum(value::numeric) AS ms
           FROM scheduler_checkpoints, jsonb_each_text(timings) AS of (lap, value)
           WHERE run_id = $1 GROUP BY phase, lap) by_lap
         GROUP BY phase) by_phase),
       finished_at = clock_timestamp()
     WHERE id = $1`,
    [
      run.id,
      ending.state,
      ending.planNumber,
      ending.books.counts,
      ending.books.checksum.toString(),
      ending.overCapDays?.map(formatDay) ?? null,
    ],
  );
  await client.query('DELETE FROM scheduler_shares WHERE run_id = $1', [run.id]);
}
