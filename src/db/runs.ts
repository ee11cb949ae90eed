/** The records of planning runs and their checkpoints. */
import type { ClientBase, Pool } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import { parseDay, type DayNumber } from '../domain/calendar.ts';
import type { PlanInForce, RestoredPlan } from './read-facts.ts';

export type RunState = 'queued' | 'running' | 'published' | 'dry_run' | 'failed' | 'cancelled';
export type BatchPhase = 'place' | 'shape' | 'collect' | 'redistribute' | 'apply' | 'seal';

export interface RunRecord {
  readonly id: number;
  readonly organizationId: number;
  readonly organization: string;
  readonly today: DayNumber;
  readonly asOfDay: DayNumber;
  readonly isDryRun: boolean;
  readonly isFresh: boolean;
  readonly configurationVersion: number;
  readonly environment: string | null;
  readonly batchSize: number;
  readonly contactCount: number;
  readonly formerPlanNumber: number | null;
  readonly formerPlan: PlanInForce | null;
  /** Of a restore: the plan that it puts back. */
  readonly restoredPlan: RestoredPlan | null;
  /** The base into which the run writes; `null` until shaping has decided it. */
  readonly baseId: number | null;
  /** What the run sees of claims and closings, as PostgreSQL's pg_snapshot writes it. */
  readonly snapshot: string;
  readonly rounds: number;
  readonly startedAtMs: number;
}

export async function readOrganizationOfRun(pool: Pool, runId: number): Promise<number> {
  const { rows } = await pool.query<{ organization_id: string }>(
    'SELECT organization_id FROM scheduler_runs WHERE id = $1',
    [runId],
  );
  const row = rows[0];
  if (row === undefined) throw new SchedulerError('RUN_NOT_RUNNING', `There is no run ${runId}.`);
  return Number(row.organization_id);
}

/**
 * Reads the run and holds its state for the transaction: nobody ends it meanwhile, so that nothing is
 * left behind for a run that has ended.
 * @param lock `NO KEY UPDATE` for who changes the record: two attempts that share it would wait for each other
 * @throws SchedulerError RUN_NOT_RUNNING if there is no such run or it has ended
 */
export async function holdRun(
  client: ClientBase,
  runId: number,
  lock: 'SHARE' | 'NO KEY UPDATE' = 'SHARE',
): Promise<RunRecord> {
  const { rows } = await client.query<RunRow>(
    // Not the campaigns, which can be long: who needs them reads them (campaigns.ts).
    `SELECT r.id, r.organization_id, r.state, r.dry_run, r.fresh, r.configuration_version, r.environment,
       r.batch_size, r.contact_count, r.former_plan_number, r.former_base_id, r.former_segment_run_ids,
       r.restored_plan_number, r.restored_base_id, r.restored_segment_run_ids, r.base_id, r.rounds,
       r.started_at, r.today::text AS today, r.as_of::text AS as_of, r.snapshot::text AS snapshot,
       o.name AS organization, made.id AS restored_run_id, made.snapshot::text AS restored_snapshot,
       (made.configuration_version, made.environment)
         IS DISTINCT FROM (r.configuration_version, r.environment) AS is_of_other_configuration
     FROM scheduler_runs r
     JOIN organizations o ON o.id = r.organization_id
     LEFT JOIN plans restored ON restored.organization_id = o.id AND restored.number = r.restored_plan_number
     LEFT JOIN scheduler_runs made ON made.id = restored.run_id
     WHERE r.id = $1
     FOR ${lock} OF r`,
    [runId],
  );
  const row = rows[0];
  if (row === undefined) throw new SchedulerError('RUN_NOT_RUNNING', `There is no run ${runId}.`);
  if (row.state !== 'running') {
    throw new SchedulerError('RUN_NOT_RUNNING', `Run ${runId} is ${row.state}: nothing more is done for it.`);
  }
  return {
    id: Number(row.id),
    organizationId: Number(row.organization_id),
    organization: row.organization,
    today: parseDay(row.today)!,
    asOfDay: parseDay(row.as_of)!,
    isDryRun: row.dry_run,
    isFresh: row.fresh,
    configurationVersion: row.configuration_version,
    environment: row.environment,
    batchSize: row.batch_size,
    contactCount: row.contact_count,
    formerPlanNumber: row.former_plan_number,
    formerPlan:
      row.former_base_id === null
        ? null
        : {
            baseId: Number(row.former_base_id),
            segmentRunIds: row.former_segment_run_ids.map(Number),
          },
    restoredPlan: restoredPlanOf(row),
    baseId: row.base_id === null ? null : Number(row.base_id),
    snapshot: row.snapshot,
    rounds: row.rounds,
    startedAtMs: row.started_at.getTime(),
  };
}

function restoredPlanOf(row: RunRow): RestoredPlan | null {
  if (row.restored_plan_number === null) return null;
  return {
    number: row.restored_plan_number,
    baseId: Number(row.restored_base_id),
    segmentRunIds: row.restored_segment_run_ids.map(Number),
    runId: Number(row.restored_run_id),
    snapshot: row.restored_snapshot,
    isOfOtherConfiguration: row.is_of_other_configuration,
  };
}

interface RunRow {
  id: string;
  organization_id: string;
  organization: string;
  state: RunState;
  today: string;
  as_of: string;
  dry_run: boolean;
  fresh: boolean;
  configuration_version: number;
  environment: string | null;
  batch_size: number;
  contact_count: number;
  former_plan_number: number | null;
  former_base_id: string | null;
  former_segment_run_ids: string[];
  restored_plan_number: number | null;
  /** This and the following: of a restore only. */
  restored_base_id: string;
  restored_segment_run_ids: string[];
  restored_run_id: string;
  restored_snapshot: string;
  is_of_other_configuration: boolean;
  snapshot: string;
  base_id: string | null;
  rounds: number;
  started_at: Date;
}

/** Whether the run writes all of its plan into a base of its own, not what has changed into that of the plan before. */
export function isOnNewBase(run: RunRecord): boolean {
  return run.baseId !== run.formerPlan?.baseId;
}

/** Whether rows of the plan in force may stay where they are: they are neither drawn anew nor put back. */
export function mayStayAsBefore(run: RunRecord): boolean {
  return run.formerPlan !== null && !run.isFresh && run.restoredPlan === null;
}

export interface BatchRange {
  readonly afterContactId: number;
  readonly lastContactId: number;
}

/**
 * Locks a batch's checkpoint for the transaction. A second attempt at the same batch waits here and
 * then finds it done: Temporal does not stop an attempt that it has given up on.
 * @returns the range of the batch, or `null` if it is done already
 */
export async function lockCheckpoint(
  client: ClientBase,
  runId: number,
  phase: BatchPhase,
  batch: number,
): Promise<BatchRange | null> {
  const { rows } = await client.query<{ done: boolean; after_contact_id: string; last_contact_id: string }>(
    `SELECT done, after_contact_id, last_contact_id FROM scheduler_checkpoints
     WHERE run_id = $1 AND phase = $2 AND batch = $3 FOR UPDATE`,
    [runId, phase, batch],
  );
  for (const before of PHASES_BEFORE[phase]) await assertPhaseDone(client, runId, before);
  const row = rows[0];
  if (row === undefined) {
    throw new SchedulerError('RUN_NOT_RUNNING', `Run ${runId} has no batch ${batch} of phase ${phase}.`);
  }
  if (row.done) return null;
  return { afterContactId: Number(row.after_contact_id), lastContactId: Number(row.last_contact_id) };
}

/** What has to be done before a phase may begin. */
const PHASES_BEFORE: Record<BatchPhase, readonly BatchPhase[]> = {
  place: [],
  shape: ['place'],
  collect: ['shape'],
  redistribute: ['shape'],
  apply: ['redistribute'],
  seal: ['apply'],
};

/**
 * An attempt that was stuck since before its run started over must not decide anything from the half that
 * the run has done again so far.
 * @throws SchedulerError RUN_NOT_RUNNING
 */
export async function assertPhaseDone(client: ClientBase, runId: number, phase: BatchPhase): Promise<void> {
  const { rows } = await client.query<{ open: number }>(
    `SELECT count(*)::integer AS open FROM scheduler_checkpoints
     WHERE run_id = $1 AND phase = $2 AND NOT done`,
    [runId, phase],
  );
  const { open } = rows[0]!;
  if (open === 0) return;
  throw new SchedulerError(
    'RUN_NOT_RUNNING',
    `Phase ${phase} of run ${runId} has ${open} batch(es) to do: the run has started over since.`,
  );
}

export async function isCheckpointDone(
  client: ClientBase,
  runId: number,
  phase: BatchPhase,
  batch: number,
): Promise<boolean> {
  const { rows } = await client.query<{ done: boolean }>(
    'SELECT done FROM scheduler_checkpoints WHERE run_id = $1 AND phase = $2 AND batch = $3',
    [runId, phase, batch],
  );
  return rows[0]?.done ?? false;
}

export async function finishCheckpoint(
  client: ClientBase,
  runId: number,
  phase: BatchPhase,
  batch: number,
  record: { readonly counts: object; readonly timings: object },
): Promise<void> {
  await client.query(
    `UPDATE scheduler_checkpoints SET done = true, counts = $4, timings = $5, finished_at = clock_timestamp()
     WHERE run_id = $1 AND phase = $2 AND batch = $3`,
    [runId, phase, batch, record.counts, record.timings],
  );
}

/** Cuts the organization's contacts into ranges of ids that leave out none, gone contacts included. */
export async function cutBatches(
  client: ClientBase,
  runId: number,
  organizationId: number,
  batchSize: number,
  formerBaseId: number | null,
): Promise<number> {
  const { rows } = await client.query<{ batches: number }>(
    `WITH numbered AS (
       SELECT id, row_number() OVER (ORDER BY id) AS number FROM contacts
       WHERE organization_id = $2 AND deleted_at IS NULL
     ), lasts AS (
       SELECT id FROM numbered WHERE number % $3 = 0
       UNION
       -- The last id that the run may meet: contacts that come later are planned before publication.
       SELECT greatest(
         (SELECT max(id) FROM contacts WHERE organization_id = $2),
         (SELECT max(p.contact_id) FROM plan_rows p WHERE p.base_id = $4),
         0)
     ), batches AS (
       SELECT (row_number() OVER (ORDER BY id) - 1)::integer AS batch,
         coalesce(lag(id) OVER (ORDER BY id), -1) AS after_contact_id, id AS last_contact_id
       FROM lasts
     ), inserted AS (
       INSERT INTO scheduler_checkpoints (run_id, phase, batch, after_contact_id, last_contact_id)
       SELECT $1, phase, batch, after_contact_id, last_contact_id
       FROM batches, unnest(ARRAY['place', 'collect', 'apply']) AS phase
     ), sized AS (
       UPDATE scheduler_runs SET batch_size = $3 WHERE id = $1
     ), single AS (
       INSERT INTO scheduler_checkpoints (run_id, phase, batch)
       SELECT $1, phase, 0 FROM unnest(ARRAY['shape', 'redistribute', 'seal']) AS phase
     )
     SELECT count(*)::integer AS batches FROM batches`,
    [runId, organizationId, batchSize, formerBaseId ?? 0],
  );
  return rows[0]!.batches;
}
