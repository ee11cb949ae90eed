/** What the sandbox has written: lists it, and reads single messages. */
import { opendir, open, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseDay } from '../domain/calendar.ts';
import { headerOf, parseHeaders, parseMimeMessage, type MimeMessage } from './mime-message.ts';
import { isOrganizationFolder, messageFile, scheduleIdOf } from './sandbox-file.ts';

export interface SandboxFilter {
  readonly organization: string;
  /** YYYY-MM-DD; `null` for all days. */
  readonly day: string | null;
  readonly limit: number;
}

export interface ListedMessage {
  /** The row of the ledger. */
  readonly scheduleId: number;
  readonly day: string;
  readonly to: string | null;
  readonly subject: string | null;
  readonly writtenAt: Date;
  readonly sizeBytes: number;
}

export interface ReadMessage extends MimeMessage {
  readonly scheduleId: number;
  readonly day: string;
  /** The .eml file that it was read from. */
  readonly file: string;
  readonly source: Buffer;
}

interface FoundFile {
  readonly day: string;
  readonly scheduleId: number;
  readonly file: string;
  readonly writtenMs: number;
  readonly sizeBytes: number;
}

/** Headers lie within it: folded lines, none of them endless. */
const HEAD_BYTES = 16_384;

/** The latest day first, and of a day the latest message; no body is read. */
export async function listSandboxMessages(
  folder: string,
  { organization, day, limit }: SandboxFilter,
): Promise<{ readonly messages: readonly ListedMessage[]; readonly hasMore: boolean }> {
  if (!isOrganizationFolder(organization)) return { messages: [], hasMore: false };
  const days = day === null ? await daysOf(folder, organization) : [day];
  const found: FoundFile[] = [];
  for (const each of days) {
    found.push(...(await latestOfDay(join(folder, organization, each), each, limit + 1 - found.length)));
    if (found.length > limit) break;
  }
  const messages = await Promise.all(found.slice(0, limit).map(readListed));
  return { messages: messages.filter((message) => message !== null), hasMore: found.length > limit };
}

/** @returns `null` if the sandbox has no such message; of one that went out on several days, the latest */
export async function readSandboxMessage(
  folder: string,
  organization: string,
  scheduleId: number,
): Promise<ReadMessage | null> {
  for (const day of await daysOf(folder, organization)) {
    const file = messageFile(folder, { organization, day, scheduleId });
    if (file === null) return null;
    const source = await ifThere(readFile(file));
    if (source !== null) return { scheduleId, day, file, source, ...parseMimeMessage(source) };
  }
  return null;
}

/** Those of which the sandbox has anything. */
export async function listSandboxOrganizations(folder: string): Promise<string[]> {
  const entries = (await ifThere(readdir(folder, { withFileTypes: true }))) ?? [];
  return entries
    .filter((entry) => entry.isDirectory() && isOrganizationFolder(entry.name))
    .map(({ name }) => name)
    .sort();
}

async function daysOf(folder: string, organization: string): Promise<string[]> {
  if (!isOrganizationFolder(organization)) return [];
  const names = (await ifThere(readdir(join(folder, organization)))) ?? [];
  return names
    .filter((name) => parseDay(name) !== null)
    .sort()
    .reverse();
}

/** Holds a few times as many as are asked for, however many the day has. */
async function latestOfDay(dayFolder: string, day: string, count: number): Promise<FoundFile[]> {
  const entries = await ifThere(opendir(dayFolder));
  if (entries === null) return [];
  let latest: FoundFile[] = [];
  const keepLatest = () => {
    latest.sort((one, other) => other.writtenMs - one.writtenMs || other.scheduleId - one.scheduleId);
    latest = latest.slice(0, count);
  };
  for await (const { name } of entries) {
    const scheduleId = scheduleIdOf(name);
    if (scheduleId === null) continue;
    const file = join(dayFolder, name);
    const stats = await ifThere(stat(file));
    if (stats === null) continue;
    latest.push({ day, scheduleId, file, writtenMs: stats.mtimeMs, sizeBytes: stats.size });
    if (latest.length >= 4 * count) keepLatest();
  }
  keepLatest();
  return latest;
}

async function readListed({
  day,
  scheduleId,
  file,
  writtenMs,
  sizeBytes,
}: FoundFile): Promise<ListedMessage | null> {
  const head = await ifThere(readHead(file));
  if (head === null) return null;
  const headers = parseHeaders(head);
  return {
    scheduleId,
    day,
    to: headerOf(headers, 'To'),
    subject: headerOf(headers, 'Subject'),
    writtenAt: new Date(writtenMs),
    sizeBytes,
  };
}

async function readHead(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** A file may go while it is looked at: whoever deletes messages does not ask. */
async function ifThere<T>(result: Promise<T>): Promise<T | null> {
  try {
    return await result;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
