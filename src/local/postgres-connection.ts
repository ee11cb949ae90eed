import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import { isAlive, type ProcessMark } from './processes.ts';

const POLL_MS = 50;
const CONNECT_TIMEOUT_MS = 10_000;
const PASSWORD_REFUSED = '28P01';
/** So long another server may answer at the port before ours finds that it is taken. */
const REFUSED_MS = 5_000;
const DUPLICATE_DATABASE = '42P04';

/** Waits for the first connection; false if the process ended before, or somebody else answers there. */
export async function waitUntilReady(options: {
  readonly url: string;
  readonly process: ProcessMark;
  readonly signal: AbortSignal;
}): Promise<boolean> {
  const startedAt = performance.now();
  while (isAlive(options.process)) {
    options.signal.throwIfAborted();
    const failure = await tryConnecting(options.url);
    if (failure === undefined) return isAlive(options.process);
    if (codeOf(failure) === PASSWORD_REFUSED && performance.now() - startedAt > REFUSED_MS) {
      throw new SchedulerError(
        'LOCAL_STACK',
        'The local PostgreSQL refuses the password in the file postgres-password of its home folder: put the right file back.',
      );
    }
    await delay(POLL_MS, undefined, { signal: options.signal });
  }
  return false;
}

/** Proves that a database that was given can be used. */
export async function assertDatabaseAnswers(url: string): Promise<void> {
  const failure = await tryConnecting(url);
  if (failure === undefined) return;
  throw new SchedulerError(
    'LOCAL_STACK',
    `The database that DATABASE_URL names does not answer (${failure.message}): start it, or correct DATABASE_URL, or unset it to have a local one.`,
    { place: 'DATABASE_URL' },
    { cause: failure },
  );
}

/** Creates the database unless it is there. */
export async function createDatabase(maintenanceUrl: string, name: string): Promise<void> {
  await withClient(maintenanceUrl, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)}`);
  }).catch((error: unknown) => {
    if (codeOf(error) !== DUPLICATE_DATABASE) throw error;
  });
}

async function tryConnecting(url: string): Promise<Error | undefined> {
  try {
    await withClient(url, async (client) => client.query('SELECT 1'));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as { code?: string }).code;
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  // A connection that the server ends while it is idle must not end this process.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
