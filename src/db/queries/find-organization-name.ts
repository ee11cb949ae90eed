import type { Pool } from 'pg';

/** `null`: no organization has this id. */
export async function findOrganizationName(pool: Pool, id: number): Promise<string | null> {
  const { rows } = await pool.query<{ name: string }>('SELECT name FROM organizations WHERE id = $1', [id]);
  return rows[0]?.name ?? null;
}
