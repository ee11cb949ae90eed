import type { Pool } from 'pg';
import type { AuditEntry } from '../db/queries/insert-audit-entry.ts';

/** Puts an operator's command into the audit log, under the operator's name. */
export async function noteCommand(pool: Pool, actor: string, entry: AuditEntry): Promise<void> {
  const [{ actAs }, { insertAuditEntry }, { inTransaction }] = await Promise.all([
    import('../db/act-as.ts'),
    import('../db/queries/insert-audit-entry.ts'),
    import('../db/transaction.ts'),
  ]);
  await inTransaction(pool, async (client) => {
    await actAs(client, actor);
    await insertAuditEntry(client, entry);
  });
}
