import { DatabaseError, type Pool } from 'pg';
import { addUpContactCounts, dropBase, findUnneededBases, forgetOldPlans } from '../src/db/plan-bases.ts';
import { inTransaction } from '../src/db/transaction.ts';

/**
 * Removes what no plan and no run of the organization needs any more, each base in a transaction of its own.
 * What cannot be locked at once is left to the next time: nobody waits for tidying.
 */
export async function tidyUp(pool: Pool, organizationId: number): Promise<void> {
  const bases = await inTransaction(pool, async (client) => {
    await forgetOldPlans(client, organizationId);
    await addUpContactCounts(client, organizationId);
    return findUnneededBases(client, organizationId);
  });
  try {
    for (const baseId of bases) {
      await inTransaction(pool, async (client) => {
        await client.query("SET LOCAL lock_timeout = '1s'");
        await dropBase(client, baseId);
      });
    }
  } catch (error) {
    // Somebody reads: while a drop waits, those who come after wait with it.
    const isLocked = error instanceof DatabaseError && error.code === LOCK_NOT_AVAILABLE;
    if (!isLocked) throw error;
  }
}

/** SQLSTATE of a lock timeout. */
const LOCK_NOT_AVAILABLE = '55P03';
