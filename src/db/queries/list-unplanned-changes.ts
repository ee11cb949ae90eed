import type { Pool } from 'pg';

/** An organization with a plan in force that lacks a change which is older than given. */
export interface OrganizationWithChanges {
  readonly id: number;
  readonly name: string;
}

export async function listOrganizationsWithChanges(
  pool: Pool,
  olderThanMs: number,
): Promise<OrganizationWithChanges[]> {
  const { rows } = await pool.query<{ id: string; name: string }>(
    `SELECT o.id, o.name FROM organizations o
     WHERE o.plan_number IS NOT NULL AND EXISTS (SELECT FROM planning_changes c
       WHERE c.organization_id = o.id AND NOT c.replanned
         AND c.changed_at < now() - make_interval(secs => $1))
     ORDER BY o.id`,
    [olderThanMs / 1_000],
  );
  return rows.map((row) => ({ id: Number(row.id), name: row.name }));
}
