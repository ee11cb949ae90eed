import { Pool } from 'pg';

/** The role of every program but the migrations: it owns nothing and may only append to the audit log. */
const WORKER_ROLE = 'email_scheduler_worker';

export interface PoolOptions {
  readonly databaseUrl: string;
  /** Connections at most. */
  readonly max: number;
  /** What `pg_stat_activity` calls the program. */
  readonly applicationName: string;
  /** Give up what a stuck or vanished process holds: for the many short transactions of a worker. */
  readonly endsStuckWork?: true;
  /** Give up a statement that takes longer: somebody waits for the answer. */
  readonly statementLimitMs?: number;
}

/**
 * A process that is stopped or cut off in the middle of a transaction keeps its locks until the server
 * notices; those who do its work again wait for them.
 */
const STUCK_WORK_SETTINGS = [
  'idle_in_transaction_session_timeout=60s',
  'statement_timeout=15min',
  'tcp_keepalives_idle=10',
  'tcp_keepalives_interval=5',
  'tcp_keepalives_count=3',
  // A stopped process that is in the middle of reading a result takes nothing more of it.
  'tcp_user_timeout=60s',
];

/** A bounded pool whose every connection acts as the worker's role. */
export function createPool(options: PoolOptions): Pool {
  const pool = new Pool({
    connectionString: options.databaseUrl,
    max: options.max,
    application_name: options.applicationName,
    options: settingsOf(options)
      .map((setting) => `-c ${setting}`)
      .join(' '),
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: 30_000,
  });
  // A connection that breaks while idle is replaced at the next use; unheard, its error would end the process.
  pool.on('error', () => undefined);
  return pool;
}

/** The last of two that are alike counts. */
function settingsOf({ endsStuckWork, statementLimitMs }: PoolOptions): string[] {
  return [
    `role=${WORKER_ROLE}`,
    ...(endsStuckWork ? STUCK_WORK_SETTINGS : []),
    ...(statementLimitMs === undefined ? [] : [`statement_timeout=${statementLimitMs}ms`]),
  ];
}
