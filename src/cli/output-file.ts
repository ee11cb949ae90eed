/** Files for people's data: each appears whole or not at all. */
import { createWriteStream } from 'node:fs';
import { realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SchedulerError } from '../contracts/errors.ts';

/** Where an output goes, checked before anything is read for it. */
export interface OutputFile {
  readonly path: string;
  /** A regular file, or none yet; a device or a pipe is written to as it is. */
  readonly isReplaced: boolean;
}

/**
 * @param option where the path was given
 * @throws SchedulerError INVALID_INPUT if the path is a folder or lies in none
 */
export async function openOutputFile(path: string, option = '--output'): Promise<OutputFile> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) throw refused(option, path, 'is a folder');
  if (found !== null) return { path: await realpath(path), isReplaced: found.isFile() };
  const folder = await stat(dirname(path)).catch(() => null);
  if (folder?.isDirectory() !== true) throw refused(option, path, 'lies in no folder that is there');
  return { path, isReplaced: true };
}

/**
 * Writes all of it beside the file and then puts it in the file's place. Whatever goes wrong, a file that was there
 * before is as it was.
 * @param onBytes hears now and then how many bytes have been written
 * @returns how many it were
 */
export async function writeOutputFile(
  file: OutputFile,
  source: Readable,
  { signal, onBytes }: { readonly signal: AbortSignal; readonly onBytes: (bytes: number) => void },
): Promise<number> {
  // Named by the process: two exports at once do not write into each other's file.
  const part = file.isReplaced ? `${file.path}.${process.pid}.part` : file.path;
  const target = createWriteStream(part, { flush: file.isReplaced });
  const timer = setInterval(() => {
    onBytes(target.bytesWritten);
  }, PROGRESS_EVERY_MS);
  try {
    await pipeline(source, target, { signal });
    if (file.isReplaced) await rename(part, file.path);
    return target.bytesWritten;
  } catch (error) {
    if (file.isReplaced) await rm(part, { force: true });
    throw signal.aborted ? interrupted(file.path) : asSentence(file.path, error);
  } finally {
    clearInterval(timer);
  }
}

const PROGRESS_EVERY_MS = 250;

function refused(option: string, path: string, why: string): SchedulerError {
  return new SchedulerError(
    'INVALID_INPUT',
    `${option} ${path} ${why}: name a file in a folder that is there.`,
    {
      place: option,
      value: path,
      allowed: 'a file in a folder that is there',
    },
  );
}

function interrupted(path: string): SchedulerError {
  return new SchedulerError('OUTPUT_UNWRITTEN', `Interrupted: ${path} was not written.`, { place: path });
}

/** Such as a full disk, or a folder that one may not write to; what the source says is its own error. */
function asSentence(path: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  const isOfFile = syscall === 'open' || syscall === 'write' || syscall === 'fsync' || syscall === 'rename';
  if (code === undefined || !isOfFile) return error;
  const message = `${path} cannot be written: ${(error as Error).message}.`;
  return new SchedulerError('OUTPUT_UNWRITTEN', message, { place: path }, { cause: error });
}
