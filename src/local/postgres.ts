import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SchedulerError } from '../contracts/errors.ts';
import { assertReachable } from './home.ts';
import { lastLogLines, logFileOf, readLogFrom, sizeOf } from './logs.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { createDatabase, waitUntilReady } from './postgres-connection.ts';
import { findPostmaster } from './postmaster.ts';
import { settingArguments } from './postgres-settings.ts';
import { isPortFree, LOOPBACK } from './ports.ts';
import { endProcess, startServerProcess, type ProcessMark } from './processes.ts';
import { reportWhile, type Report } from './report.ts';
import { serverUser, type ServerUser } from './server-user.ts';

export interface PostgresOptions {
  readonly home: string;
  readonly report: Report;
  /** Asked anew after another program took the port in between. */
  readonly choosePort: () => Promise<number>;
  /** Instead of those of postgres-settings.ts. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface RunningPostgres {
  readonly process: ProcessMark;
  readonly port: number;
  readonly databaseUrl: string;
}

const USER = 'email_scheduler';
const DATABASE = 'email_scheduler';
const STARTS_TRIED = 10;
const IN_USE_PAUSE_MS = 1_000;

/** Starts PostgreSQL on the home's data, or takes over the one that a killed run left there. */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const user = serverUser();
  assertReachable(options.home, user);
  const binaries = findPostgresBinaries(options.home, user);
  const dataFolder = join(options.home, 'postgres');
  const password = readPassword(options.home, dataFolder);
  if (!existsSync(dataFolder)) await initialize({ ...options, user, binaries, dataFolder, password });
  assertVersion(dataFolder, binaries.major);

  const installation = { user, binaries, dataFolder, password };
  const running = await launch(options, installation);
  const databaseUrl = urlOf(password, running.port, DATABASE);
  await createDatabase(urlOf(password, running.port, 'postgres'), DATABASE);
  return { ...running, databaseUrl };
}

/** A fast shutdown, which ends connections and writes a checkpoint; harder if that takes too long. */
export async function stopPostgres(process: ProcessMark): Promise<void> {
  await endProcess(process, [
    { signal: 'SIGINT', graceMs: 60_000 },
    { signal: 'SIGQUIT', graceMs: 10_000 },
    { signal: 'SIGKILL', graceMs: 5_000 },
  ]);
}

interface Installation {
  readonly user: ServerUser | undefined;
  readonly binaries: PostgresBinaries;
  readonly dataFolder: string;
  readonly password: string;
}

type Postmaster = Omit<RunningPostgres, 'databaseUrl'>;

/** The server that a killed run left, unless it is just shutting down. */
async function takeOver(
  options: PostgresOptions,
  installation: Installation,
): Promise<Postmaster | undefined> {
  const left = findPostmaster(installation.dataFolder);
  if (left === undefined) return undefined;
  const url = urlOf(installation.password, left.port, 'postgres');
  if (!(await waitUntilReady({ url, process: left.process, signal: options.signal }))) return undefined;
  options.report(`PostgreSQL still runs on port ${left.port} since an earlier run: taken over.`);
  return left;
}

async function launch(options: PostgresOptions, installation: Installation): Promise<Postmaster> {
  const { user, binaries, dataFolder, password } = installation;
  const logFile = logFileOf(options.home, 'postgres');
  let offsetBytes = 0;
  for (let start = 0; start < STARTS_TRIED; start++) {
    const left = await takeOver(options, installation);
    if (left !== undefined) return left;
    const port = await options.choosePort();
    offsetBytes = sizeOf(logFile);
    const process = await startServerProcess({
      command: join(binaries.folder, 'bin/postgres'),
      args: ['-D', dataFolder, '-p', String(port), ...settingArguments(options.settings)],
      env: serverEnvironment(),
      cwd: '/',
      logFile,
      runAs: user,
    });
    try {
      const ready = await reportWhile(
        options.report,
        () => `PostgreSQL starts, and recovers what a killed run left: see ${logFile}`,
        () => waitUntilReady({ url: urlOf(password, port, 'postgres'), process, signal: options.signal }),
      );
      if (ready) return { process, port };
    } catch (error) {
      await stopPostgres(process);
      throw error;
    }
    if (isStillInUse(readLogFrom(logFile, offsetBytes))) await delay(IN_USE_PAUSE_MS);
    else if (await isPortFree(port)) break;
  }
  throw new SchedulerError(
    'LOCAL_STACK',
    `PostgreSQL does not start: ${lastLogLines(logFile, offsetBytes)} (whole log: ${logFile}).`,
  );
}

/** Connections of a killed server that have not noticed yet hold its shared memory for a moment. */
function isStillInUse(log: string): boolean {
  return log.includes('pre-existing shared memory block');
}

/** Data is made aside and renamed, so that a run killed here leaves no half of it. */
async function initialize(options: PostgresOptions & Installation): Promise<void> {
  const { home, user, binaries, dataFolder, password, report, signal } = options;
  removeDrafts(home);
  const draft = join(home, `postgres.new-${process.pid}`);
  const passwordFile = join(draft, 'password');
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) {
    chownSync(passwordFile, user.uid, user.gid);
    chownSync(draft, user.uid, user.gid);
  }
  const args = [
    ...['-D', join(draft, 'data'), `--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
    // The same order and the same upper case on every operating system.
    ...['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'],
  ];
  await reportWhile(
    report,
    () => 'PostgreSQL makes its data folder',
    () => runInitdb(join(binaries.folder, 'bin/initdb'), args, user, signal),
  );
  renameSync(join(draft, 'data'), dataFolder);
  rmSync(draft, { recursive: true, force: true });
}

/** An initdb that outlived its killed run may still write; then its draft waits for the next start. */
function removeDrafts(home: string): void {
  for (const draft of readdirSync(home).filter((name) => name.startsWith('postgres.new-'))) {
    try {
      rmSync(join(home, draft), { recursive: true, force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY') throw error;
    }
  }
}

async function runInitdb(
  command: string,
  args: readonly string[],
  user: ServerUser | undefined,
  signal: AbortSignal,
): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: serverEnvironment(),
    cwd: '/',
    signal,
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString('utf8');
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  throw new SchedulerError(
    'LOCAL_STACK',
    `PostgreSQL cannot make its data folder: ${errors.trim().split('\n').slice(-3).join(' | ')}.`,
  );
}

/** Data of another major version cannot be read, and is not touched. */
function assertVersion(dataFolder: string, major: string): void {
  const found = existsSync(join(dataFolder, 'PG_VERSION'))
    ? readFileSync(join(dataFolder, 'PG_VERSION'), 'utf8').trim()
    : 'nothing that PostgreSQL knows';
  if (found === major) return;
  throw new SchedulerError(
    'LOCAL_STACK',
    `${dataFolder} was made by PostgreSQL ${found}, and this version of email-scheduler brings PostgreSQL ${major}: move the folder away to begin anew, or run the version of email-scheduler that made it and move your data with pg_dump.`,
    { place: dataFolder, value: found, allowed: major },
  );
}

/** Loopback is open to every user of the machine, so the database has a password of its own. */
function readPassword(home: string, dataFolder: string): string {
  const file = join(home, 'postgres-password');
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  if (existsSync(dataFolder)) {
    throw new SchedulerError(
      'LOCAL_STACK',
      `${dataFolder} is there, but its password in ${file} is not: put the file back, or move the folder away to begin anew.`,
      { place: file },
    );
  }
  const password = randomBytes(24).toString('base64url');
  writeFileSync(file, password, { mode: 0o600 });
  return password;
}

function urlOf(password: string, port: number, database: string): string {
  return `postgresql://${USER}:${password}@${LOOPBACK}:${port}/${database}`;
}

/** Nothing of the caller's: PGPORT, PGOPTIONS, LANG and others would change the server. */
function serverEnvironment(): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}
