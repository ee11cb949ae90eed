/** A whole planning run in this process, by the activities themselves: what the workflow does, without Temporal. */
import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { applyBatch } from '../../activities/apply-batch.ts';
import { collectMovableMails } from '../../activities/collect-movable-mails.ts';
import type { ActivityDependencies } from '../../activities/dependencies.ts';
import { openRun } from '../../activities/open-run.ts';
import { placeBatch } from '../../activities/place-batch.ts';
import { publishPlan } from '../../activities/publish-plan.ts';
import { redistributeMails } from '../../activities/redistribute-mails.ts';
import { RunPlanning } from '../../activities/run-planning.ts';
import { sealPlan } from '../../activities/seal-plan.ts';
import { shapePlan } from '../../activities/shape-plan.ts';
import type {
  BatchRef,
  OpenedRun,
  OpenRunResult,
  PublishResult,
  RunSummary,
  WorkflowRef,
} from '../../src/contracts/schedule-run.ts';
import { cutBatches, holdRun } from '../../src/db/runs.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import type { Hash32 } from '../../src/domain/occurrence.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import { Random } from '../model/random.ts';

export type Step =
  | 'place'
  | 'second place batch'
  | 'shape'
  | 'collect'
  | 'redistribute'
  | 'apply'
  | 'second apply batch'
  | 'seal'
  | 'publish';

export interface RunOptions {
  readonly organization: string;
  readonly asOf?: string;
  readonly fresh?: boolean;
  readonly dryRun?: boolean;
  readonly ifRunning?: 'refuse' | 'queue';
  readonly restore?: number;
  readonly preview?: string;
  readonly requestedBy?: string;
  /** Contacts per batch, also fewer than the 100 that people may ask for. */
  readonly batchSize?: number;
  /** Takes the batches in an order drawn from this seed, three at once; default: one after the other. */
  readonly shuffleSeed?: number;
  /** What happens in the world just before a step; in each round. */
  readonly before?: Partial<Record<Step, () => Promise<unknown>>>;
}

/** Runs plans with the dependencies of one worker. */
export class PlanRunner {
  readonly dependencies: ActivityDependencies;
  readonly planning: RunPlanning;

  constructor(dependencies: ActivityDependencies) {
    this.dependencies = dependencies;
    this.planning = new RunPlanning(dependencies.hash);
  }

  /** Opens, goes through all steps and ends; starts over as often as it has to. */
  async run(options: RunOptions): Promise<RunSummary> {
    return this.finish(await this.open(options), options);
  }

  async open(options: RunOptions, workflow: WorkflowRef = newWorkflow()): Promise<OpenedRun> {
    const result = await this.tryOpen(options, workflow);
    if (result.outcome === 'queued') throw new Error(`queued behind run ${result.behindRunId}`);
    const { batchSize } = options;
    if (batchSize === undefined) return result.run;
    const batches = await recut(this.dependencies.pool, result.run, batchSize);
    return { ...result.run, batches };
  }

  async tryOpen(options: RunOptions, workflow: WorkflowRef): Promise<OpenRunResult> {
    const { batchSize: _batchSize, shuffleSeed: _shuffleSeed, before: _before, ...input } = options;
    return openRun(this.dependencies, this.planning, { input, workflow });
  }

  async finish(opened: OpenedRun, options: Omit<RunOptions, 'organization'> = {}): Promise<RunSummary> {
    let run = opened;
    for (;;) {
      await this.prepare(run, options);
      await options.before?.publish?.();
      const result = await this.publish(run);
      if (result.outcome === 'ended') return result.summary;
      run = result.run;
    }
  }

  /** All steps up to publication. */
  async prepare(run: OpenedRun, options: Omit<RunOptions, 'organization'> = {}): Promise<void> {
    const { dependencies, planning } = this;
    const { before = {}, shuffleSeed } = options;
    const forEach = (work: (ref: BatchRef) => Promise<unknown>) => eachBatch(run, shuffleSeed, work);
    await before.place?.();
    await forEach(async (ref) => {
      if (ref.batch === 1) await before['second place batch']?.();
      await placeBatch(dependencies, planning, ref);
    });
    await before.shape?.();
    const { overfullDays, isCollected } = await shapePlan(dependencies, planning, run);
    if (overfullDays > 0 && !isCollected) {
      await before.collect?.();
      await forEach((ref) => collectMovableMails(dependencies, planning, ref));
    }
    await before.redistribute?.();
    await redistributeMails(dependencies, planning, run);
    await before.apply?.();
    await forEach(async (ref) => {
      if (ref.batch === 1) await before['second apply batch']?.();
      await applyBatch(dependencies, planning, ref);
    });
    await before.seal?.();
    await sealPlan(dependencies, run);
  }

  async publish(run: OpenedRun): Promise<PublishResult> {
    return publishPlan(this.dependencies, this.planning, run);
  }
}

export interface WorkerSetup {
  readonly pool: Pool;
  readonly configurationFolder: string;
  /** Milliseconds since 1970; default: noon of 24 November 2026 in Chicago. */
  readonly now?: () => number;
  readonly hash?: Hash32;
  /** Default: every workflow is open. */
  readonly isWorkflowOpen?: ActivityDependencies['isWorkflowOpen'];
}

export async function createRunner(setup: WorkerSetup): Promise<PlanRunner> {
  return new PlanRunner({
    pool: setup.pool,
    hash: setup.hash ?? (await loadHash32()),
    now: setup.now ?? (() => Date.parse('2026-11-24T18:00:00Z')),
    configurationFolder: setup.configurationFolder,
    environment: null,
    isWorkflowOpen: setup.isWorkflowOpen ?? (() => Promise.resolve(true)),
  });
}

export function newWorkflow(): WorkflowRef {
  return { workflowId: `test-${randomUUID()}`, chainId: randomUUID() };
}

const BATCHES_AT_ONCE = 3;

async function eachBatch(
  { runId, batches }: OpenedRun,
  shuffleSeed: number | undefined,
  work: (ref: BatchRef) => Promise<unknown>,
): Promise<void> {
  const inOrder = Array.from({ length: batches }, (_, batch) => batch);
  const order = shuffleSeed === undefined ? inOrder : new Random(shuffleSeed).sample(inOrder, batches);
  const takeBatches = async (): Promise<void> => {
    for (let batch = order.shift(); batch !== undefined; batch = order.shift()) await work({ runId, batch });
  };
  const workers = shuffleSeed === undefined ? 1 : BATCHES_AT_ONCE;
  await Promise.all(Array.from({ length: workers }, takeBatches));
}

/** Cuts a run that has just been opened into smaller batches than its input may ask for. */
async function recut(pool: Pool, { runId, organizationId }: OpenedRun, batchSize: number): Promise<number> {
  return inTransaction(pool, async (client) => {
    const { formerPlan } = await holdRun(client, runId);
    await client.query('DELETE FROM scheduler_checkpoints WHERE run_id = $1', [runId]);
    return cutBatches(client, runId, organizationId, batchSize, formerPlan?.baseId ?? null);
  });
}
