import type { ClientBase, Pool } from 'pg';
import { KEEP_DAYS } from '../plan-bases.ts';
import { findStoredPlan, planGone, type StoredPlan } from '../stored-plan.ts';

/**
 * The plan, if it can still be put back: its rows may stand longer than what has changed since it is remembered.
 * @throws SchedulerError UNKNOWN_PLAN, PLAN_GONE
 */
export async function findRestorablePlan(
  client: ClientBase | Pool,
  organizationId: number,
  number: number,
): Promise<StoredPlan> {
  const name = String(number);
  const plan = await findStoredPlan(client, organizationId, name);
  const { rowCount } = await client.query(
    `SELECT FROM plans
     WHERE organization_id = $1 AND number = $2::integer + 1
       AND published_at < now() - make_interval(days => $3)`,
    [organizationId, number, KEEP_DAYS],
  );
  if (rowCount !== 0) throw planGone(name);
  return plan;
}
