import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import { readFacts } from '../src/db/read-facts.ts';
import {
  finishCheckpoint,
  holdRun,
  lockCheckpoint,
  type BatchRange,
  type RunRecord,
} from '../src/db/runs.ts';
import { packTally } from '../src/db/shape-shares.ts';
import { writeShare } from '../src/db/shares.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { tallyContact } from '../src/domain/planning.ts';
import { emptyTally } from '../src/domain/shaping.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { RunPlanning } from './run-planning.ts';
import { Stopwatch } from './stopwatch.ts';

/** First pass: where the batch's mails lie before shaping, as sums per day. */
export async function placeBatch(
  { pool }: ActivityDependencies,
  planning: RunPlanning,
  { runId, batch }: BatchRef,
): Promise<BatchResult> {
  return inTransaction(pool, async (client) => {
    const run = await holdRun(client, runId);
    const range = await lockCheckpoint(client, runId, 'place', batch);
    if (range === null) return { contacts: 0 };
    const context = await planning.contextOf(client, run);
    const stopwatch = new Stopwatch();

    const facts = await readFacts(client, factsOfBatch(run, range));
    stopwatch.lap('reading');
    const tally = emptyTally();
    let contacts = 0;
    for (const of of facts) {
      tallyContact(tally, context, of);
      contacts += 1;
    }
    stopwatch.lap('planning');
    await writeShare(client, runId, 'tally', batch, packTally(tally));
    stopwatch.lap('writing');

    const counts = { contacts };
    await finishCheckpoint(client, runId, 'place', batch, {
      counts,
      timings: stopwatch.laps,
    });
    return counts;
  });
}

/** A batch sees plan and ledger as the run's snapshot has them. */
export function factsOfBatch(run: RunRecord, range: BatchRange): Parameters<typeof readFacts>[1] {
  return {
    organizationId: run.organizationId,
    selection: range,
    planInForce: run.formerPlan,
    snapshot: run.snapshot,
  };
}
