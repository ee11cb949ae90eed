import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { SchedulerError } from '../contracts/errors.ts';
import { baseUrl } from '../delivery/link-target.ts';
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
  /** The folder with the templates of mails (EMAIL_SCHEDULER_TEMPLATES). */
  readonly templatesFolder: string;
  /** The folder of the sandbox's messages (EMAIL_SCHEDULER_SANDBOX). */
  readonly sandboxFolder: string;
  /** The name of the environment whose settings apply (EMAIL_SCHEDULER_ENVIRONMENT). */
  readonly environmentName: string | undefined;
  /** What links in mails begin with (EMAIL_SCHEDULER_URL): where the API is reached from outside. */
  readonly apiUrl: string | undefined;
}

export interface Addresses {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalWeb: string | null;
  readonly namespace: string;
  /** What links in mails begin with (EMAIL_SCHEDULER_URL), by default the API of the local stack. */
  readonly api: string | null;
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
    templatesFolder: resolve(
      nonEmpty(variables.EMAIL_SCHEDULER_TEMPLATES) ?? join(CHECKOUT, 'config/templates'),
    ),
    sandboxFolder: resolve(nonEmpty(variables.EMAIL_SCHEDULER_SANDBOX) ?? join(home, 'sandbox')),
    environmentName: nonEmpty(variables.EMAIL_SCHEDULER_ENVIRONMENT),
    apiUrl: apiUrlOf(nonEmpty(variables.EMAIL_SCHEDULER_URL)),
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
    api: environment.apiUrl ?? local.api ?? null,
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

/** @throws SchedulerError INVALID_INPUT: links that lead nowhere must not get into mails */
function apiUrlOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const url = baseUrl(text);
  if (url !== null) return url;
  throw new SchedulerError(
    'INVALID_INPUT',
    `EMAIL_SCHEDULER_URL is "${text}". Allowed: an address such as https://mail.agency.example, with a path if need be.`,
    { place: 'EMAIL_SCHEDULER_URL', value: text, allowed: 'https:// or http://, a host, a path' },
  );
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
