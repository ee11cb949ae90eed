/** What one phase of a run leaves for the next: packed, one row per batch, read by any worker. */
import type { ClientBase } from 'pg';
import { MovableMails, type Move } from '../domain/movable-mails.ts';

export type ShareKind = 'tally' | 'unchanged' | 'shape' | 'movable' | 'moves' | 'books' | 'nothing_due';

export async function writeShare(
  client: ClientBase,
  runId: number,
  kind: ShareKind,
  batch: number,
  data: Buffer,
): Promise<void> {
  await client.query(
    `INSERT INTO scheduler_shares (run_id, kind, batch, data) VALUES ($1, $2, $3, $4)
     ON CONFLICT (run_id, kind, batch) DO UPDATE SET data = excluded.data`,
    [runId, kind, batch, data],
  );
}

export async function readShare(
  client: ClientBase,
  runId: number,
  kind: ShareKind,
  batch: number,
): Promise<Buffer | null> {
  const { rows } = await client.query<{ data: Buffer }>(
    'SELECT data FROM scheduler_shares WHERE run_id = $1 AND kind = $2 AND batch = $3',
    [runId, kind, batch],
  );
  return rows[0]?.data ?? null;
}

/** The shares of all batches in their order, one at a time: together they can be large. */
export async function* readShares(
  client: ClientBase,
  runId: number,
  kind: ShareKind,
): AsyncGenerator<{ batch: number; data: Buffer }> {
  const { rows } = await client.query<{ batch: number }>(
    'SELECT batch FROM scheduler_shares WHERE run_id = $1 AND kind = $2 ORDER BY batch',
    [runId, kind],
  );
  for (const { batch } of rows) {
    const data = await readShare(client, runId, kind, batch);
    if (data !== null) yield { batch, data };
  }
}

export function packJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

export function unpackJson(data: Buffer): unknown {
  return JSON.parse(data.toString('utf8'));
}

/** A line of JSON with what the columns hold, then the columns' bytes one after the other. */
export function packMovableMails(mails: MovableMails): Buffer {
  const columns = mails
    .columns()
    .map((column) => Buffer.from(column.buffer, column.byteOffset, column.byteLength));
  return Buffer.concat([headerOf(mails), ...columns]);
}

export function unpackMovableMails(data: Buffer): MovableMails {
  const { header, bodyAt } = readHeader(data);
  const mails = new MovableMails(header.count, header.emailTypes);
  let position = bodyAt;
  for (const column of mails.columns()) {
    Buffer.from(column.buffer).set(data.subarray(position, position + column.byteLength));
    position += column.byteLength;
  }
  return mails;
}

interface MailsHeader {
  readonly count: number;
  readonly emailTypes: readonly string[];
}

function headerOf({ count, emailTypes }: MailsHeader): Buffer {
  return Buffer.from(`${JSON.stringify({ count, emailTypes })}\n`, 'utf8');
}

function readHeader(data: Buffer): { readonly header: MailsHeader; readonly bodyAt: number } {
  const headerEnd = data.indexOf('\n');
  return { header: unpackJson(data.subarray(0, headerEnd)) as MailsHeader, bodyAt: headerEnd + 1 };
}

const MOVE_BYTES = 26;

/** As `packMovableMails`, move by move: a fifth of a large organization's mails can be among them. */
export function packMoves(moves: readonly Move[]): Buffer {
  const emailTypes = [...new Set(moves.map(({ emailType }) => emailType))];
  const header = headerOf({ count: moves.length, emailTypes });
  const data = Buffer.alloc(header.length + moves.length * MOVE_BYTES);
  header.copy(data);
  let position = header.length;
  for (const { contactId, campaignInstanceId, eventDay, toDay, emailType } of moves) {
    data.writeDoubleLE(contactId, position);
    data.writeDoubleLE(campaignInstanceId ?? 0, position + 8);
    data.writeInt32LE(eventDay, position + 16);
    data.writeInt32LE(toDay, position + 20);
    data.writeUInt16LE(emailTypes.indexOf(emailType), position + 24);
    position += MOVE_BYTES;
  }
  return data;
}

export function unpackMoves(data: Buffer): Move[] {
  const { header, bodyAt } = readHeader(data);
  const moves: Move[] = [];
  for (let position = bodyAt; position < data.length; position += MOVE_BYTES) {
    const instanceId = data.readDoubleLE(position + 8);
    moves.push({
      contactId: data.readDoubleLE(position),
      emailType: header.emailTypes[data.readUInt16LE(position + 24)]!,
      campaignInstanceId: instanceId === 0 ? null : instanceId,
      eventDay: data.readInt32LE(position + 16),
      toDay: data.readInt32LE(position + 20),
    });
  }
  return moves;
}

export function packNumbers(numbers: readonly number[]): Buffer {
  return Buffer.from(Float64Array.from(numbers).buffer);
}

export function unpackNumbers(data: Buffer): number[] {
  const copy = new Uint8Array(data);
  return [...new Float64Array(copy.buffer)];
}
