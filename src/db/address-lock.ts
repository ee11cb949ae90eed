import type { ClientBase } from 'pg';

/**
 * Held until the transaction ends by who records an attempt to mail the address, and by who suppresses it (SPEC 10):
 * of the two, one is committed before the other looks.
 */
export async function lockAddress(
  client: ClientBase,
  organizationId: number,
  address: string,
): Promise<void> {
  await client.query(
    `SELECT pg_advisory_xact_lock(hashtextextended('address ' || $1::bigint || ' ' || normal_address($2), 0))`,
    [organizationId, address],
  );
}
