import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SchedulerError } from '../contracts/errors.ts';
import { claim } from './claim.ts';
import type { LocalEnvironment } from './environment.ts';
import { prepareHome } from './home.ts';
import type { PortChoice } from './ports.ts';
import { isAlive, type ProcessMark } from './processes.ts';
import { reportWhile, type Report } from './report.ts';
import { serverUser } from './server-user.ts';
import { bringDatabase, bringTemporal, type Part } from './stack-parts.ts';
import {
  noteAddresses,
  noteProcess,
  noteStopped,
  OWNER_CLAIM,
  readState,
  type ServiceName,
  type StackAddresses,
} from './state.ts';

export interface StackOptions {
  readonly home: string;
  readonly environment: LocalEnvironment;
  readonly report: Report;
  readonly signal?: AbortSignal;
  readonly ports?: PortChoice;
  /** What to do if another process runs a stack on this home. */
  readonly ifRunning?: 'refuse' | 'join';
}

export interface LocalStack extends StackAddresses {
  readonly home: string;
  /** Another process started it and will stop it; `stop` then leaves it alone. */
  readonly isJoined: boolean;
  /** Notes a further process in the state file, for the next start to find if this one is killed. */
  readonly note: (service: ServiceName, process: ProcessMark) => void;
  readonly stop: () => Promise<void>;
}

const JOIN_POLL_MS = 200;

/** Brings up PostgreSQL and Temporal, each unless it was given, and looks after them until `stop`. */
export async function startStack(options: StackOptions): Promise<LocalStack> {
  const home = resolve(options.home);
  prepareHome(home, serverUser());
  for (;;) {
    const ownership = claim(home, OWNER_CLAIM);
    if (ownership.claimed) {
      try {
        return await startOwn({ ...options, home }, ownership.release);
      } catch (error) {
        ownership.release();
        throw error;
      }
    }
    if (options.ifRunning !== 'join') {
      throw new SchedulerError(
        'LOCAL_STACK',
        `A local stack runs already from ${home} (process ${ownership.holder.pid}); \`npx email-scheduler info\` says where. Stop that one, or set EMAIL_SCHEDULER_HOME to another folder to have a second.`,
        { place: home },
      );
    }
    const joined = await join({ ...options, home }, ownership.holder);
    if (joined !== undefined) return joined;
  }
}

async function startOwn(options: StackOptions, release: () => void): Promise<LocalStack> {
  const { home, environment } = options;
  // The failure of one part ends the other, which may be in the midst of building Temporal.
  const failed = new AbortController();
  const signal = AbortSignal.any([failed.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  const context = { home, environment, report: options.report, ports: options.ports ?? 'preferred', signal };
  const starts = [bringDatabase(context), bringTemporal(context)] as const;
  let parts: readonly [Part<'databaseUrl'>, Part<'temporalAddress' | 'temporalWeb'>];
  try {
    parts = await Promise.all(starts);
  } catch (error) {
    failed.abort();
    for (const start of await Promise.allSettled(starts)) {
      if (start.status === 'fulfilled') await start.value.stop();
    }
    throw error;
  }
  const [database, temporal] = parts;
  const addresses = { ...database.addresses, ...temporal.addresses, namespace: environment.namespace };
  noteAddresses(home, addresses);
  return {
    ...addresses,
    home,
    isJoined: false,
    note: (service, process) => {
      noteProcess(home, service, process);
    },
    stop: async () => {
      // Temporal first: what it still wants to write about, PostgreSQL may have to answer.
      await temporal.stop();
      await database.stop();
      noteStopped(home);
      release();
    },
  };
}

/** The stack that another process runs, once it is up; undefined if that process ended before. */
async function join(options: StackOptions, holder: ProcessMark): Promise<LocalStack | undefined> {
  const addresses = await reportWhile(
    options.report,
    () => `Waiting for process ${holder.pid}, which is bringing up the local stack`,
    async () => {
      while (isAlive(holder)) {
        const state = readState(options.home);
        if (state.addresses !== undefined) return state.addresses;
        await delay(JOIN_POLL_MS, undefined, { signal: options.signal });
      }
      return undefined;
    },
  );
  if (addresses === undefined) return undefined;
  options.report(`A local stack runs already (process ${holder.pid}); using that.`);
  return {
    ...addresses,
    home: options.home,
    isJoined: true,
    note: () => undefined,
    stop: () => Promise.resolve(),
  };
}
