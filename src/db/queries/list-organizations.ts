import type { ClientBase, Pool } from 'pg';

export interface OrganizationOverview {
  readonly id: number;
  readonly name: string;
  readonly timeZone: string;
  readonly isSandbox: boolean;
  /** A sandbox's own today, `YYYY-MM-DD`; `null` before its first run and for real ones. */
  readonly sandboxToday: string | null;
  readonly contacts: number;
  readonly planNumber: number | null;
  readonly planAsOf: string | null;
  readonly publishedAt: Date | null;
}

/** @param name only this one; `null`: all, by name */
export async function listOrganizations(
  db: ClientBase | Pool,
  name: string | null,
): Promise<OrganizationOverview[]> {
  const { rows } = await db.query<{
    id: string;
    name: string;
    time_zone: string;
    sandbox: boolean;
    sandbox_today: string | null;
    contacts: string;
    plan_number: number | null;
    as_of: string | null;
    published_at: Date | null;
  }>(
    `SELECT o.id, o.name, o.time_zone, o.sandbox, o.sandbox_today::text AS sandbox_today, o.plan_number,
       p.as_of::text AS as_of, p.published_at,
       (SELECT count(*) FROM contacts c WHERE c.organization_id = o.id AND c.deleted_at IS NULL) AS contacts
     FROM organizations o
     LEFT JOIN plans p ON p.organization_id = o.id AND p.number = o.plan_number
     WHERE $1::text IS NULL OR o.name = $1
     ORDER BY o.name`,
    [name],
  );
  return rows.map((row) => ({
    id: Number(row.id),
    name: row.name,
    timeZone: row.time_zone,
    isSandbox: row.sandbox,
    sandboxToday: row.sandbox_today,
    contacts: Number(row.contacts),
    planNumber: row.plan_number,
    planAsOf: row.as_of,
    publishedAt: row.published_at,
  }));
}
