import { execFile, spawn } from 'node:child_process';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { claim } from './claim.ts';
import { isAlive } from './processes.ts';
import { reportWhile } from './report.ts';
import type { BinaryOptions } from './temporal-cache.ts';

interface GoProgram {
  readonly mainPackage: string;
  /** Where the program is put. */
  readonly path: string;
  /** For Go's linker, beside leaving out what only a debugger reads. */
  readonly linkerFlags?: string;
}

export interface GoBuild {
  /** What is built, in a line that says how far it is. */
  readonly name: string;
  /** Said before it begins. */
  readonly announcement: string;
  /** The folder of the go.mod that pins every version. */
  readonly moduleFolder: string;
  readonly programs: readonly GoProgram[];
  readonly isBuilt: () => Promise<boolean>;
}

const WAIT_POLL_MS = 500;
const ERROR_LINES = 5;

/** Builds programs from their Go modules, unless they are there by now; returns why that failed. */
export async function buildWithGo(options: BinaryOptions, build: GoBuild): Promise<string | undefined> {
  if (!(await hasGo(options))) return 'Go, which would build it, is not installed';
  const turn = await waitForTurn(options, build);
  try {
    // Another checkout may have built it while this one waited.
    if (await build.isBuilt()) return undefined;
    const failure = await run(options, build);
    return failure === undefined ? undefined : `building it with Go failed: ${failure}`;
  } finally {
    turn.release();
  }
}

/** One build at a time: two would take twice as long, and longer than either. */
async function waitForTurn(
  { environment, report, signal }: BinaryOptions,
  { name }: GoBuild,
): Promise<{ release: () => void }> {
  for (;;) {
    const turn = claim(environment.cacheFolder, 'build');
    if (turn.claimed) return turn;
    await reportWhile(
      report,
      () => `Building ${name} waits for process ${turn.holder.pid}, which builds already`,
      async () => {
        while (isAlive(turn.holder)) await delay(WAIT_POLL_MS, undefined, { signal });
      },
    );
  }
}

async function run(options: BinaryOptions, build: GoBuild): Promise<string | undefined> {
  const { name, programs } = build;
  const progress = { step: 'fetching its modules', done: 0, total: 0 };
  options.report(build.announcement);
  const describe = (): string =>
    `Building ${name}, once: ${progress.step}, ${progress.done}${progress.total > 0 ? ` of at most ${progress.total}` : ''}`;
  return reportWhile(options.report, describe, async () => {
    const count = (): void => {
      progress.done++;
    };
    const packages = programs.map(({ mainPackage }) => mainPackage);
    const listed = await runGo(options, build, ['list', '-deps', ...packages], count);
    if (listed.code !== 0) return listed.errors;
    Object.assign(progress, { step: 'compiling packages', done: 0, total: listed.outputLines });
    for (const program of programs) {
      const failure = await compile(options, build, program, count);
      if (failure !== undefined) return failure;
    }
    return undefined;
  });
}

async function compile(
  options: BinaryOptions,
  build: GoBuild,
  { mainPackage, path, linkerFlags = '' }: GoProgram,
  onPackage: () => void,
): Promise<string | undefined> {
  removeDrafts(dirname(path), `${basename(path)}.draft-`);
  const draft = `${path}.draft-${process.pid}`;
  const flags = `-s -w ${linkerFlags}`.trim();
  const args = ['build', '-v', '-buildvcs=false', '-ldflags', flags, '-o', draft, mainPackage];
  const built = await runGo(options, build, args, onPackage);
  if (built.code !== 0) return built.errors;
  // Renamed when whole, so that nobody finds half of it.
  renameSync(draft, path);
  return undefined;
}

interface GoResult {
  readonly code: number | null;
  readonly outputLines: number;
  readonly errors: string;
}

/** Go tells each module that it fetches and each package that it compiles in a line on stderr. */
async function runGo(
  { environment, signal }: BinaryOptions,
  { moduleFolder }: GoBuild,
  args: readonly string[],
  onLine: () => void,
): Promise<GoResult> {
  const child = spawn('go', args, {
    cwd: moduleFolder,
    env: goEnvironment(environment.variables),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let outputLines = 0;
  createInterface({ input: child.stdout }).on('line', () => outputLines++);
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    errors.push(line);
    if (errors.length > ERROR_LINES) errors.shift();
    onLine();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, outputLines, errors: errors.join(' | ') };
}

/** Without a C compiler, another Go, a workspace or flags that the user has set for other work. */
function goEnvironment(
  variables: BinaryOptions['environment']['variables'],
): Record<string, string | undefined> {
  return { ...variables, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOWORK: 'off', GOFLAGS: '-mod=readonly' };
}

async function hasGo({ environment }: BinaryOptions): Promise<boolean> {
  try {
    await promisify(execFile)('go', ['version'], { env: goEnvironment(environment.variables) });
    return true;
  } catch {
    return false;
  }
}

function removeDrafts(folder: string, prefix: string): void {
  for (const draft of readdirSync(folder).filter((name) => name.startsWith(prefix))) {
    rmSync(join(folder, draft), { force: true });
  }
}
