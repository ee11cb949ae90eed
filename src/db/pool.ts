import { Pool } from 'pg';

/** The role of every program but the migrations: it owns nothing and may only append to the audit log. */
export const WORKER_ROLE = 'email_scheduler_worker';

export interface PoolOptions {
  readonly databaseUrl: string;
  /** Connections at most. */
  readonly max: number;
  /** What `pg_stat_activity` calls the program. */
  readonly applicationName: string;
}

/** A bounded pool whose every connection acts as the worker's role. */
export function createPool(options: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: options.databaseUrl,
    max: options.max,
    application_name: options.applicationName,
    options: `-c role=${WORKER_ROLE}`,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
  });
  // A connection that breaks while idle is replaced at the next use; unheard, its error would end the process.
  pool.on('error', () => undefined);
  return pool;
}
