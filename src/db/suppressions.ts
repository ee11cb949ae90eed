/** The addresses that an organization does not mail (SPEC 3). The database brings them into their normal form. */
import type { ClientBase, Pool } from 'pg';
import type { SuppressionScope } from '../contracts/suppression.ts';

export interface Suppression {
  readonly address: string;
  readonly scope: SuppressionScope;
  readonly reason: string;
  readonly createdAt: Date;
}

const COLUMNS = 'address, scope, reason, created_at AS "createdAt"';

export interface AddedSuppression {
  readonly suppression: Suppression;
  /** `changed`: it was there for another reason. */
  readonly outcome: 'added' | 'changed' | 'unchanged';
}

export async function addSuppression(
  client: ClientBase,
  organizationId: number,
  { address, scope, reason }: Omit<Suppression, 'createdAt'>,
): Promise<AddedSuppression> {
  const stored = await client.query<Suppression & { isAdded: boolean }>(
    `INSERT INTO suppressions AS s (organization_id, address, scope, reason) VALUES ($1, $2, $3, $4)
     ON CONFLICT (organization_id, address, scope) DO UPDATE SET reason = excluded.reason
       WHERE s.reason <> excluded.reason
     RETURNING ${COLUMNS}, xmax = 0 AS "isAdded"`,
    [organizationId, address, scope, reason],
  );
  const row = stored.rows[0];
  if (row !== undefined) {
    const { isAdded, ...suppression } = row;
    return { suppression, outcome: isAdded ? 'added' : 'changed' };
  }
  const { rows } = await client.query<Suppression>(
    `SELECT ${COLUMNS} FROM suppressions
     WHERE organization_id = $1 AND address = normal_address($2) AND scope = $3`,
    [organizationId, address, scope],
  );
  return { suppression: rows[0]!, outcome: 'unchanged' };
}

/** @param scope `null`: all of the address @returns what was removed */
export async function removeSuppressions(
  client: ClientBase,
  organizationId: number,
  address: string,
  scope: SuppressionScope | null,
): Promise<Suppression[]> {
  const { rows } = await client.query<Suppression>(
    `DELETE FROM suppressions
     WHERE organization_id = $1 AND address = normal_address($2) AND ($3::text IS NULL OR scope = $3)
     RETURNING ${COLUMNS}`,
    [organizationId, address, scope],
  );
  return rows;
}

/** Contacts that have the address, deleted ones left out. */
export async function countContactsOfAddress(
  db: ClientBase | Pool,
  organizationId: number,
  address: string,
): Promise<number> {
  const { rows } = await db.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM contacts
     WHERE organization_id = $1 AND normal_address(email) = normal_address($2) AND deleted_at IS NULL`,
    [organizationId, address],
  );
  return rows[0]!.count;
}

export interface ListedSuppression extends Suppression {
  /** How many contacts have the address. */
  readonly contacts: number;
}

export interface SuppressionFilter {
  readonly address: string | null;
  readonly scope: SuppressionScope | null;
  readonly limit: number;
}

/** Newest first; `total`: without the limit. */
export async function listSuppressions(
  db: ClientBase | Pool,
  organizationId: number,
  { address, scope, limit }: SuppressionFilter,
): Promise<{ total: number; suppressions: ListedSuppression[] }> {
  const condition = `organization_id = $1 AND ($2::text IS NULL OR address = normal_address($2))
    AND ($3::text IS NULL OR scope = $3)`;
  const { rows } = await db.query<ListedSuppression>(
    `SELECT s.*, (SELECT count(*)::integer FROM contacts c
       WHERE c.organization_id = $1 AND normal_address(c.email) = s.address AND c.deleted_at IS NULL) AS contacts
     FROM (SELECT ${COLUMNS} FROM suppressions WHERE ${condition}
       ORDER BY created_at DESC, address, scope LIMIT $4) s`,
    [organizationId, address, scope, limit],
  );
  const counted = await db.query<{ total: number }>(
    `SELECT count(*)::integer AS total FROM suppressions WHERE ${condition}`,
    [organizationId, address, scope],
  );
  return { total: counted.rows[0]!.total, suppressions: rows };
}
