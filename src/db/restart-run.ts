import type { ClientBase } from 'pg';
import type { Organization } from './organizations.ts';

/** The run goes on from plan and contacts as they are now. */
export async function restartRun(
  client: ClientBase,
  runId: number,
  organization: Organization,
  contactCount: number,
): Promise<void> {
  await client.query(
    `UPDATE scheduler_runs SET rounds = rounds + 1, contact_count = $2, snapshot = pg_current_snapshot(),
       former_plan_number = $3, former_base_id = $4,
       former_segment_run_ids = (SELECT coalesce(array_agg(run_id), '{}') FROM plan_segments WHERE base_id = $4)
     WHERE id = $1`,
    [runId, contactCount, organization.planNumber, organization.planBaseId],
  );
}
