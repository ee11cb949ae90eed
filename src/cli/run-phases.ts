/** How long the phases of a run took, and where it is or stopped. */
import type { StoredRun } from '../db/queries/list-runs.ts';
import type { StoredPhase } from '../db/queries/read-run-phases.ts';

export interface PhaseReport {
  /** A batch phase, or `publish`. */
  readonly phase: string;
  readonly batchesDone: number;
  readonly batches: number;
  /** From the end of the phase before; `null`: it has not ended. */
  readonly tookMs: number | null;
  /** Milliseconds of work by kind, all batches together: several are worked on at once. */
  readonly workMs: Readonly<Record<string, number>>;
}

/** Phases that were passed over (no day was too full) are left out. */
export function phasesOf(stored: readonly StoredPhase[], run: StoredRun): PhaseReport[] {
  const isShaped = stored.some(({ phase, batchesDone }) => phase === 'redistribute' && batchesDone > 0);
  const isEnded = run.state === 'published' || run.state === 'dry_run';
  const phases: PhaseReport[] = [];
  let beganMs = Number(run.startedAt);
  for (const { phase, batchesDone, batches, doneAt, workMs } of stored) {
    if (phase === 'collect' && batchesDone === 0 && isShaped) continue;
    const isDone = batchesDone === batches && doneAt !== null;
    phases.push({ phase, batchesDone, batches, workMs, tookMs: isDone ? Number(doneAt) - beganMs : null });
    if (isDone) beganMs = Number(doneAt);
  }
  const tookMs = isEnded && run.finishedAt !== null ? Number(run.finishedAt) - beganMs : null;
  const publish = { phase: 'publish', batchesDone: isEnded ? 1 : 0, batches: 1, tookMs, workMs: {} };
  return stored.length === 0 ? [] : [...phases, publish];
}

/**
 * Where the run is or stopped; `null`: it came to its end, or never began. Collecting may be passed over, which the
 * checkpoints tell only afterwards: until then, what Temporal has under way does.
 */
export function currentPhaseOf(
  phases: readonly PhaseReport[],
  { state }: StoredRun,
  underWay: readonly { readonly name: string }[],
): string | null {
  if (state === 'published' || state === 'dry_run') return null;
  const current = phases.find(({ batchesDone, batches }) => batchesDone < batches)?.phase ?? null;
  const isRedistributing = underWay.some(({ name }) => name === 'redistributeMails');
  return current === 'collect' && isRedistributing ? 'redistribute' : current;
}
