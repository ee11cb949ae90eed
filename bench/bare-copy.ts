/**
 * The floor: rows that a table holds, encoded beforehand, by one binary COPY into a bare table beside it, and
 * the same indexes built after them. Logged tables, no triggers, no foreign keys, no checks.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Pool, PoolClient } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

const TIMES = 3;
const READ_BYTES = 1024 * 1024;

export interface BareCopy {
  readonly rows: number;
  readonly bytes: number;
  /** The fastest one: what a ratio is to. */
  readonly seconds: number;
  readonly all: readonly BareCopyTimes[];
}

interface BareCopyTimes {
  readonly seconds: number;
  readonly copySeconds: number;
  readonly indexSeconds: number;
  /** Not part of `seconds`: the planner's statistics, which nobody needs to store rows. */
  readonly analyzeSeconds: number;
}

/** Copies all rows of the table, by way of a file in the folder, several times: each into a table of its own. */
export async function measureBareCopy(
  owner: Pool,
  { table, folder }: { readonly table: string; readonly folder: string },
): Promise<BareCopy> {
  const file = join(folder, `${table}.copy`);
  const client = await owner.connect();
  // Unheard, the error of a connection that an interruption ends between two queries would end the process.
  client.on('error', () => undefined);
  try {
    await pipeline(client.query(copyTo(`COPY ${table} TO STDOUT (FORMAT binary)`)), createWriteStream(file));
    const indexes = await readIndexes(client, table);
    const all: BareCopyTimes[] = [];
    let rows = 0;
    for (let time = 0; time < TIMES; time += 1) {
      await client.query(`CREATE TABLE bare_copy (LIKE ${table})`);
      await client.query('CHECKPOINT');
      const measured = await measureOnce(client, file, indexes);
      rows = measured.rows;
      all.push(measured.times);
      await client.query('DROP TABLE bare_copy');
    }
    const seconds = Math.min(...all.map((of) => of.seconds));
    return { rows, bytes: (await stat(file)).size, seconds, all };
  } finally {
    client.release();
  }
}

async function measureOnce(
  client: PoolClient,
  file: string,
  indexes: readonly string[],
): Promise<{ rows: number; times: BareCopyTimes }> {
  const copy = copyFrom('COPY bare_copy FROM STDIN (FORMAT binary)');
  const copySeconds = await secondsOf(() =>
    pipeline(createReadStream(file, { highWaterMark: READ_BYTES }), client.query(copy)),
  );
  const indexSeconds = await secondsOf(async () => {
    for (const index of indexes) await client.query(index);
  });
  const analyzeSeconds = await secondsOf(() => client.query('ANALYZE bare_copy'));
  return {
    rows: copy.rowCount,
    times: { seconds: copySeconds + indexSeconds, copySeconds, indexSeconds, analyzeSeconds },
  };
}

/** Statements that build, on the bare table, the indexes that the measured table has. */
async function readIndexes(client: PoolClient, table: string): Promise<string[]> {
  const { rows } = await client.query<{ definition: string }>(
    'SELECT pg_get_indexdef(indexrelid) AS definition FROM pg_index WHERE indrelid = $1::regclass ORDER BY indexrelid',
    [table],
  );
  return rows.map(({ definition }) =>
    definition.replace(/^(CREATE (?:UNIQUE )?INDEX) \S+ ON \S+ /, '$1 ON bare_copy '),
  );
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}
