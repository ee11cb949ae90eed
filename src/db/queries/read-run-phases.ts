import type { ClientBase, Pool } from 'pg';
import type { BatchPhase } from '../runs.ts';

export interface StoredPhase {
  readonly phase: BatchPhase;
  readonly batchesDone: number;
  readonly batches: number;
  /** When the last batch so far was done. */
  readonly doneAt: Date | null;
  /** Milliseconds of work by its kind (reading, planning, writing …), all batches together. */
  readonly workMs: Readonly<Record<string, number>>;
}

/** How far each phase of the run has come, by its checkpoints, in the order in which they are gone through. */
export async function readRunPhases(db: ClientBase | Pool, runId: number): Promise<StoredPhase[]> {
  const { rows } = await db.query<StoredPhase>(
    `SELECT phase, count(*) FILTER (WHERE done)::integer AS "batchesDone", count(*)::integer AS batches,
       max(finished_at) AS "doneAt",
       coalesce((
         SELECT jsonb_object_agg(kind, ms) FROM (
           SELECT kind, round(sum(value::numeric)) AS ms
           FROM scheduler_checkpoints of, jsonb_each_text(of.timings) AS work (kind, value)
           WHERE of.run_id = $1 AND of.phase = c.phase GROUP BY kind) by_kind), '{}') AS "workMs"
     FROM scheduler_checkpoints c WHERE run_id = $1 GROUP BY phase
     ORDER BY array_position(ARRAY['place', 'shape', 'collect', 'redistribute', 'apply', 'seal'], phase)`,
    [runId],
  );
  return rows;
}
