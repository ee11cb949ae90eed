import type { RunRef, ShapeResult } from '../src/contracts/schedule-run.ts';
import { finishCheckpoint, holdRun, lockCheckpoint, type RunRecord } from '../src/db/runs.ts';
import {
  addPackedTally,
  readLedgerVolumes,
  readShapeDecision,
  writeShapeDecision,
} from '../src/db/shape-shares.ts';
import { readShares } from '../src/db/shares.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { formatDay } from '../src/domain/calendar.ts';
import { shapeTally } from '../src/domain/planning.ts';
import { emptyTally, type PlacementTally } from '../src/domain/shaping.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { limitsOf, type RunPlanning } from './run-planning.ts';
import { Stopwatch } from './stopwatch.ts';

/** Second pass, first half: smoothing, and which days are too full after it. */
export async function shapePlan(
  { pool }: ActivityDependencies,
  planning: RunPlanning,
  { runId }: RunRef,
): Promise<ShapeResult> {
  return inTransaction(pool, async (client) => {
    const run = await holdRun(client, runId);
    const isDone = (await lockCheckpoint(client, runId, 'shape', 0)) === null;
    if (isDone) return resultOf(await readShapeDecision(client, runId));

    const context = await planning.contextOf(client, run);
    const stopwatch = new Stopwatch();
    const tally = emptyTally();
    const foreseen: ReadonlySet<number>[] = [];
    for await (const { data } of readShares(client, runId, 'tally')) {
      const days = addPackedTally(tally, data);
      if (days !== null) foreseen.push(new Set(days));
    }
    const ledger = await readLedgerVolumes(client, run.organizationId, formatDay(run.asOfDay), run.snapshot);
    stopwatch.lap('reading');
    const { smoothedDays, overfullDays, volumes } = shapeTally(
      context,
      tally,
      ledger,
      limitsOf(run, context),
    );

    const decision = {
      smoothedDays,
      overfullDays,
      isCollected: overfullDays.every((day) => foreseen.every((days) => days.has(day))),
      volumes: volumes.entries(),
      writesNewBase: writesNewBase(run, tally),
    };
    stopwatch.lap('planning');
    await writeShapeDecision(client, runId, decision);
    await finishCheckpoint(client, runId, 'shape', 0, { counts: tally.rows, timings: stopwatch.laps });
    return resultOf(decision);
  });
}

function resultOf(decision: {
  smoothedDays: readonly number[];
  overfullDays: readonly number[];
  isCollected: boolean;
}): ShapeResult {
  return {
    smoothedDays: decision.smoothedDays.length,
    overfullDays: decision.overfullDays.length,
    isCollected: decision.isCollected,
  };
}

/** Closing rows one by one costs more than writing them all into a new base once a good part changes. */
const NEW_BASE_ABOVE_CHANGED_SHARE = 0.25;

/** So many runs may add to a base before a new one is due: ended rows stay in it and are read past. */
const MAX_SEGMENTS = 90;

function writesNewBase(run: RunRecord, { rows }: PlacementTally): boolean {
  if (run.formerPlan === null || run.isFresh || run.restoredPlan !== null) return true;
  if (run.formerPlan.segmentRunIds.length >= MAX_SEGMENTS) return true;
  return rows.mails - rows.asBefore > rows.mails * NEW_BASE_ABOVE_CHANGED_SHARE;
}
