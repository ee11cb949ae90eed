import { join } from 'node:path';
import { logFolder } from '../local/home.ts';
import { DEFAULT_PORTS, nextFreePort } from '../local/ports.ts';
import { endProcess, isAlive, type ProcessMark } from '../local/processes.ts';
import { reportWhile, type Report } from '../local/report.ts';
import { startStack, type LocalStack } from '../local/stack.ts';
import { localApi, notePorts, readState, runningAddresses } from '../local/state.ts';
import { supervise } from '../local/supervise.ts';
import { runCommand, startCommand } from './child-command.ts';
import { readEnvironment, type Addresses, type CliEnvironment } from './environment.ts';

export interface BringUpOptions {
  readonly report: Report;
  readonly signal: AbortSignal;
  /** Other than EMAIL_SCHEDULER_HOME says. */
  readonly home?: string;
  readonly ifRunning?: 'refuse' | 'join';
}

export interface Running {
  readonly addresses: Addresses;
  readonly home: string;
  /** Another process brought it up and will stop it. */
  readonly isJoined: boolean;
  readonly stop: () => Promise<void>;
}

/** Brings up the local stack, migrates its database, starts a worker and the API, all looked after until `stop`. */
export async function bringUp(options: BringUpOptions): Promise<Running> {
  const { report, signal, ifRunning = 'refuse' } = options;
  const given = readEnvironment();
  const environment = { ...given, home: options.home ?? given.home };
  if (options.home === undefined && given.homeNote !== undefined) report(given.homeNote);
  const { worker, api } = readState(environment.home).processes;
  const stack = await startStack({ home: environment.home, environment, report, signal, ifRunning });
  const { databaseUrl, temporalAddress, temporalWeb, namespace } = stack;
  const servers = { databaseUrl, temporalAddress, temporalWeb, namespace };
  const { home, isJoined } = stack;
  if (isJoined) {
    const addresses = { ...servers, api: environment.apiUrl ?? runningAddresses(home).api ?? null };
    return { addresses, home, isJoined, stop: () => Promise.resolve() };
  }
  try {
    await stopLeft('A worker', worker, report);
    await stopLeft('An API', api, report);
    const apiPort = await chooseApiPort(home);
    const addresses = { ...servers, api: environment.apiUrl ?? localApi(apiPort) };
    const stopWork = await migrateAndWork({ ...options, environment, stack, addresses, apiPort });
    return {
      addresses,
      home,
      isJoined,
      stop: async () => {
        await stopWork();
        await stack.stop();
      },
    };
  } catch (error) {
    await stack.stop();
    throw error;
  }
}

interface WorkContext extends BringUpOptions {
  readonly environment: CliEnvironment;
  readonly stack: LocalStack;
  readonly addresses: Addresses;
  readonly apiPort: number;
}

async function migrateAndWork(context: WorkContext): Promise<() => Promise<void>> {
  const { report, signal } = context;
  await reportWhile(
    report,
    () => 'Migrating the database',
    () => runCommand(context, ['migrate'], { report, signal }),
  );
  const work = await superviseCommand(context, 'worker', ['worker']);
  report(`API: on ${localApi(context.apiPort)}.`);
  const serve = await superviseCommand(context, 'api', ['api', '--port', String(context.apiPort)]);
  return async () => {
    await Promise.all([serve(), work()]);
  };
}

/** Runs a command of email-scheduler, again whenever it ends. @returns ends it */
async function superviseCommand(
  context: WorkContext,
  name: 'worker' | 'api',
  args: readonly string[],
): Promise<() => Promise<void>> {
  const { report, stack } = context;
  const start = async (): Promise<ProcessMark> => {
    const process = await startCommand(context, name, args);
    stack.note(name, process);
    return process;
  };
  const logFile = join(logFolder(stack.home), `${name}.log`);
  const supervision = supervise({
    name: `The ${name === 'api' ? 'API' : name}`,
    process: await start(),
    restart: start,
    report: (line) => {
      report(`${line} Its log: ${logFile}`);
    },
  });
  return async () => {
    await supervision.stop();
    await stopCommand(supervision.current());
  };
}

/** That of the last time, else the default, else the next free one. */
async function chooseApiPort(home: string): Promise<number> {
  const port = await nextFreePort([readState(home).ports.api ?? DEFAULT_PORTS.api, DEFAULT_PORTS.api]);
  notePorts(home, { api: port });
  return port;
}

/** What a killed run has left may be of an older version of the code. */
async function stopLeft(what: string, process: ProcessMark | undefined, report: Report): Promise<void> {
  if (process === undefined || !isAlive(process)) return;
  report(`${what} (process ${process.pid}) still runs since an earlier run: stopping it.`);
  await stopCommand(process);
}

/** It finishes or gives back what it has in hand; what a worker does not is done again by the next one. */
async function stopCommand(process: ProcessMark): Promise<void> {
  await endProcess(process, [
    { signal: 'SIGTERM', graceMs: 20_000 },
    { signal: 'SIGKILL', graceMs: 5_000 },
  ]);
}
