/** Streams a CSV file into a staging table, so that nobody holds it in memory. */
import { open, type FileHandle } from 'node:fs/promises';
import { Transform, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { unreadable } from './header.ts';
import type { ImportProblem } from './problems.ts';
import { StagingStream, type FileForm } from './staging-stream.ts';

const READ_BYTES = 262_144;

export interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly sizeBytes: number;
}

/** @throws SchedulerError CSV_UNREADABLE */
export async function openFile(path: string): Promise<OpenFile> {
  const handle = await open(path).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw unreadable(path, 'is not there: check its path.', { cause: error });
    throw unreadable(path, `cannot be read (${String(code)}).`, { cause: error });
  });
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw unreadable(path, 'is a folder: give the path of a CSV file.');
  }
  return { path, handle, sizeBytes: stats.size };
}

export interface StagedFile<Columns> {
  readonly columns: Columns;
  /** Rows of the file, the refused ones included. */
  readonly rows: number;
  /** The line on which the last row begins. */
  readonly lastLine: number;
}

export interface FileListener {
  readonly onProblem: (problem: ImportProblem) => void;
  readonly onBytes: (bytesRead: number) => void;
}

/** @param stage takes rows in the text format of COPY */
export async function stageFile<Columns>(
  source: OpenFile,
  form: FileForm<Columns>,
  stage: Writable,
  { onProblem, onBytes }: FileListener,
): Promise<StagedFile<Columns>> {
  const staging = new StagingStream(source.path, form, onProblem);
  await pipeline(
    source.handle.createReadStream({ highWaterMark: READ_BYTES, autoClose: false }),
    countBytes(onBytes),
    staging,
    stage,
  );
  return { columns: staging.columns!, rows: staging.rowCount, lastLine: staging.lastLine };
}

function countBytes(onBytes: (bytesRead: number) => void): Transform {
  let bytesRead = 0;
  return new Transform({
    transform(piece: Buffer, _encoding, callback) {
      bytesRead += piece.length;
      onBytes(bytesRead);
      callback(null, piece);
    },
  });
}
