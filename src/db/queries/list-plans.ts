import type { ClientBase, Pool } from 'pg';
import type { PlanCounts } from '../../domain/books.ts';
import { KEEP_DAYS } from '../plan-bases.ts';

/** A plan that was published, or what a dry run came to. */
export interface ListedPlan {
  /** By which commands know it: a number, or `run:ID` of a dry run. */
  readonly plan: string;
  readonly number: number | null;
  readonly runId: number;
  readonly kind: 'plan' | 'replan' | 'restore' | 'dry_run';
  readonly fresh: boolean;
  /** Of a restore: the plan that it put back. */
  readonly restoredPlan: number | null;
  readonly asOf: string;
  /** When it was published; a dry run: when it ended. */
  readonly publishedAt: Date;
  readonly rows: 'in_force' | 'kept' | 'gone';
  /** Until when the rows are certain to be there; `null`: in force, or gone. */
  readonly keptUntil: Date | null;
  readonly preScheduled: number;
  readonly skipped: number;
  readonly checksum: string;
}

export interface PlanList {
  /** The newest first. */
  readonly plans: readonly ListedPlan[];
  /** Older ones that are not listed. */
  readonly leftOff: number;
}

/** Published plans, and the dry runs of the last days. */
export async function listPlans(
  db: ClientBase | Pool,
  organizationId: number,
  limit: number,
): Promise<PlanList> {
  const { rows } = await db.query<PlanListRow>(
    `WITH listed AS (
       SELECT p.number, p.run_id, p.base_id, p.published_at, next.published_at AS replaced_at
       FROM plans p
       LEFT JOIN plans next ON next.organization_id = p.organization_id AND next.number = p.number + 1
       WHERE p.organization_id = $1
       UNION ALL
       SELECT NULL, id, base_id, finished_at, finished_at
       FROM scheduler_runs
       WHERE organization_id = $1 AND state = 'dry_run' AND finished_at > now() - make_interval(days => $3)
     )
     SELECT l.number, l.run_id, l.published_at, l.replaced_at + make_interval(days => $3) AS kept_until,
       r.kind, r.fresh, r.restored_plan_number, r.as_of::text AS as_of, r.counts, r.plan_checksum,
       l.number IS NOT DISTINCT FROM o.plan_number AND l.number IS NOT NULL AS is_in_force,
       b.id IS NULL OR b.dropped_at IS NOT NULL AS is_gone,
       count(*) OVER () AS total
     FROM listed l
     JOIN scheduler_runs r ON r.id = l.run_id
     JOIN organizations o ON o.id = $1
     LEFT JOIN plan_bases b ON b.id = l.base_id
     ORDER BY l.published_at DESC, l.run_id DESC
     LIMIT $2`,
    [organizationId, limit, KEEP_DAYS],
  );
  return { plans: rows.map(listedPlan), leftOff: Number(rows[0]?.total ?? 0) - rows.length };
}

interface PlanListRow {
  number: number | null;
  run_id: string;
  published_at: Date;
  kept_until: Date | null;
  kind: 'plan' | 'replan' | 'restore';
  fresh: boolean;
  restored_plan_number: number | null;
  as_of: string;
  counts: PlanCounts;
  plan_checksum: string;
  is_in_force: boolean;
  is_gone: boolean;
  total: string;
}

function listedPlan(row: PlanListRow): ListedPlan {
  const { total, pre_scheduled: preScheduled } = row.counts.occurrences;
  const rows = row.is_in_force ? 'in_force' : row.is_gone ? 'gone' : 'kept';
  return {
    plan: row.number === null ? `run:${row.run_id}` : String(row.number),
    number: row.number,
    runId: Number(row.run_id),
    kind: row.number === null ? 'dry_run' : row.kind,
    fresh: row.fresh,
    restoredPlan: row.restored_plan_number,
    asOf: row.as_of,
    publishedAt: row.published_at,
    rows,
    keptUntil: rows === 'kept' ? row.kept_until : null,
    preScheduled,
    skipped: total - preScheduled,
    checksum: row.plan_checksum,
  };
}
