import { SingleBar } from 'cli-progress';
import type { RunProgress } from '../../contracts/schedule-run.ts';
import type { Addresses } from '../environment.ts';
import type { RunListener } from '../start-run.ts';

const BATCHED_PHASES: readonly string[] = ['place', 'collect', 'apply'];

/** A worker that has just been started needs a moment. */
const PATIENCE_MS = 5_000;

/** Shows a run's progress on stderr: a bar on a terminal, a line per phase elsewhere. */
export class ProgressLine implements RunListener {
  workflowId = '';
  private readonly addresses: Addresses;
  private readonly bar: SingleBar | null;
  private phase = '';
  private isWaiting = false;
  private answeredMs = performance.now();

  constructor(addresses: Addresses) {
    this.addresses = addresses;
    this.bar = process.stderr.isTTY
      ? new SingleBar({
          format: '{phase} |{bar}| {value}/{total} batches',
          hideCursor: true,
          clearOnComplete: true,
          stream: process.stderr,
        })
      : null;
  }

  started(workflowId: string): void {
    this.workflowId = workflowId;
    const { temporalWeb, namespace } = this.addresses;
    const address =
      temporalWeb === null ? '' : `: ${temporalWeb}/namespaces/${namespace}/workflows/${workflowId}`;
    console.error(`Workflow ${workflowId}${address}`);
    this.bar?.start(1, 0, { phase: 'open' });
  }

  progressed(progress: RunProgress): void {
    this.isWaiting = false;
    this.answeredMs = performance.now();
    const isBatched = BATCHED_PHASES.includes(progress.phase);
    const total = isBatched ? progress.batches : 1;
    const done = isBatched ? progress.batchesDone : 0;
    if (this.bar !== null) {
      this.bar.setTotal(Math.max(total, 1));
      this.bar.update(done, { phase: progress.phase.padEnd(12) });
    } else if (progress.phase !== this.phase && progress.phase !== 'ended') {
      console.error(`  ${progress.phase}${isBatched ? `: ${total} batch(es)` : ''}`);
    }
    this.phase = progress.phase;
  }

  waiting(): void {
    const isPatient = performance.now() - this.answeredMs < PATIENCE_MS;
    if (this.isWaiting || isPatient) return;
    this.isWaiting = true;
    console.error('No worker answers yet; the run waits for one (`npx email-scheduler worker`).');
  }

  stop(): void {
    this.bar?.stop();
  }
}
