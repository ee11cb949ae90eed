import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import { packTally } from '../src/db/shape-shares.ts';
import { writeShare } from '../src/db/shares.ts';
import { tallyContact } from '../src/domain/planning.ts';
import { emptyTally } from '../src/domain/shaping.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { inBatch } from './in-batch.ts';
import type { RunPlanning } from './run-planning.ts';

/** First pass: where the batch's mails lie before shaping, as sums per day. */
export async function placeBatch(
  dependencies: ActivityDependencies,
  planning: RunPlanning,
  ref: BatchRef,
): Promise<BatchResult> {
  return inBatch(dependencies, planning, 'place', ref, async ({ client, context, facts, stopwatch }) => {
    const tally = emptyTally();
    let contacts = 0;
    for (const of of facts) {
      tallyContact(tally, context, of);
      contacts += 1;
    }
    stopwatch.lap('planning');
    await writeShare(client, ref.runId, 'tally', ref.batch, packTally(tally));
    stopwatch.lap('writing');
    return { contacts, counts: { contacts } };
  });
}
