import type { ClientBase } from 'pg';

/** Whether the contact was deleted once: what its history says of before is without personal data. */
export async function wasErased(
  client: ClientBase,
  organizationId: number,
  contactId: number,
): Promise<boolean> {
  const { rows } = await client.query<{ erased: boolean }>(
    `SELECT EXISTS (
       SELECT FROM contact_history WHERE organization_id = $1 AND contact_id = $2 AND states IS NOT NULL
     ) AS erased`,
    [organizationId, contactId],
  );
  return rows[0]!.erased;
}
