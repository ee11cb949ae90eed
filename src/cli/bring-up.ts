import { join } from 'node:path';
import { logFolder } from '../local/home.ts';
import { endProcess, isAlive, type ProcessMark } from '../local/processes.ts';
import { reportWhile, type Report } from '../local/report.ts';
import { startStack, type LocalStack } from '../local/stack.ts';
import { readState } from '../local/state.ts';
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

/** Brings up the local stack, migrates its database and starts a worker, all looked after until `stop`. */
export async function bringUp(options: BringUpOptions): Promise<Running> {
  const { report, signal, ifRunning = 'refuse' } = options;
  const given = readEnvironment();
  const environment = { ...given, home: options.home ?? given.home };
  if (options.home === undefined && given.homeNote !== undefined) report(given.homeNote);
  const left = readState(environment.home).processes.worker;
  const stack = await startStack({ home: environment.home, environment, report, signal, ifRunning });
  const { databaseUrl, temporalAddress, temporalWeb, namespace } = stack;
  const running = {
    addresses: { databaseUrl, temporalAddress, temporalWeb, namespace },
    home: stack.home,
    isJoined: stack.isJoined,
  };
  if (stack.isJoined) return { ...running, stop: () => Promise.resolve() };
  try {
    if (left !== undefined && isAlive(left)) await stopLeftWorker(left, report);
    const stopWorker = await migrateAndWork({ ...options, environment, stack, addresses: running.addresses });
    return {
      ...running,
      stop: async () => {
        await stopWorker();
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
}

async function migrateAndWork(context: WorkContext): Promise<() => Promise<void>> {
  const { report, signal, stack } = context;
  await reportWhile(
    report,
    () => 'Migrating the database',
    () => runCommand(context, ['migrate'], { report, signal }),
  );
  const start = async (): Promise<ProcessMark> => {
    const process = await startCommand(context, 'worker', ['worker']);
    stack.note('worker', process);
    return process;
  };
  const logFile = join(logFolder(stack.home), 'worker.log');
  const supervision = supervise({
    name: 'The worker',
    process: await start(),
    restart: start,
    report: (line) => {
      report(`${line} Its log: ${logFile}`);
    },
  });
  return async () => {
    await supervision.stop();
    await stopWorker(supervision.current());
  };
}

/** The worker of a killed run may be of an older version of the code. */
async function stopLeftWorker(worker: ProcessMark, report: Report): Promise<void> {
  report(`A worker (process ${worker.pid}) still runs since an earlier run: stopping it.`);
  await stopWorker(worker);
}

/** It finishes or gives back what it has in hand; what it does not is done again by the next one. */
async function stopWorker(worker: ProcessMark): Promise<void> {
  await endProcess(worker, [
    { signal: 'SIGTERM', graceMs: 20_000 },
    { signal: 'SIGKILL', graceMs: 5_000 },
  ]);
}
