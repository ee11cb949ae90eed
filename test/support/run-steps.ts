/** The steps of a run one by one, to be done twice, or ended in the midst of. */
import { applyBatch } from '../../activities/apply-batch.ts';
import { collectMovableMails } from '../../activities/collect-movable-mails.ts';
import { placeBatch } from '../../activities/place-batch.ts';
import { redistributeMails } from '../../activities/redistribute-mails.ts';
import { sealPlan } from '../../activities/seal-plan.ts';
import { shapePlan } from '../../activities/shape-plan.ts';
import type { OpenedRun } from '../../src/contracts/schedule-run.ts';
import type { GatedPhase } from './gates.ts';
import type { PlanRunner } from './run-planning.ts';

export interface RunStep {
  readonly phase: GatedPhase;
  readonly work: () => Promise<unknown>;
}

/** From the first on, each with the work of its first batch. */
export function stepsOf(runner: PlanRunner, run: OpenedRun): readonly RunStep[] {
  const { dependencies, planning } = runner;
  const first = { runId: run.runId, batch: 0 };
  return [
    { phase: 'place', work: () => placeBatch(dependencies, planning, first) },
    { phase: 'shape', work: () => shapePlan(dependencies, planning, run) },
    { phase: 'collect', work: () => collectMovableMails(dependencies, planning, first) },
    { phase: 'redistribute', work: () => redistributeMails(dependencies, planning, run) },
    { phase: 'apply', work: () => applyBatch(dependencies, planning, first) },
    { phase: 'seal', work: () => sealPlan(dependencies, run) },
    { phase: 'publish', work: () => runner.publish(run) },
  ];
}

/** All of a phase, so that the next can be done. */
export async function completePhase(runner: PlanRunner, run: OpenedRun, phase: GatedPhase): Promise<void> {
  const { dependencies, planning } = runner;
  for (let batch = 0; batch < run.batches; batch += 1) {
    const ref = { runId: run.runId, batch };
    if (phase === 'place') await placeBatch(dependencies, planning, ref);
    if (phase === 'collect') await collectMovableMails(dependencies, planning, ref);
    if (phase === 'apply') await applyBatch(dependencies, planning, ref);
  }
}
