import type { ClientBase, Pool } from 'pg';
import type { Organization } from '../organizations.ts';

/** What an organization is, without its plan and clock, which are read under its lock. */
export type OrganizationProfile = Pick<Organization, 'id' | 'name' | 'timeZone' | 'isSandbox'>;

/** `null`: no organization has this name. */
export async function findOrganization(
  db: ClientBase | Pool,
  name: string,
): Promise<OrganizationProfile | null> {
  const { rows } = await db.query<{ id: string; name: string; time_zone: string; sandbox: boolean }>(
    'SELECT id, name, time_zone, sandbox FROM organizations WHERE name = $1',
    [name],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return { id: Number(row.id), name: row.name, timeZone: row.time_zone, isSandbox: row.sandbox };
}
