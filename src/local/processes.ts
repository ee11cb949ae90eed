import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A process, not to be mistaken for a later one that was given the same id. */
export interface ProcessMark {
  readonly pid: number;
  /** When it started, in the words of the operating system; compared, never read. */
  readonly startedAt: string;
}

/** Who runs a process, where that is not the one who starts it. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
}

export interface ServerProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
  readonly runAs?: RunAs | undefined;
  readonly cwd?: string | undefined;
}

const POLL_MS = 25;

/**
 * Starts a process in a session of its own: Ctrl-C in the terminal reaches only the process that
 * started it, which then stops the servers in their order; and kill -9 of that one leaves them to be
 * found again (state.ts).
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ProcessMark> {
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(options.command, options.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: options.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.runAs === undefined ? {} : { uid: options.runAs.uid, gid: options.runAs.gid }),
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('spawn', () => {
        resolve(child.pid ?? 0);
      });
    });
    child.unref();
    return markProcess(pid) ?? { pid, startedAt: 'ended at once' };
  } finally {
    closeSync(log);
  }
}

/** The mark of a running process; a zombie, which nobody has waited for yet, has ended. */
export function markProcess(pid: number): ProcessMark | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isAlive(mark: ProcessMark): boolean {
  return markProcess(mark.pid)?.startedAt === mark.startedAt;
}

/** The command line of a running process, its arguments parted by blanks. */
export function commandLine(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-p', String(pid), '-o', 'command='], { encoding: 'utf8' }).stdout;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** The running processes whose command line has the text in it. */
export function findProcesses(text: string): ProcessMark[] {
  return runningIds()
    .filter((pid) => pid !== process.pid && commandLine(pid).includes(text))
    .flatMap((pid) => markProcess(pid) ?? []);
}

function runningIds(): number[] {
  const names =
    process.platform === 'linux'
      ? readdirSync('/proc')
      : spawnSync('ps', ['-axo', 'pid='], { encoding: 'utf8' }).stdout.split('\n');
  return names.map(Number).filter((pid) => Number.isInteger(pid) && pid > 0);
}

/** Sends the signals one after the other, each with its time, until the process has ended. */
export async function endProcess(
  mark: ProcessMark,
  steps: readonly { readonly signal: NodeJS.Signals; readonly graceMs: number }[],
): Promise<void> {
  for (const { signal, graceMs } of steps) {
    if (!isAlive(mark)) return;
    signalProcess(mark.pid, signal);
    const deadline = performance.now() + graceMs;
    while (isAlive(mark) && performance.now() < deadline) await delay(POLL_MS);
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function startOnLinux(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The second field, the command in parentheses, may hold blanks and parentheses itself.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state] = fields;
    const startTicks = fields[19];
    if (state === 'Z' || state === 'X' || startTicks === undefined) return undefined;
    // Ticks count from the start of the system; its id tells one start from the next.
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${startTicks}`;
  } catch {
    return undefined;
  }
}

function startByPs(pid: number): string | undefined {
  const { stdout } = spawnSync('ps', ['-p', String(pid), '-o', 'state=,lstart='], {
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' },
  });
  const [state, ...started] = stdout.trim().split(/\s+/);
  return state === undefined || state === '' || state.startsWith('Z') ? undefined : started.join(' ');
}
