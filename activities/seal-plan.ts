import type { RunRef } from '../src/contracts/schedule-run.ts';
import { attachBase, countSegmentRows } from '../src/db/plan-bases.ts';
import { finishCheckpoint, holdRun, isOnNewBase, lockCheckpoint, type RunRecord } from '../src/db/runs.ts';
import { inTransaction } from '../src/db/transaction.ts';
import type { Books } from '../src/domain/books.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { outOfBalance } from './draft-plan.ts';
import { readBooks } from './read-books.ts';
import { Stopwatch } from './stopwatch.ts';

/**
 * A new base gets its indexes after its rows, and becomes a partition; still no reader sees it. Here the rows
 * are counted once more: publication has no time for it under the organization's lock.
 * @throws SchedulerError RUN_OUT_OF_BALANCE if they are not as many as the books say
 */
export async function sealPlan({ pool }: ActivityDependencies, { runId }: RunRef): Promise<void> {
  await inTransaction(pool, async (client) => {
    const run = await holdRun(client, runId);
    if ((await lockCheckpoint(client, runId, 'seal', 0)) === null) return;
    const stopwatch = new Stopwatch();
    const rows = await countSegmentRows(client, run.baseId!, runId);
    const expectedRows = rowsToWrite(run, await readBooks(client, runId));
    if (rows !== expectedRows)
      throw outOfBalance(run, `rows of the plan: ${rows}, by the books ${expectedRows}`);
    stopwatch.lap('counting');
    if (isOnNewBase(run)) await attachBase(client, run.baseId!);
    stopwatch.lap('indexing');
    await finishCheckpoint(client, runId, 'seal', 0, { counts: { rows }, timings: stopwatch.laps });
  });
}

/** A new base has every row of the plan, one that was there already takes what has changed. */
function rowsToWrite(run: RunRecord, books: Books): number {
  const { added, changed } = books.counts.changes;
  if (!isOnNewBase(run)) return added + changed;
  return books
    .daysWithMail()
    .reduce((sum, { counts }) => sum + counts.pre_scheduled + counts.skipped_with_place + counts.skipped, 0);
}
