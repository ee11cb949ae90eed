import type { ClientBase } from 'pg';
import type { RunSummary } from '../contracts/schedule-run.ts';
import type { PlanCounts } from '../domain/books.ts';

/** What came out of a run that was published or was dry; `null` for any other. */
export async function readEndedRun(client: ClientBase, runId: number): Promise<RunSummary | null> {
  const { rows } = await client.query<{
    state: RunSummary['state'];
    plan_number: number | null;
    restored_plan_number: number | null;
    as_of: string;
    plan_checksum: string;
    counts: PlanCounts;
  }>(
    `SELECT state, plan_number, restored_plan_number, as_of::text AS as_of, plan_checksum, counts FROM scheduler_runs
     WHERE id = $1 AND state IN ('published', 'dry_run')`,
    [runId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    runId,
    state: row.state,
    planNumber: row.plan_number,
    ...(row.restored_plan_number === null ? {} : { restoredPlan: row.restored_plan_number }),
    asOf: row.as_of,
    checksum: row.plan_checksum,
    counts: row.counts,
  };
}
