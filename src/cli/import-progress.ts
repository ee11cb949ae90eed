import { SingleBar } from 'cli-progress';
import type { ImportProgress } from '../db/file-import.ts';

const LINE_EVERY_MS = 2_000;

/** Shows on stderr how far an import is: a bar on a terminal, elsewhere a line every two seconds. */
export class ImportProgressDisplay {
  readonly #stream: NodeJS.WriteStream;
  readonly #noun: string;
  readonly #bar: SingleBar | null;
  #isStarted = false;
  #lastLineAtMs: number;

  /** @param noun what is imported, in the plural */
  constructor(stream: NodeJS.WriteStream, noun: string) {
    this.#stream = stream;
    this.#noun = noun;
    this.#lastLineAtMs = performance.now();
    const format = '{step} [{bar}] {percentage} %';
    this.#bar = stream.isTTY
      ? new SingleBar({ stream, format, hideCursor: true, clearOnComplete: true })
      : null;
  }

  show(progress: ImportProgress): void {
    const { step, done, total } = describe(progress, this.#noun);
    if (this.#bar === null) this.#showLine(step, total === 0 ? 0 : Math.floor((100 * done) / total));
    else this.#showBar(this.#bar, step, done, total);
  }

  end(): void {
    if (this.#isStarted) this.#bar?.stop();
  }

  #showBar(bar: SingleBar, step: string, done: number, total: number): void {
    if (!this.#isStarted) bar.start(total, done, { step });
    this.#isStarted = true;
    bar.setTotal(Math.max(total, 1));
    bar.update(done, { step });
  }

  #showLine(step: string, percentage: number): void {
    const now = performance.now();
    if (now - this.#lastLineAtMs < LINE_EVERY_MS) return;
    this.#lastLineAtMs = now;
    this.#stream.write(`${step}: ${percentage} %\n`);
  }
}

function describe(progress: ImportProgress, noun: string): { step: string; done: number; total: number } {
  switch (progress.phase) {
    case 'waiting':
      return { step: 'waiting for another import of this organization', done: 0, total: 1 };
    case 'reading':
      return { step: 'reading the file', done: progress.bytesRead, total: progress.bytesTotal };
    case 'comparing':
      return { step: 'looking for rows that are there twice', done: 0, total: 1 };
    case 'storing':
      return { step: `storing ${noun}`, done: progress.linesDone, total: progress.linesTotal };
  }
}
