import type { PoolClient } from 'pg';
import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import { readFacts } from '../src/db/read-facts.ts';
import { finishCheckpoint, holdRun, lockCheckpoint, type RunRecord } from '../src/db/runs.ts';
import { inTransaction } from '../src/db/transaction.ts';
import type { ContactFacts, PlanningContext } from '../src/domain/placing.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { RunPlanning } from './run-planning.ts';
import { Stopwatch } from './stopwatch.ts';

interface Batch {
  readonly client: PoolClient;
  readonly run: RunRecord;
  readonly context: PlanningContext;
  /**
   * The batch's contacts, with plan and ledger as the run's snapshot has them; to be gone through once.
   * @param contactIds only these; default: all
   */
  readonly readFacts: (contactIds?: readonly number[]) => Promise<Iterable<ContactFacts>>;
  readonly stopwatch: Stopwatch;
}

/**
 * One pass over one batch, in one transaction: whatever it writes and its checkpoint are there together, and
 * a batch that is done is not done again.
 */
export async function inBatch(
  { pool }: ActivityDependencies,
  planning: RunPlanning,
  phase: 'place' | 'collect' | 'apply',
  { runId, batch }: BatchRef,
  work: (batch: Batch) => Promise<{ readonly contacts: number; readonly counts: object }>,
): Promise<BatchResult> {
  return inTransaction(pool, async (client) => {
    const run = await holdRun(client, runId);
    const range = await lockCheckpoint(client, runId, phase, batch);
    if (range === null) return { contacts: 0 };
    const context = await planning.contextOf(client, run);
    const stopwatch = new Stopwatch();
    const readFactsOf = async (contactIds?: readonly number[]): Promise<Iterable<ContactFacts>> => {
      const facts = await readFacts(client, {
        organizationId: run.organizationId,
        selection: contactIds === undefined ? range : { contactIds },
        planInForce: run.formerPlan,
        instanceIds: context.campaigns.plannedIds,
        restoredPlan: run.restoredPlan,
        snapshot: run.snapshot,
      });
      stopwatch.lap('reading');
      return facts;
    };
    const { contacts, counts } = await work({ client, run, context, readFacts: readFactsOf, stopwatch });
    await finishCheckpoint(client, runId, phase, batch, { counts, timings: stopwatch.laps });
    return { contacts };
  });
}
