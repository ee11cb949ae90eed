/** Writes messages where a person can look at them, and sends nothing. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { composeMessage } from '../compose-message.ts';
import type { HandOver, HandOverContext, Message, Provider } from '../message.ts';
import { messageFile } from '../sandbox-file.ts';

/** A mailbox that bounces, defers or leaves it open, for demos and tests: `bounce@…`, `bounce+anything@…`. */
type Pretence = 'bounce' | 'defer' | 'unknown' | null;

export class SandboxProvider implements Provider {
  readonly name = 'sandbox';
  readonly #folder: string;
  readonly #now: () => Date;

  constructor(folder: string, now: () => Date) {
    this.#folder = folder;
    this.#now = now;
  }

  async handOver(message: Message, context: HandOverContext): Promise<HandOver> {
    const mail = await composeMessage(message, this.#now());
    if ('fault' in mail) return { outcome: 'refused', response: mail.fault, isHardBounce: false };
    const file = messageFile(this.#folder, context);
    if (file === null) {
      const response = 'The message has no organization, day or number by which it could be written.';
      return { outcome: 'refused', response, isHardBounce: false };
    }
    const pretence = pretenceOf(message.to);
    if (pretence === 'bounce') {
      return { outcome: 'refused', response: '550 5.1.1 Sandbox: no such mailbox', isHardBounce: true };
    }
    if (pretence === 'defer') {
      return { outcome: 'deferred', response: '451 4.7.1 Sandbox: try again later', retryAfterMs: 60_000 };
    }
    const written = await write(file, mail.bytes, context.signal);
    if (written !== null) return written;
    if (pretence === 'unknown') {
      return { outcome: 'unknown', response: 'Sandbox: written, and the answer is withheld' };
    }
    return { outcome: 'accepted', providerMessageId: null, response: '250 2.0.0 Sandbox: written' };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function pretenceOf(address: string): Pretence {
  const box = /^(bounce|defer|unknown)(?:\+[^@]*)?@/i.exec(address)?.[1];
  return (box?.toLowerCase() ?? null) as Pretence;
}

/**
 * Whole or not at all, and on the disk before it counts; a second time replaces the first.
 * @returns what kept it from being written
 */
async function write(file: string, bytes: Buffer, signal: AbortSignal): Promise<HandOver | null> {
  const part = `${file}.${randomBytes(6).toString('hex')}.part`;
  let isInPlace = false;
  try {
    signal.throwIfAborted();
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeToDisk(part, bytes);
    signal.throwIfAborted();
    await rename(part, file);
    isInPlace = true;
    await syncFolder(dirname(file));
    return null;
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    const response = signal.aborted ? 'The hand-over was aborted' : causeOf(error);
    return isInPlace
      ? { outcome: 'unknown', response }
      : { outcome: 'deferred', response, retryAfterMs: null };
  }
}

async function writeToDisk(file: string, bytes: Buffer): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The name, too, is to outlast a power cut. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function causeOf(error: unknown): string {
  const { code, syscall } = error as NodeJS.ErrnoException;
  return `The sandbox cannot be written: ${[code, syscall].filter((part) => part !== undefined).join(' ') || String(error)}`;
}
