/** Statements that open a run and end it. */
import type { ClientBase } from 'pg';
import type { WorkflowRef } from '../contracts/schedule-run.ts';
import { formatDay, type DayNumber } from '../domain/calendar.ts';
import type { Organization } from './organizations.ts';
import type { RunState } from './runs.ts';
import type { StoredPlan } from './stored-plan.ts';

export interface KnownRun extends WorkflowRef {
  readonly runId: number;
  readonly state: RunState;
}

/** The run that this workflow has opened before, if an earlier attempt did. */
export async function findRunOfWorkflow(client: ClientBase, workflow: WorkflowRef): Promise<KnownRun | null> {
  const { rows } = await client.query<{ id: string; state: RunState }>(
    'SELECT id, state FROM scheduler_runs WHERE workflow_id = $1 AND workflow_chain_id = $2',
    [workflow.workflowId, workflow.chainId],
  );
  return rows[0] === undefined ? null : { ...workflow, runId: Number(rows[0].id), state: rows[0].state };
}

export async function findRunningRun(client: ClientBase, organizationId: number): Promise<KnownRun | null> {
  const { rows } = await client.query<{
    id: string;
    state: RunState;
    workflow_id: string;
    workflow_chain_id: string;
  }>(
    `SELECT id, state, workflow_id, workflow_chain_id FROM scheduler_runs
     WHERE organization_id = $1 AND state = 'running'`,
    [organizationId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    runId: Number(row.id),
    state: row.state,
    workflowId: row.workflow_id,
    chainId: row.workflow_chain_id,
  };
}

/** Runs of the organization that wait for their turn, but for that workflow's own. */
export async function findOtherQueuedRuns(
  client: ClientBase,
  organizationId: number,
  workflow: WorkflowRef,
): Promise<KnownRun[]> {
  const { rows } = await client.query<{ id: string; workflow_id: string; workflow_chain_id: string }>(
    `SELECT id, workflow_id, workflow_chain_id FROM scheduler_runs
     WHERE organization_id = $1 AND state = 'queued' AND (workflow_id, workflow_chain_id) <> ($2, $3)`,
    [organizationId, workflow.workflowId, workflow.chainId],
  );
  return rows.map((row) => ({
    runId: Number(row.id),
    state: 'queued',
    workflowId: row.workflow_id,
    chainId: row.workflow_chain_id,
  }));
}

export interface RunToOpen {
  readonly workflow: WorkflowRef;
  readonly organization: Organization;
  readonly today: DayNumber;
  readonly asOfDay: DayNumber;
  readonly isDryRun: boolean;
  readonly isFresh: boolean;
  readonly configurationVersion: number;
  readonly environment: string | null;
  /** The plan that a restore puts back. */
  readonly restored: StoredPlan | null;
  /** The campaign instance that a dry run plans as if it were active. */
  readonly previewInstanceId: number | null;
}

export interface NewRun {
  readonly runId: number;
  readonly contactCount: number;
}

/** Queues the run behind the one that is going on; it has read nothing yet. */
export async function insertQueuedRun(client: ClientBase, run: RunToOpen): Promise<NewRun> {
  return insertRun(client, run, 'queued');
}

/**
 * Opens the run: from here on it sees the plan and the ledger as they are now. One statement counts the
 * contacts, pins the campaigns and takes the snapshot, so that the cap is that of the contacts which the run reads,
 * and what changes of the campaigns later is in no batch.
 */
export async function insertRunningRun(client: ClientBase, run: RunToOpen): Promise<NewRun> {
  return insertRun(client, run, 'running');
}

async function insertRun(client: ClientBase, run: RunToOpen, state: 'queued' | 'running'): Promise<NewRun> {
  const { organization, workflow, restored } = run;
  const { rows } = await client.query<{ id: string; contact_count: number }>(
    `INSERT INTO scheduler_runs (organization_id, state, today, as_of, dry_run, fresh,
       configuration_version, environment, workflow_id, workflow_chain_id, former_plan_number,
       former_base_id, kind, restored_plan_number, restored_base_id, restored_segment_run_ids,
       former_segment_run_ids, snapshot, batch_size, contact_count, campaigns, preview_instance_id)
     SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16::bigint[],
       (SELECT coalesce(array_agg(run_id), '{}') FROM plan_segments WHERE base_id = $12),
       pg_current_snapshot(), 0,
       CASE WHEN $2 = 'running' THEN
         (SELECT count(*) FROM contacts WHERE organization_id = $1 AND deleted_at IS NULL) ELSE 0 END,
       CASE WHEN $2 = 'running' THEN campaigns_with_preview($1, $17) END, $17
     ON CONFLICT (workflow_id, workflow_chain_id) DO UPDATE SET
       state = excluded.state, today = excluded.today, as_of = excluded.as_of, dry_run = excluded.dry_run,
       configuration_version = excluded.configuration_version, environment = excluded.environment,
       contact_count = excluded.contact_count, snapshot = excluded.snapshot, campaigns = excluded.campaigns,
       preview_instance_id = excluded.preview_instance_id,
       former_plan_number = excluded.former_plan_number, former_base_id = excluded.former_base_id,
       former_segment_run_ids = excluded.former_segment_run_ids,
       restored_base_id = excluded.restored_base_id,
       restored_segment_run_ids = excluded.restored_segment_run_ids, started_at = now()
     RETURNING id, contact_count`,
    [
      organization.id,
      state,
      formatDay(run.today),
      formatDay(run.asOfDay),
      run.isDryRun,
      run.isFresh,
      run.configurationVersion,
      run.environment,
      workflow.workflowId,
      workflow.chainId,
      organization.planNumber,
      organization.planBaseId,
      restored === null ? 'plan' : 'restore',
      restored?.number ?? null,
      restored?.baseId ?? null,
      restored?.segmentRunIds ?? null,
      run.previewInstanceId,
    ],
  );
  return { runId: Number(rows[0]!.id), contactCount: rows[0]!.contact_count };
}

/** Ends a run that is queued or running, and throws away what it had prepared; an ended one stays as it is. */
export async function endRunWithout(
  client: ClientBase,
  runId: number,
  state: 'failed' | 'cancelled',
  error: { readonly code: string; readonly message: string },
): Promise<void> {
  const { rowCount } = await client.query(
    `UPDATE scheduler_runs SET state = $2, error = $3, finished_at = now()
     WHERE id = $1 AND state IN ('queued', 'running')`,
    [runId, state, error],
  );
  if (rowCount === 1) await discardPreparations(client, runId);
}

/**
 * All that a run has prepared and nobody has seen: shares, rows, closings. A base of its own is only let go of:
 * to drop it waits for readers of any organization, which `dropBase` does by itself and not for long.
 */
export async function discardPreparations(client: ClientBase, runId: number): Promise<void> {
  await client.query('DELETE FROM scheduler_shares WHERE run_id = $1', [runId]);
  await client.query('DELETE FROM plan_closings WHERE run_id = $1', [runId]);
  await client.query('DELETE FROM rejected_contacts WHERE run_id = $1', [runId]);
  const { rows } = await client.query<{ base_id: string | null; former_base_id: string | null }>(
    `UPDATE scheduler_runs r SET base_id = NULL
     FROM (SELECT id, base_id, former_base_id FROM scheduler_runs WHERE id = $1) before
     WHERE r.id = before.id
     RETURNING before.base_id, before.former_base_id`,
    [runId],
  );
  const { base_id: baseId = null, former_base_id: formerBaseId = null } = rows[0] ?? {};
  if (baseId !== null && baseId === formerBaseId) {
    // Rows in a base that others use: read through once, which happens seldom; an index for it would cost every run.
    await client.query('DELETE FROM plan_rows WHERE base_id = $1 AND segment_run_id = $2', [baseId, runId]);
  }
}
