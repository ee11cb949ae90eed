import type { Pool } from 'pg';
import { actAs } from './act-as.ts';
import { lockAddress } from './address-lock.ts';
import { inTransaction } from './transaction.ts';

export interface UnsubscribeRequest {
  readonly organizationId: number;
  /** The mail whose link was followed. */
  readonly scheduleId: number;
  /** To which that mail went. */
  readonly address: string;
}

/**
 * No marketing to the address from now on (SPEC 3): no attempt to mail it is committed after this is. An address that
 * is suppressed for that already stays so, for the reason that is there.
 * @returns whether it was not
 */
export async function unsubscribe(
  pool: Pool,
  { organizationId, scheduleId, address }: UnsubscribeRequest,
): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    await actAs(client, `recipient of mail ${scheduleId}`);
    await lockAddress(client, organizationId, address);
    const { rowCount } = await client.query(
      `INSERT INTO suppressions (organization_id, address, scope, reason)
       VALUES ($1, $2, 'marketing', 'unsubscribe') ON CONFLICT DO NOTHING`,
      [organizationId, address],
    );
    return rowCount === 1;
  });
}
