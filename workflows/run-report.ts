/** What a run tells while it goes on: the query `progress`, and the details that Temporal Web shows. */
import { defineQuery } from '@temporalio/workflow';
import {
  PROGRESS_QUERY,
  type OpenedRun,
  type Phase,
  type RunProgress,
  type RunSummary,
} from '../src/contracts/schedule-run.ts';

export const progressQuery = defineQuery<RunProgress>(PROGRESS_QUERY);

const PHASE_TEXTS: Record<Phase, string> = {
  open: 'opening the run',
  queued: 'waiting for another run',
  place: 'placing every contact’s mails',
  shape: 'smoothing',
  collect: 'collecting the mails of days that are too full',
  redistribute: 'bringing full days down to the cap',
  apply: 'settling conflicts and frequency, writing rows',
  seal: 'indexing',
  publish: 'publishing',
  ended: 'ended',
};

export class RunReport {
  progress: RunProgress = {
    phase: 'open',
    runId: null,
    asOf: null,
    contacts: 0,
    batches: 0,
    batchesDone: 0,
    round: 1,
    phaseMs: {},
  };
  private enteredMs = Date.now();
  private readonly show: (details: string) => void;

  constructor(show: (details: string) => void) {
    this.show = show;
  }

  enter(phase: Phase): void {
    this.update({ phase, batchesDone: 0, phaseMs: this.durations() });
  }

  /** Date.now() is the workflow's own time: the same in every replay. */
  private durations(): RunProgress['phaseMs'] {
    const { phase, phaseMs } = this.progress;
    const spentMs = Date.now() - this.enteredMs;
    this.enteredMs = Date.now();
    return { ...phaseMs, [phase]: (phaseMs[phase] ?? 0) + spentMs };
  }

  queuedBehind(runId: number): void {
    this.update({ phase: 'queued' }, `behind run ${runId}`);
  }

  opened(run: OpenedRun, round: number): void {
    const { runId, asOf, contacts, batches } = run;
    this.update({ runId, asOf, contacts, batches, round });
  }

  batchDone(): void {
    this.update({ batchesDone: this.progress.batchesDone + 1 });
  }

  ended({ planNumber, counts, checksum }: RunSummary): void {
    const { contacts, occurrences } = counts;
    const skipped = Object.entries(occurrences.skipped).map(([reason, count]) => `${reason} ${count}`);
    this.update(
      { phase: 'ended', phaseMs: this.durations(), batchesDone: this.progress.batches },
      [
        planNumber === null ? 'Dry run: nothing was published.' : `Plan **${planNumber}** is in force.`,
        `Contacts: ${contacts.read} read, ${contacts.planned} planned, ${contacts.rejected} rejected, ${contacts.nothing_due} with nothing due.`,
        `Mails: **${occurrences.pre_scheduled}** pre-scheduled; skipped: ${skipped.join(', ') || 'none'}.`,
        `Checksum \`${checksum}\`.`,
      ].join('\n\n'),
    );
  }

  failed(message: string): void {
    this.update({ phase: 'ended' }, `**Failed.** ${message}`);
  }

  private update(change: Partial<RunProgress>, more = ''): void {
    this.progress = { ...this.progress, ...change };
    const { phase, runId, asOf, contacts, batches, batchesDone, round } = this.progress;
    const heading = runId === null ? 'Planning run' : `Run ${runId}, as of ${asOf}, ${contacts} contacts`;
    const isBatched = phase === 'place' || phase === 'collect' || phase === 'apply';
    const done = isBatched ? `, ${batchesDone} of ${batches} batches` : '';
    const again = round > 1 ? ` (round ${round}: contacts had changed meanwhile)` : '';
    this.show(`### ${heading}\n\n**${PHASE_TEXTS[phase]}**${done}${again}\n\n${more}`);
  }
}
