import type { ClientBase } from 'pg';
import type { ContactRecord } from '../contact-record.ts';

export interface ContactAddition {
  readonly at: Date;
  /** `null`: nobody knows, it was before there was an audit log of it. */
  readonly by: string | null;
}

/** Who added the contact: by itself, or with others at once. An entry has the time of its transaction, as the row has. */
export async function readContactAddition(
  client: ClientBase,
  organizationId: number,
  { id, createdAt }: ContactRecord,
): Promise<ContactAddition> {
  const { rows } = await client.query<{ actor: string }>(
    `SELECT actor FROM audit_log a JOIN contacts c ON c.organization_id = a.organization_id AND c.id = $2
     WHERE a.organization_id = $1 AND a.at = c.created_at
       AND ((a.entity = 'contact' AND a.entity_id = $2::text AND a.action = 'add')
         OR (a.entity = 'contacts' AND a.action IN ('add', 'import')))
     LIMIT 1`,
    [organizationId, id],
  );
  return { at: createdAt, by: rows[0]?.actor ?? null };
}
