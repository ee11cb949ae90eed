import { execFile, spawn } from 'node:child_process';
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { claim } from './claim.ts';
import { isAlive } from './processes.ts';
import { cachedBinary, type BinaryOptions, type Found } from './temporal-cache.ts';
import { reportWhile } from './report.ts';
import { TEMPORAL_VERSION, temporalVersionOf } from './temporal-version.ts';

const MODULE_FOLDER = fileURLToPath(new URL('../../tools/temporal', import.meta.url));
const MAIN_PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
const WAIT_POLL_MS = 500;
const ERROR_LINES = 5;

/** Builds Temporal from its Go modules, at the versions that tools/temporal pins; the last resort. */
export async function buildTemporal(options: BinaryOptions): Promise<Found> {
  if (!(await hasGo(options))) return { reason: 'Go, which would build it, is not installed' };
  const path = cachedBinary(options.environment);
  const turn = await waitForTurn(options);
  try {
    // Another checkout may have built it while this one waited.
    if ((await temporalVersionOf(path)) !== undefined) return { path };
    const failure = await build(options, path);
    return failure === undefined ? { path } : { reason: `building it with Go failed: ${failure}` };
  } finally {
    turn.release();
  }
}

/** One build at a time: two would take twice as long, and longer than either. */
async function waitForTurn({ environment, report, signal }: BinaryOptions): Promise<{ release: () => void }> {
  for (;;) {
    const turn = claim(environment.cacheFolder, 'build');
    if (turn.claimed) return turn;
    await reportWhile(
      report,
      () => `Waiting for process ${turn.holder.pid}, which builds Temporal already`,
      async () => {
        while (isAlive(turn.holder)) await delay(WAIT_POLL_MS, undefined, { signal });
      },
    );
  }
}

async function build(options: BinaryOptions, path: string): Promise<string | undefined> {
  const { environment, report } = options;
  removeDrafts(environment.cacheFolder, `${basename(path)}.draft-`);
  const draft = `${path}.draft-${process.pid}`;
  const progress = { step: 'fetching its modules', done: 0, total: 0 };
  report(
    `Temporal ${TEMPORAL_VERSION} is built from its Go modules into ${environment.cacheFolder}. This happens once, and takes five to ten minutes on two cores.`,
  );
  const describe = (): string =>
    `Building Temporal, once: ${progress.step}, ${progress.done}${progress.total > 0 ? ` of at most ${progress.total}` : ''}`;
  return reportWhile(report, describe, async () => {
    const count = (): void => {
      progress.done++;
    };
    const listed = await runGo(options, ['list', '-deps', MAIN_PACKAGE], count);
    if (listed.code !== 0) return listed.errors;
    Object.assign(progress, { step: 'compiling packages', done: 0, total: listed.outputLines });
    const flags = `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_VERSION}`;
    const built = await runGo(
      options,
      ['build', '-v', '-buildvcs=false', '-ldflags', flags, '-o', draft, MAIN_PACKAGE],
      count,
    );
    if (built.code !== 0) return built.errors;
    // Renamed when whole, so that nobody finds half of it.
    renameSync(draft, path);
    return undefined;
  });
}

interface GoResult {
  readonly code: number | null;
  readonly outputLines: number;
  readonly errors: string;
}

/** Go tells each module that it fetches and each package that it compiles in a line on stderr. */
async function runGo(
  { environment, signal }: BinaryOptions,
  args: readonly string[],
  onLine: () => void,
): Promise<GoResult> {
  const child = spawn('go', args, {
    cwd: MODULE_FOLDER,
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
