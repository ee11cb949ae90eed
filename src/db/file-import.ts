/** What every import of a file is: one transaction, everything that can be stored or nothing. */
import type { ClientBase, Pool, PoolClient } from 'pg';
import { fileColumn, type NamedColumns } from './csv-file/header.ts';
import { importProblem, type ImportProblem } from './csv-file/problems.ts';
import { openFile, stageFile, type OpenFile, type StagedFile } from './csv-file/stage-file.ts';
import type { FileForm } from './csv-file/staging-stream.ts';
import { removeDuplicates } from './queries/remove-duplicates.ts';
import { copyIntoStage, indexStage, type Stage } from './queries/stage-rows.ts';
import { inTransaction } from './transaction.ts';

export interface FileImport {
  readonly file: string;
  /** Store nothing if a row is refused. */
  readonly isStrict: boolean;
  /** Who imports, for contact history and audit log. */
  readonly actor: string;
  readonly onProblem: (problem: ImportProblem) => void;
  readonly onProgress: (progress: ImportProgress) => void;
}

export type ImportProgress =
  | { readonly phase: 'waiting' }
  | { readonly phase: 'reading'; readonly bytesRead: number; readonly bytesTotal: number }
  | { readonly phase: 'comparing' }
  | { readonly phase: 'storing'; readonly linesDone: number; readonly linesTotal: number };

export interface ImportCounts {
  /** False: strict, and a row was refused. */
  readonly isStored: boolean;
  readonly rows: number;
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly warnings: number;
}

/** Bounds what triggers and foreign keys gather for one statement, and says how far it is. */
const SLICE_LINES = 100_000;
/** Imports of one organization take turns (the first key of two; the second is the organization). */
const IMPORT_LOCK_CLASS = 7072;

/** Ends the transaction of a strict import that refused a row. */
export class NothingStored<T> extends Error {
  readonly result: T;

  constructor(result: T) {
    super('a row was refused');
    this.result = result;
  }
}

/** @throws SchedulerError CSV_UNREADABLE, and what the work throws; NothingStored ends it with its result */
export async function importFile<T>(
  pool: Pool,
  path: string,
  work: (client: PoolClient, source: OpenFile) => Promise<T>,
): Promise<T> {
  const source = await openFile(path);
  try {
    return await inTransaction(pool, (client) => work(client, source));
  } catch (error) {
    if (error instanceof NothingStored) return error.result as T;
    throw error;
  } finally {
    await source.handle.close();
  }
}

export async function takeImportTurn(
  client: ClientBase,
  organizationId: number,
  onWaiting: () => void,
): Promise<void> {
  const lock = [IMPORT_LOCK_CLASS, organizationId];
  const { rows } = await client.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_xact_lock($1, $2) AS taken',
    lock,
  );
  if (rows[0]?.taken === true) return;
  onWaiting();
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', lock);
}

interface ChangedRows {
  readonly added: number;
  readonly updated: number;
  readonly restored?: number;
}

const NO_CHANGES = { added: 0, updated: 0, restored: 0 };

/** Counts what is said about rows on its way to who asked. */
export class ProblemCounter {
  refused = 0;
  warnings = 0;
  readonly #onProblem: (problem: ImportProblem) => void;

  constructor(onProblem: (problem: ImportProblem) => void) {
    this.#onProblem = onProblem;
  }

  readonly add = (problem: ImportProblem): void => {
    if (problem.severity === 'refused') this.refused++;
    else this.warnings++;
    this.#onProblem(problem);
  };
}

/** @param changes rows that were stored; `null`: nothing is */
export function importCounts(
  rows: number,
  { refused, warnings }: ProblemCounter,
  changes: ChangedRows | null,
): ImportCounts {
  const { added, updated, restored } = { ...NO_CHANGES, ...changes };
  const unchanged = changes === null ? 0 : rows - refused - added - restored - updated;
  return { isStored: changes !== null, rows, added, updated, unchanged, refused, warnings };
}

/** Reads the file into its stage, which is there and empty; of two rows about the same, the first one stays. */
export async function fillStage<Columns extends NamedColumns>(
  client: ClientBase,
  source: OpenFile,
  { form, stage }: { readonly form: FileForm<Columns>; readonly stage: Stage },
  { onProgress }: Pick<FileImport, 'onProgress'>,
  problems: ProblemCounter,
): Promise<StagedFile<Columns>> {
  const file = await stageFile(source, form, copyIntoStage(client, stage), {
    onProblem: problems.add,
    onBytes: (bytesRead) => {
      onProgress({ phase: 'reading', bytesRead, bytesTotal: source.sizeBytes });
    },
  });
  onProgress({ phase: 'comparing' });
  await indexStage(client, stage);
  await removeDuplicates(client, stage, ({ line, firstLine, value }) => {
    const column = fileColumn(file.columns, stage.named);
    problems.add(importProblem(stage.duplicate, line, column, value, `line ${firstLine}`));
  });
  return file;
}

/**
 * The lines of a file in slices of one size: a last one of few lines would note each of its contacts for
 * planning.
 */
export async function inSlices(
  lastLine: number,
  onProgress: FileImport['onProgress'],
  store: (firstLine: number, lastLine: number) => Promise<void>,
): Promise<void> {
  const sliceLines = Math.ceil(lastLine / Math.ceil(lastLine / SLICE_LINES));
  for (let firstLine = 1; firstLine <= lastLine; firstLine += sliceLines) {
    onProgress({ phase: 'storing', linesDone: firstLine - 1, linesTotal: lastLine });
    await store(firstLine, firstLine + sliceLines - 1);
  }
}

/** As `inSlices`, with what it comes to. */
export async function storeInSlices(
  lastLine: number,
  onProgress: FileImport['onProgress'],
  store: (lines: { readonly firstLine: number; readonly lastLine: number }) => Promise<ChangedRows>,
): Promise<ChangedRows> {
  const changes = { added: 0, updated: 0 };
  await inSlices(lastLine, onProgress, async (first, last) => {
    const { added, updated } = await store({ firstLine: first, lastLine: last });
    changes.added += added;
    changes.updated += updated;
  });
  return changes;
}
