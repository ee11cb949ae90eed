import type { Pool } from 'pg';

/** Whether a plan of the organization has ever been published. */
export async function hasPlan(pool: Pool, organization: string): Promise<boolean> {
  const { rows } = await pool.query<{ found: boolean }>(
    'SELECT plan_number IS NOT NULL AS found FROM organizations WHERE name = $1',
    [organization],
  );
  return rows[0]?.found === true;
}
