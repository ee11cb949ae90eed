/** A worker as it runs in production: `email-scheduler worker`, a process of its own that can be killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface WorkerProcess {
  readonly pid: number;
  /** What it logged, one line each. */
  readonly lines: readonly string[];
  /** Resolves when it has ended, however. */
  readonly ended: Promise<void>;
  readonly hasEnded: () => boolean;
  readonly signal: (signal: 'SIGSTOP' | 'SIGCONT' | 'SIGTERM') => void;
  readonly kill: () => Promise<void>;
}

export interface WorkerPlace {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  /** Default: the configuration of the checkout. */
  readonly configurationFolder?: string;
}

const PROGRAM = fileURLToPath(new URL('../../bin/email-scheduler.mjs', import.meta.url));
const KEPT_LINES = 2_000;

/** @throws Error with what the process said, if it ends before it is ready */
export async function startWorkerProcess(place: WorkerPlace): Promise<WorkerProcess> {
  const child = spawn(process.execPath, [PROGRAM, 'worker'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
      DATABASE_URL: place.databaseUrl,
      TEMPORAL_ADDRESS: place.temporalAddress,
      TEMPORAL_NAMESPACE: place.namespace,
      EMAIL_SCHEDULER_CONFIG: place.configurationFolder,
    },
  });
  const endWithUs = (): void => {
    child.kill('SIGKILL');
  };
  process.once('exit', endWithUs);
  const ended = once(child, 'exit').then(() => {
    process.off('exit', endWithUs);
  });
  const lines: string[] = [];
  const ready = new Promise<boolean>((resolve) => {
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => {
        lines.push(line);
        if (lines.length > KEPT_LINES) lines.shift();
        if (line.includes('worker is ready')) resolve(true);
      });
    }
    void ended.then(() => {
      resolve(false);
    });
  });
  if (!(await ready)) throw new Error(`The worker did not start: ${lines.join('\n')}`);
  return {
    pid: child.pid!,
    lines,
    ended,
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    signal: (signal) => {
      child.kill(signal);
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
