import type { Pool } from 'pg';

/** An organization with a plan in force that lacks a change which is older than given. */
export interface OrganizationWithChanges {
  readonly id: number;
  readonly name: string;
  /** A run that is going on plans with what it does not know before it publishes, or starts over. */
  readonly isRunGoingOn: boolean;
}

export async function listOrganizationsWithChanges(
  pool: Pool,
  olderThanMs: number,
): Promise<OrganizationWithChanges[]> {
  const { rows } = await pool.query<{ id: string; name: string; is_run_going_on: boolean }>(
    `SELECT o.id, o.name, EXISTS (SELECT FROM scheduler_runs r
         WHERE r.organization_id = o.id AND r.state IN ('queued', 'running')) AS is_run_going_on
     FROM organizations o
     WHERE o.plan_number IS NOT NULL AND EXISTS (SELECT FROM planning_changes c
       WHERE c.organization_id = o.id AND NOT c.replanned
         AND c.changed_at < now() - make_interval(secs => $1))
     ORDER BY o.id`,
    [olderThanMs / 1_000],
  );
  return rows.map((row) => ({ id: Number(row.id), name: row.name, isRunGoingOn: row.is_run_going_on }));
}
