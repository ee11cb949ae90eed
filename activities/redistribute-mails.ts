import type { ClientBase } from 'pg';
import type { RedistributeResult, RunRef } from '../src/contracts/schedule-run.ts';
import { createBase } from '../src/db/plan-bases.ts';
import { assertPhaseDone, finishCheckpoint, holdRun, lockCheckpoint } from '../src/db/runs.ts';
import { readShapeDecision, writeMoves } from '../src/db/shape-shares.ts';
import { readShares, unpackMovableMails } from '../src/db/shares.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { DayCounts } from '../src/domain/day-counts.ts';
import { MovableMails } from '../src/domain/movable-mails.ts';
import { redistribute } from '../src/domain/shaping.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { limitsOf, type RunPlanning } from './run-planning.ts';
import { Stopwatch } from './stopwatch.ts';

/**
 * Second pass, second half: brings the days that are too full down to the cap, in one global order, and
 * opens the base into which the third pass writes.
 */
export async function redistributeMails(
  { pool }: ActivityDependencies,
  planning: RunPlanning,
  { runId }: RunRef,
): Promise<RedistributeResult> {
  return inTransaction(pool, async (client) => {
    const run = await holdRun(client, runId, 'NO KEY UPDATE');
    const isDone = (await lockCheckpoint(client, runId, 'redistribute', 0)) === null;
    if (isDone) return { moved: 0, overCapDays: 0 };

    const decision = await readShapeDecision(client, runId);
    if (decision.overfullDays.length > 0 && !decision.isCollected) {
      await assertPhaseDone(client, runId, 'collect');
    }
    const stopwatch = new Stopwatch();
    const context = await planning.contextOf(client, run);
    const { batches, mails } = await readMovableMails(client, runId);
    stopwatch.lap('reading');
    const overCapDays = redistribute(
      DayCounts.of(decision.volumes),
      decision.overfullDays,
      mails,
      new Set(decision.smoothedDays),
      limitsOf(run, context),
      context.configuration.load.redistributeWithinDays,
    );
    stopwatch.lap('planning');
    let moved = 0;
    for (const { batch, fromIndex, untilIndex } of batches) {
      const moves = mails.moves(fromIndex, untilIndex);
      moved += moves.length;
      await writeMoves(client, runId, batch, moves);
    }
    const baseId = decision.writesNewBase
      ? await createBase(client, run.organizationId, runId)
      : run.formerPlan!.baseId;
    await client.query('UPDATE scheduler_runs SET base_id = $2 WHERE id = $1', [runId, baseId]);

    stopwatch.lap('writing');

    const result = { moved, overCapDays: overCapDays.length };
    await finishCheckpoint(client, runId, 'redistribute', 0, { counts: result, timings: stopwatch.laps });
    return result;
  });
}

interface BatchOfMails {
  readonly batch: number;
  readonly fromIndex: number;
  readonly untilIndex: number;
}

async function readMovableMails(
  client: ClientBase,
  runId: number,
): Promise<{ readonly batches: BatchOfMails[]; readonly mails: MovableMails }> {
  const parts: MovableMails[] = [];
  const batches: BatchOfMails[] = [];
  let count = 0;
  for await (const { batch, data } of readShares(client, runId, 'movable')) {
    const part = unpackMovableMails(data);
    parts.push(part);
    batches.push({ batch, fromIndex: count, untilIndex: count + part.count });
    count += part.count;
  }
  return { batches, mails: MovableMails.concat(parts) };
}
