import { isAlive, type ProcessMark } from './processes.ts';
import type { Report } from './report.ts';

const LOOK_MS = 500;
/** How long to wait before each start after another; one that lived for a minute counts as well. */
const PAUSES_MS = [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000] as const;
const WELL_AFTER_MS = 60_000;

export interface Supervised {
  readonly name: string;
  readonly process: ProcessMark;
  readonly restart: () => Promise<ProcessMark>;
  readonly report: Report;
}

export interface Supervision {
  /** The process that runs now, or ran last. */
  readonly current: () => ProcessMark;
  /** Looks after it no more; waits for a start that is just going on. */
  readonly stop: () => Promise<void>;
}

/** Starts a process again whenever it ends, with a growing pause, and says so. */
export function supervise({ name, process, restart, report }: Supervised): Supervision {
  let current = process;
  let startedAt = performance.now();
  let failures = 0;
  let stopped = false;
  let starting: Promise<void> | undefined;
  let timer = setTimeout(look, LOOK_MS);

  function look(): void {
    if (stopped) return;
    if (isAlive(current)) {
      timer = setTimeout(look, LOOK_MS);
      return;
    }
    if (performance.now() - startedAt > WELL_AFTER_MS) failures = 0;
    const pauseMs = PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 0;
    failures++;
    report(
      `${name} (process ${current.pid}) ended; starting it again${pauseMs === 0 ? '' : ` in ${pauseMs / 1000} s`}.`,
    );
    timer = setTimeout(() => {
      starting = startAgain();
    }, pauseMs);
  }

  async function startAgain(): Promise<void> {
    try {
      current = await restart();
      startedAt = performance.now();
    } catch (error) {
      if (!stopped)
        report(
          `${name} could not be started again: ${error instanceof Error ? error.message : String(error)}`,
        );
    }
    if (!stopped) timer = setTimeout(look, LOOK_MS);
  }

  return {
    current: () => current,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await starting;
    },
  };
}
