import type { ClientBase } from 'pg';

/** All contacts of the organization, by which the daily cap is reckoned (SPEC 7). */
export async function countContacts(client: ClientBase, organizationId: number): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    'SELECT count(*) FROM contacts WHERE organization_id = $1 AND deleted_at IS NULL',
    [organizationId],
  );
  return Number(rows[0]!.count);
}
