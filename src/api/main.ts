import { Client, Connection } from '@temporalio/client';
import type { Logger } from 'pino';
import { SchedulerError } from '../contracts/errors.ts';
import { LinkKeys } from '../db/link-keys.ts';
import { assertSchemaIsKnown } from '../db/migrate.ts';
import { createPool } from '../db/pool.ts';
import { ChangeFollower } from './follow-changes.ts';
import { createServer } from './server.ts';

export interface ApiOptions {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly environment: string | null;
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
}

const CONNECTIONS = 10;
const STATEMENT_LIMIT_MS = 5_000;
/** For what is under way when it is told to end; a plan that does not follow by then is found by a worker. */
const END_WITHIN_MS = 5_000;

/** Serves until the process is told to end. @throws SchedulerError LOCAL_STACK if the port is taken */
export async function runApi(options: ApiOptions): Promise<void> {
  const { logger, host, port, temporalAddress, namespace } = options;
  const pool = createPool({
    databaseUrl: options.databaseUrl,
    max: CONNECTIONS,
    applicationName: 'email-scheduler api',
    endsStuckWork: true,
    statementLimitMs: STATEMENT_LIMIT_MS,
  });
  // Connects when it is asked: links work while Temporal is away.
  const connection = Connection.lazy({ address: temporalAddress, interceptors: [] });
  try {
    await assertSchemaIsKnown(pool);
    const client = new Client({ connection, namespace });
    const follower = new ChangeFollower({ pool, connect: () => Promise.resolve(client), logger });
    const { environment } = options;
    const keys = new LinkKeys(pool, Date.now);
    const app = createServer({ pool, keys, follower, logger, now: Date.now, environment });
    const ended = untilTold();
    await app.listen({ host, port }).catch((error: unknown) => {
      throw portTaken(error, host, port) ?? error;
    });
    logger.info({ host, port }, 'api is ready');
    await ended;
    await app.close();
    await Promise.race([follower.settled(), after(END_WITHIN_MS)]);
  } finally {
    await connection.close();
    await pool.end();
  }
}

function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, resolve);
  });
}

function after(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs).unref();
  });
}

function portTaken(error: unknown, host: string, port: number): SchedulerError | null {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'EADDRINUSE' && code !== 'EACCES' && code !== 'EADDRNOTAVAIL') return null;
  return new SchedulerError(
    'LOCAL_STACK',
    `The API cannot listen on ${host}:${port} (${code}): end what listens there, or give others with --host and --port.`,
    { place: '--port', value: String(port) },
    { cause: error },
  );
}
