import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import { Client, DatabaseError, type Pool } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';

const MIGRATIONS_FOLDER = join(import.meta.dirname, 'migrations');
const MIGRATIONS_TABLE = 'schema_migrations';
/** Two processes that migrate one database at once take turns: the second finds nothing to do. */
const MIGRATION_LOCK_ID = 1_869_770_857;

/**
 * Brings the schema of the database up to this version of the program, and makes a database that was restored
 * from another server at home in this one; the connection is the owner's.
 * Returns the names of the migrations that were applied now.
 */
export async function migrate(databaseUrl: string, report: (line: string) => void): Promise<string[]> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'email-scheduler migrate' });
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK_ID]);
    const applied = await runner({
      dbClient: client,
      dir: MIGRATIONS_FOLDER,
      direction: 'up',
      migrationsTable: MIGRATIONS_TABLE,
      checkOrder: true,
      noLock: true,
      verbose: false,
      log: () => undefined,
    });
    await client.query('SELECT adopt_server()');
    // The worker compares the list of migrations with its own before it works.
    await client.query(`GRANT SELECT ON ${MIGRATIONS_TABLE} TO email_scheduler_worker`);
    for (const migration of applied) report(`database: ${migration.name}`);
    return applied.map((migration) => migration.name);
  } finally {
    await client.end();
  }
}

/** What a server says at connection where no database was ever migrated: the worker's role is not there. */
const INVALID_PARAMETER_VALUE = '22023';

async function readAppliedMigrations(pool: Pool): Promise<string[]> {
  try {
    const { rows: tables } = await pool.query<{ found: boolean }>(
      'SELECT to_regclass($1) IS NOT NULL AS found',
      [MIGRATIONS_TABLE],
    );
    if (tables[0]?.found !== true) return [];
    const { rows } = await pool.query<{ name: string }>(`SELECT name FROM ${MIGRATIONS_TABLE} ORDER BY name`);
    return rows.map(({ name }) => name);
  } catch (error) {
    if (error instanceof DatabaseError && error.code === INVALID_PARAMETER_VALUE) return [];
    throw error;
  }
}

/** @throws SchedulerError SCHEMA_UNKNOWN if the database is behind or ahead of this program. */
export async function assertSchemaIsKnown(pool: Pool): Promise<void> {
  const known = (await readdir(MIGRATIONS_FOLDER))
    .filter((file) => file.endsWith('.sql'))
    .map((file) => file.replace(/\.sql$/, ''))
    .sort();
  const applied = await readAppliedMigrations(pool);
  const missing = known.filter((name) => !applied.includes(name));
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw new SchedulerError(
      'SCHEMA_UNKNOWN',
      `The database has migrations that this version of the program does not know (${unknown.join(', ')}): install the newer version of email-scheduler that made them.`,
    );
  }
  if (missing.length > 0) {
    throw new SchedulerError(
      'SCHEMA_UNKNOWN',
      `The database lacks ${missing.length} migration(s) (${missing.join(', ')}): run \`npx email-scheduler migrate\` first.`,
    );
  }
}
