import type { ClientBase } from 'pg';

/**
 * No base is dropped until the transaction ends: a plan that is found after this has all of its rows. It has to be
 * the first statement of a snapshot, which would otherwise be older than the lock. Tidying does not wait for it
 * (activities/tidy-up.ts).
 */
export async function keepPlanRows(client: ClientBase): Promise<void> {
  await client.query('LOCK TABLE ONLY plan_rows IN ACCESS SHARE MODE');
}
