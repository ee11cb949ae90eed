import type { ClientBase } from 'pg';

/**
 * Deleted contacts that the staged file names get their external ids back, and so are found by them as any other
 * contact is (SPEC 3). Costs nothing where nobody was deleted.
 */
export async function giveBackExternalIds(client: ClientBase, organizationId: number): Promise<void> {
  const { rows } = await client.query<{ any_deleted: boolean }>(
    `SELECT EXISTS (
       SELECT FROM contacts WHERE organization_id = $1 AND external_id_hmac IS NOT NULL
     ) AS any_deleted`,
    [organizationId],
  );
  if (rows[0]?.any_deleted !== true) return;
  await client.query(
    `WITH unknown AS MATERIALIZED (
       SELECT s.external_id, keyed_hash(s.external_id) AS hash FROM staged_contacts s
       WHERE NOT EXISTS (
         SELECT FROM contacts c WHERE c.organization_id = $1 AND c.external_id = s.external_id
       )
     )
     UPDATE contacts c SET external_id = u.external_id, external_id_hmac = NULL
     FROM unknown u
     WHERE c.organization_id = $1 AND c.external_id_hmac = u.hash`,
    [organizationId],
  );
}
