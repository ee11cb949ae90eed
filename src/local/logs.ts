import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { logFolder } from './home.ts';

const KEPT_BYTES = 16 * 1024 * 1024;

/** The file that a server writes its log to; a long one is put aside first. */
export function logFileOf(home: string, service: string): string {
  const file = join(logFolder(home), `${service}.log`);
  if (sizeOf(file) > KEPT_BYTES) renameSync(file, `${file}.1`);
  return file;
}

export function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** What was written to the log since it had the given size, at most its last 64 kB. */
export function readLogFrom(file: string, offsetBytes: number): string {
  const size = sizeOf(file);
  const from = Math.max(offsetBytes, size - 65_536);
  if (size <= from) return '';
  const buffer = Buffer.alloc(size - from);
  const descriptor = openSync(file, 'r');
  try {
    return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, from));
  } finally {
    closeSync(descriptor);
  }
}

/** The last lines of the log, for an error's sentence. */
export function lastLogLines(file: string, offsetBytes: number, lines = 3): string {
  const written = readLogFrom(file, offsetBytes).trim();
  return written === '' ? 'it wrote nothing' : written.split('\n').slice(-lines).join(' | ');
}
