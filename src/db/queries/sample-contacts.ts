import type { ClientBase, Pool } from 'pg';

/** What mails say of a contact. */
export interface SampledContact {
  readonly id: number;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly state: string | null;
  readonly zip_code: string | null;
  readonly birth_date: string | null;
  readonly effective_date: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

const COLUMNS = `id, first_name, last_name, state, zip_code, birth_date::text AS birth_date,
  effective_date::text AS effective_date, attributes`;

/**
 * Contacts from everywhere among the ids: at each of `limit` points the next one, found by the index. Sorting 3 million
 * by chance takes seconds.
 */
export async function sampleContacts(
  db: ClientBase | Pool,
  organizationId: number,
  limit: number,
): Promise<SampledContact[]> {
  const { rows } = await db.query<Omit<SampledContact, 'id'> & { id: string }>(
    `SELECT DISTINCT ON (c.id) c.*
     FROM (SELECT min(id) AS first, max(id) AS last FROM contacts WHERE organization_id = $1) ids
     CROSS JOIN generate_series(0, $2::integer - 1) AS point
     CROSS JOIN LATERAL (
       SELECT ${COLUMNS} FROM contacts
       WHERE organization_id = $1 AND deleted_at IS NULL
         AND id >= ids.first + (ids.last - ids.first + 1) * point / $2::integer
       ORDER BY id LIMIT 1) c
     ORDER BY c.id`,
    [organizationId, limit],
  );
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}
