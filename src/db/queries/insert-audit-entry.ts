import type { ClientBase } from 'pg';

export interface AuditEntry {
  readonly organizationId: number;
  readonly entity: string;
  readonly entityId?: string;
  readonly action: string;
  /** What was done, as JSON; never values of contacts (SPEC 15). */
  readonly summary: Readonly<Record<string, number | string>>;
}

/** The actor is the transaction's (`email_scheduler.actor`). */
export async function insertAuditEntry(client: ClientBase, entry: AuditEntry): Promise<void> {
  await client.query(
    'INSERT INTO audit_log (organization_id, entity, entity_id, action, new) VALUES ($1, $2, $3, $4, $5)',
    [entry.organizationId, entry.entity, entry.entityId ?? null, entry.action, JSON.stringify(entry.summary)],
  );
}
