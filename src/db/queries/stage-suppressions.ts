import type { ClientBase } from 'pg';
import type { Stage } from './stage-rows.ts';

export const SUPPRESSIONS_STAGE: Stage = {
  table: 'staged_suppressions',
  columns: ['line', 'address', 'scope', 'reason'],
  key: ['normal', 'scope'],
  named: 'address',
  duplicate: 'address_twice_in_file',
};

/** Where the rows of a file of suppressions stand before they are compared with what is there. */
export async function createSuppressionsStage(client: ClientBase): Promise<void> {
  await client.query(
    `CREATE TEMPORARY TABLE staged_suppressions (
       line integer NOT NULL,
       address text NOT NULL,
       scope text NOT NULL,
       reason text NOT NULL,
       normal text NOT NULL GENERATED ALWAYS AS (normal_address(address)) STORED
     ) ON COMMIT DROP`,
  );
}

/** Adds suppressions, and gives those that are there the file's reason, where that is another. */
export async function storeStagedSuppressions(
  client: ClientBase,
  organizationId: number,
  lines: { readonly firstLine: number; readonly lastLine: number },
): Promise<{ added: number; updated: number }> {
  const { rows } = await client.query<{ added: string; updated: string }>(
    `WITH stored AS (
       INSERT INTO suppressions AS s (organization_id, address, scope, reason)
       SELECT $1, normal, scope, reason FROM staged_suppressions WHERE line BETWEEN $2 AND $3 ORDER BY normal, scope
       ON CONFLICT (organization_id, address, scope) DO UPDATE SET reason = excluded.reason
         WHERE s.reason <> excluded.reason
       RETURNING xmax = 0 AS is_added
     )
     SELECT count(*) FILTER (WHERE is_added) AS added, count(*) FILTER (WHERE NOT is_added) AS updated FROM stored`,
    [organizationId, lines.firstLine, lines.lastLine],
  );
  return { added: Number(rows[0]!.added), updated: Number(rows[0]!.updated) };
}

/** Contacts, deleted ones left out, that have one of the addresses. */
export async function countStagedContacts(client: ClientBase, organizationId: number): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::integer AS count
     FROM (SELECT DISTINCT normal FROM staged_suppressions) s
     JOIN contacts c ON c.organization_id = $1 AND normal_address(c.email) = s.normal AND c.deleted_at IS NULL`,
    [organizationId],
  );
  return rows[0]!.count;
}
