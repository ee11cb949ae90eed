import type { ClientBase } from 'pg';

export interface AuditEntry {
  readonly organizationId: number;
  readonly entity: string;
  readonly action: string;
  /** What was done, as JSON; never values of contacts (SPEC 15). */
  readonly summary: Readonly<Record<string, number>>;
}

/** The actor is the transaction's (`email_scheduler.actor`). */
export async function insertAuditEntry(client: ClientBase, entry: AuditEntry): Promise<void> {
  await client.query('INSERT INTO audit_log (organization_id, entity, action, new) VALUES ($1, $2, $3, $4)', [
    entry.organizationId,
    entry.entity,
    entry.action,
    JSON.stringify(entry.summary),
  ]);
}
