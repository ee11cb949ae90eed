import type { ClientBase } from 'pg';
import type { Organization } from './organizations.ts';

/** The run goes on from plan and contacts as they are now; its batches are to be cut anew. */
export async function restartRun(
  client: ClientBase,
  runId: number,
  organization: Organization,
): Promise<void> {
  await client.query('DELETE FROM scheduler_checkpoints WHERE run_id = $1', [runId]);
  await client.query(
    `UPDATE scheduler_runs SET rounds = rounds + 1, snapshot = pg_current_snapshot(),
       campaigns = campaigns_with_preview($2, preview_instance_id),
       contact_count = (SELECT count(*) FROM contacts WHERE organization_id = $2 AND deleted_at IS NULL),
       former_plan_number = $3, former_base_id = $4,
       former_segment_run_ids = (SELECT coalesce(array_agg(run_id), '{}') FROM plan_segments WHERE base_id = $4)
     WHERE id = $1`,
    [runId, organization.id, organization.planNumber, organization.planBaseId],
  );
}
