import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import { readFacts } from '../src/db/read-facts.ts';
import { finishCheckpoint, holdRun, lockCheckpoint } from '../src/db/runs.ts';
import { readShapeDecision } from '../src/db/shape-shares.ts';
import { packMovableMails, writeShare } from '../src/db/shares.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { MovableMailsBuilder } from '../src/domain/movable-mails.ts';
import { collectPlaced, tryPlaceContact } from '../src/domain/planning.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { factsOfBatch } from './place-batch.ts';
import type { RunPlanning } from './run-planning.ts';
import { Stopwatch } from './stopwatch.ts';

/** Second pass, of days that are too full only: which of the batch's mails may be moved off them, and where to. */
export async function collectMovableMails(
  { pool }: ActivityDependencies,
  planning: RunPlanning,
  { runId, batch }: BatchRef,
): Promise<BatchResult> {
  return inTransaction(pool, async (client) => {
    const run = await holdRun(client, runId);
    const range = await lockCheckpoint(client, runId, 'collect', batch);
    if (range === null) return { contacts: 0 };
    const context = await planning.contextOf(client, run);
    const decision = await readShapeDecision(client, runId);
    const stopwatch = new Stopwatch();

    const facts = await readFacts(client, factsOfBatch(run, range));
    stopwatch.lap('reading');
    const days = {
      smoothed: new Set(decision.smoothedDays),
      overfull: new Set(decision.overfullDays),
    };
    const builder = new MovableMailsBuilder();
    let contacts = 0;
    for (const of of facts) {
      contacts += 1;
      collectPlaced(builder, context, tryPlaceContact(context, of), days);
    }
    const mails = builder.build();
    stopwatch.lap('planning');
    await writeShare(client, runId, 'movable', batch, packMovableMails(mails));
    stopwatch.lap('writing');

    const record = { counts: { mails: mails.count }, timings: stopwatch.laps };
    await finishCheckpoint(client, runId, 'collect', batch, record);
    return { contacts };
  });
}
