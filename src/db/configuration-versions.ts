/** Configurations that were accepted, each a numbered version (SPEC 12). */
import type { ClientBase, Pool } from 'pg';

export interface StoredConfiguration {
  readonly version: number;
  readonly document: unknown;
  readonly rules: unknown;
}

export interface ConfigurationToStore {
  readonly document: unknown;
  readonly rules: unknown;
  readonly hash: string;
}

const ACCEPT_LOCK_ID = 1_869_770_858;

/**
 * The version to run by: the latest, or a new one if the files have changed since the latest was made.
 * Files that did not change bring back nothing that a rollback has undone.
 */
export async function acceptConfiguration(
  client: ClientBase,
  files: ConfigurationToStore,
  acceptedBy: string,
): Promise<number> {
  await client.query('SELECT pg_advisory_xact_lock($1)', [ACCEPT_LOCK_ID]);
  const { rows: latest } = await client.query<{ version: number; files_hash: string }>(
    'SELECT version, files_hash FROM configuration_versions ORDER BY version DESC LIMIT 1',
  );
  if (latest[0]?.files_hash === files.hash) return latest[0].version;
  const { rows } = await client.query<{ version: number }>(
    `INSERT INTO configuration_versions (document, rules, hash, files_hash, accepted_by)
     VALUES ($1, $2, $3, $3, $4) RETURNING version`,
    [JSON.stringify(files.document), JSON.stringify(files.rules), files.hash, acceptedBy],
  );
  return rows[0]!.version;
}

export async function readConfiguration(client: ClientBase, version: number): Promise<StoredConfiguration> {
  const { rows } = await client.query<StoredConfiguration>(
    'SELECT version, document, rules FROM configuration_versions WHERE version = $1',
    [version],
  );
  const row = rows[0];
  if (row === undefined) throw new RangeError(`there is no configuration version ${version}`);
  return row;
}

/** The latest version, and the hash of the files that were there when it was made; `null`: none yet. */
export async function readLatestConfiguration(
  db: ClientBase | Pool,
): Promise<(StoredConfiguration & { readonly filesHash: string }) | null> {
  const { rows } = await db.query<StoredConfiguration & { filesHash: string }>(
    `SELECT version, document, rules, files_hash AS "filesHash" FROM configuration_versions
     ORDER BY version DESC LIMIT 1`,
  );
  return rows[0] ?? null;
}
