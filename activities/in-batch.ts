import type { PoolClient } from 'pg';
import type { BatchRef, BatchResult } from '../src/contracts/schedule-run.ts';
import type { ContactSelection } from '../src/db/contact-selection.ts';
import { readFacts } from '../src/db/read-facts.ts';
import {
  finishCheckpoint,
  holdRun,
  lockCheckpoint,
  type BatchRange,
  type RunRecord,
} from '../src/db/runs.ts';
import { inTransaction } from '../src/db/transaction.ts';
import type { ContactFacts, PlanningContext } from '../src/domain/placing.ts';
import type { ActivityDependencies } from './dependencies.ts';
import type { RunPlanning } from './run-planning.ts';
import { Stopwatch } from './stopwatch.ts';

interface Batch {
  readonly client: PoolClient;
  readonly run: RunRecord;
  readonly context: PlanningContext;
  /** Of the batch's contacts, with plan and ledger as the run's snapshot has them; to be gone through once. */
  readonly facts: Iterable<ContactFacts>;
  readonly stopwatch: Stopwatch;
}

/** What a pass does with a batch. */
interface Pass {
  /** The batch's contacts that are wanted; default: all. */
  readonly select?: (client: PoolClient, run: RunRecord, range: BatchRange) => Promise<ContactSelection>;
  readonly work: (batch: Batch) => Promise<{ readonly contacts: number; readonly counts: object }>;
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
  { select, work }: Pass,
): Promise<BatchResult> {
  return inTransaction(pool, async (client) => {
    const run = await holdRun(client, runId);
    const range = await lockCheckpoint(client, runId, phase, batch);
    if (range === null) return { contacts: 0 };
    const context = await planning.contextOf(client, run);
    const stopwatch = new Stopwatch();
    const facts = await readFacts(client, {
      organizationId: run.organizationId,
      selection: (await select?.(client, run, range)) ?? range,
      planInForce: run.formerPlan,
      instanceIds: context.campaigns.plannedIds,
      restoredPlan: run.restoredPlan,
      snapshot: run.snapshot,
    });
    stopwatch.lap('reading');
    const { contacts, counts } = await work({ client, run, context, facts, stopwatch });
    await finishCheckpoint(client, runId, phase, batch, { counts, timings: stopwatch.laps });
    return { contacts };
  });
}
