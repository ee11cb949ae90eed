import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SchedulerError } from '../contracts/errors.ts';
import { readLocalEnvironment, type LocalEnvironment } from '../local/environment.ts';
import { defaultHome } from '../local/home.ts';
import { serverUser } from '../local/server-user.ts';
import { runningAddresses } from '../local/state.ts';

/** Everything that the command line takes from its environment; nothing else here reads process.env. */
export interface CliEnvironment extends LocalEnvironment {
  /** The folder of the local stack (EMAIL_SCHEDULER_HOME). */
  readonly home: string;
  /** Why that is not where one would look for it. */
  readonly homeNote: string | undefined;
  /** The folder with scheduler.yaml and state-rules.yaml (EMAIL_SCHEDULER_CONFIG). */
  readonly configurationFolder: string;
  /** The name of the environment whose settings apply (EMAIL_SCHEDULER_ENVIRONMENT). */
  readonly environmentName: string | undefined;
}

export interface Addresses {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalWeb: string | null;
  readonly namespace: string;
}

/** The folder of package.json. */
export const CHECKOUT = resolve(import.meta.dirname, '../..');

export function readEnvironment(): CliEnvironment {
  const variables = process.env;
  const given = nonEmpty(variables.EMAIL_SCHEDULER_HOME);
  const { home, note } = given === undefined ? defaultHome(CHECKOUT, serverUser()) : { home: given };
  return {
    ...readLocalEnvironment(variables, homedir()),
    home: resolve(home),
    homeNote: note,
    configurationFolder: resolve(nonEmpty(variables.EMAIL_SCHEDULER_CONFIG) ?? join(CHECKOUT, 'config')),
    environmentName: nonEmpty(variables.EMAIL_SCHEDULER_ENVIRONMENT),
  };
}

/** Where a command that needs a running stack finds it: as the environment says, else as the local stack does. */
export function resolveAddresses(environment: CliEnvironment = readEnvironment()): Addresses {
  const local = runningAddresses(environment.home);
  const databaseUrl = environment.databaseUrl ?? local.databaseUrl;
  const temporalAddress = environment.temporalAddress ?? local.temporalAddress;
  if (databaseUrl === undefined || temporalAddress === undefined) {
    throw new SchedulerError(
      'LOCAL_STACK',
      'Nothing is running here: start it with `npx email-scheduler up`, or set DATABASE_URL and TEMPORAL_ADDRESS.',
    );
  }
  return {
    databaseUrl,
    temporalAddress,
    temporalWeb: environment.temporalAddress === undefined ? (local.temporalWeb ?? null) : null,
    // The local stack made one namespace, whatever this shell would have called it.
    namespace:
      (environment.temporalAddress === undefined ? local.namespace : undefined) ?? environment.namespace,
  };
}

/** As `resolveAddresses`, for what needs PostgreSQL only. */
export function resolveDatabaseUrl(environment: CliEnvironment = readEnvironment()): string {
  const databaseUrl = environment.databaseUrl ?? runningAddresses(environment.home).databaseUrl;
  if (databaseUrl !== undefined) return databaseUrl;
  throw new SchedulerError(
    'LOCAL_STACK',
    'No database is running here: start the local stack with `npx email-scheduler up`, or set DATABASE_URL.',
  );
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
