import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { BinaryCopyReader, type BinaryCopyWriter } from './binary-copy.ts';

/** Reads the whole result of a query by binary COPY. Its parameters are numbers, written into the text. */
export async function copyOut(client: ClientBase, query: string): Promise<BinaryCopyReader> {
  const stream = client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT binary)`));
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return new BinaryCopyReader(Buffer.concat(chunks));
}

/** Writes the rows into the table; returns how many PostgreSQL took. */
export async function copyIn(
  client: ClientBase,
  table: string,
  columns: readonly string[],
  rows: BinaryCopyWriter,
): Promise<number> {
  const pieces = rows.finish();
  if (rows.rowCount === 0) {
    rows.release();
    return 0;
  }
  const stream = client.query(copyFrom(`COPY ${table} (${columns.join(', ')}) FROM STDIN (FORMAT binary)`));
  await pipeline(Readable.from(pieces), stream);
  rows.release();
  return stream.rowCount;
}
