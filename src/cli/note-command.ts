import type { Pool } from 'pg';
import type { AuditEntry } from '../db/queries/insert-audit-entry.ts';
import { systemActor } from './with-database.ts';

/** Puts an operator's command into the audit log, under the operator's name. */
export async function noteCommand(pool: Pool, entry: AuditEntry): Promise<void> {
  const [{ insertAuditEntry }, { inTransaction }] = await Promise.all([
    import('../db/queries/insert-audit-entry.ts'),
    import('../db/transaction.ts'),
  ]);
  await inTransaction(pool, async (client) => {
    await client.query("SELECT set_config('email_scheduler.actor', $1, true)", [systemActor()]);
    await insertAuditEntry(client, entry);
  });
}
