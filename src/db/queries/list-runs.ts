import type { ClientBase, Pool } from 'pg';
import type { WorkflowRef } from '../../contracts/schedule-run.ts';
import type { PlanCounts } from '../../domain/books.ts';
import type { RunState } from '../runs.ts';

/** A run as its record has it. */
export interface StoredRun extends WorkflowRef {
  readonly id: number;
  readonly kind: 'plan' | 'replan' | 'restore';
  readonly state: RunState;
  /** `YYYY-MM-DD`, as are all days here. */
  readonly today: string;
  readonly asOf: string;
  readonly isDryRun: boolean;
  readonly isFresh: boolean;
  /** Of a restore: the plan that it puts back. */
  readonly restoredPlanNumber: number | null;
  /** Of a dry run that previews a campaign: the name of the instance. */
  readonly previewedInstance: string | null;
  readonly planNumber: number | null;
  /** The plan that it started from; of a replan: the one that it changed. */
  readonly formerPlanNumber: number | null;
  readonly configurationVersion: number;
  readonly batchSize: number;
  readonly contacts: number;
  readonly rounds: number;
  readonly counts: PlanCounts | null;
  readonly checksum: string | null;
  readonly cause: { readonly code: string; readonly message: string } | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

const COLUMNS = `id::integer AS id, kind, state, today::text AS today, as_of::text AS "asOf",
  dry_run AS "isDryRun", fresh AS "isFresh", restored_plan_number AS "restoredPlanNumber",
  (SELECT i.name FROM campaign_instances i
   WHERE i.organization_id = scheduler_runs.organization_id AND i.id = preview_instance_id) AS "previewedInstance",
  plan_number AS "planNumber", former_plan_number AS "formerPlanNumber", configuration_version AS "configurationVersion", batch_size AS "batchSize",
  contact_count AS contacts, rounds, counts, plan_checksum AS checksum, error AS cause,
  started_at AS "startedAt", finished_at AS "finishedAt", workflow_id AS "workflowId",
  workflow_chain_id AS "chainId"`;

/**
 * The organization's latest runs, newest first.
 * @param withReplans replans too, of which there are many more than of others
 */
export async function listRuns(
  db: ClientBase | Pool,
  organizationId: number,
  limit: number,
  { withReplans }: { readonly withReplans: boolean },
): Promise<StoredRun[]> {
  const { rows } = await db.query<StoredRun>(
    `SELECT ${COLUMNS} FROM scheduler_runs
     WHERE organization_id = $1 ${withReplans ? '' : "AND kind <> 'replan'"}
     ORDER BY id DESC LIMIT $2`,
    [organizationId, limit],
  );
  return rows;
}

/** `null`: the organization has no such run. */
export async function findRun(
  db: ClientBase | Pool,
  organizationId: number,
  runId: number,
): Promise<StoredRun | null> {
  const { rows } = await db.query<StoredRun>(
    `SELECT ${COLUMNS} FROM scheduler_runs WHERE organization_id = $1 AND id = $2`,
    [organizationId, runId],
  );
  return rows[0] ?? null;
}

/** The first run after this one that put a plan in force; `null`: none has yet. */
export async function findLaterPublication(
  db: ClientBase | Pool,
  organizationId: number,
  runId: number,
): Promise<{ readonly runId: number; readonly planNumber: number } | null> {
  const { rows } = await db.query<{ runId: number; planNumber: number }>(
    `SELECT id::integer AS "runId", plan_number AS "planNumber" FROM scheduler_runs
     WHERE organization_id = $1 AND id > $2 AND state = 'published' AND kind <> 'replan' ORDER BY id LIMIT 1`,
    [organizationId, runId],
  );
  return rows[0] ?? null;
}

/** Which of the workflows have a record, whatever organization it is of. */
export async function findRecordedWorkflows(
  db: ClientBase | Pool,
  workflowIds: readonly string[],
): Promise<WorkflowRef[]> {
  const { rows } = await db.query<WorkflowRef>(
    `SELECT workflow_id AS "workflowId", workflow_chain_id AS "chainId" FROM scheduler_runs
     WHERE workflow_id = ANY ($1)`,
    [workflowIds],
  );
  return rows;
}
