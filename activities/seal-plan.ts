import type { RunRef } from '../src/contracts/schedule-run.ts';
import { attachBase } from '../src/db/plan-bases.ts';
import { finishCheckpoint, holdRun, lockCheckpoint } from '../src/db/runs.ts';
import { inTransaction } from '../src/db/transaction.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { Stopwatch } from './stopwatch.ts';

/** A new base gets its indexes after its rows, and becomes a partition; still no reader sees it. */
export async function sealPlan({ pool }: ActivityDependencies, { runId }: RunRef): Promise<void> {
  await inTransaction(pool, async (client) => {
    const run = await holdRun(client, runId);
    if ((await lockCheckpoint(client, runId, 'seal', 0)) === null) return;
    const stopwatch = new Stopwatch();
    if (run.baseId !== run.formerPlan?.baseId) await attachBase(client, run.baseId!);
    stopwatch.lap('indexing');
    await finishCheckpoint(client, runId, 'seal', 0, { counts: {}, timings: stopwatch.laps });
  });
}
