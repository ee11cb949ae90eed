/**
 * Imports a CSV file of contacts (SPEC 15) in one transaction: every row that can be stored, or nothing.
 * The file streams through COPY into a staging table; what it holds is then compared with what is there,
 * slice by slice, so that neither this program nor the server holds the file in memory.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Pool, PoolClient } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import { actAs } from './act-as.ts';
import { DATE_COLUMNS, TEXT_COLUMNS, unreadable, type FileColumns } from './contacts-file/columns.ts';
import { importProblem, type ImportProblem } from './contacts-file/problems.ts';
import { AS_GIVEN } from './contacts-file/staged-row.ts';
import { StagingStream } from './contacts-file/staging-stream.ts';
import { createOrganization } from './queries/create-organization.ts';
import { findOrganization, type OrganizationProfile } from './queries/find-organization.ts';
import { insertAuditEntry } from './queries/insert-audit-entry.ts';
import { insertStagedContacts } from './queries/insert-staged-contacts.ts';
import { removeDuplicates } from './queries/remove-duplicates.ts';
import { copyIntoStage, createContactsStage, indexStage } from './queries/stage-contacts.ts';
import { updateStagedContacts, type StagedSlice } from './queries/update-staged-contacts.ts';
import { inTransaction } from './transaction.ts';

export interface ContactsImport {
  readonly file: string;
  readonly organization: string;
  /** A new organization becomes a sandbox; one that is there has to be one. */
  readonly isSandbox: boolean;
  /** Of a new organization. */
  readonly timeZone: string;
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

export interface ContactsImportResult {
  readonly organization: OrganizationProfile;
  readonly organizationCreated: boolean;
  /** False: strict, and a row was refused. */
  readonly isStored: boolean;
  readonly rows: number;
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly warnings: number;
  /** Columns of the file that were kept as attributes. */
  readonly attributeColumns: readonly string[];
}

const READ_BYTES = 262_144;
/** Bounds what triggers and foreign keys gather for one statement, and says how far it is. */
const SLICE_LINES = 100_000;
/** Imports of one organization take turns (the first key of two; the second is the organization). */
const IMPORT_LOCK_CLASS = 7072;

/** @throws SchedulerError CSV_UNREADABLE, ORGANIZATION_KIND, INVALID_INPUT */
export async function importContacts(pool: Pool, request: ContactsImport): Promise<ContactsImportResult> {
  const file = await openFile(request.file);
  try {
    return await inTransaction(pool, (client) => importInTransaction(client, request, file));
  } catch (error) {
    if (error instanceof NothingStored) return error.result;
    throw error;
  } finally {
    await file.handle.close();
  }
}

/** Ends the transaction of a strict import that refused a row. */
class NothingStored extends Error {
  readonly result: ContactsImportResult;

  constructor(result: ContactsImportResult) {
    super('a row was refused');
    this.result = result;
  }
}

async function importInTransaction(
  client: PoolClient,
  request: ContactsImport,
  source: OpenFile,
): Promise<ContactsImportResult> {
  await actAs(client, request.actor);
  const { organization, created } = await openOrganization(client, request);
  const counts = { refused: 0, warnings: 0 };
  const onProblem = (problem: ImportProblem): void => {
    counts[problem.severity === 'refused' ? 'refused' : 'warnings']++;
    request.onProblem(problem);
  };
  const file = await stageFile(client, request, source, onProblem);
  request.onProgress({ phase: 'comparing' });
  await indexStage(client);
  await removeDuplicates(client, ({ line, firstLine, externalId }) => {
    const column = file.columns.names[file.columns.indexOf.get('external_id')!]!;
    onProblem(importProblem('twice_in_file', line, column, externalId, `line ${firstLine}`));
  });

  const attributeColumns = file.columns.others.map(({ name }) => name);
  if (request.isStrict && counts.refused > 0) {
    const nothing = { rows: file.rows, added: 0, updated: 0, unchanged: 0, ...counts };
    throw new NothingStored({
      organization,
      organizationCreated: false,
      isStored: false,
      ...nothing,
      attributeColumns,
    });
  }
  const changes = await storeStage(client, organization.id, file, request);
  const unchanged = file.rows - counts.refused - changes.added - changes.updated;
  const summary = { rows: file.rows, ...changes, unchanged, ...counts };
  await insertAuditEntry(client, {
    organizationId: organization.id,
    entity: 'contacts',
    action: 'import',
    summary,
  });
  return { organization, organizationCreated: created, isStored: true, ...summary, attributeColumns };
}

async function openOrganization(
  client: PoolClient,
  request: ContactsImport,
): Promise<{ organization: OrganizationProfile; created: boolean }> {
  const found = await findOrganization(client, request.organization);
  const opened =
    found === null
      ? await createOrganization(client, { ...request, name: request.organization })
      : { organization: found, created: false };
  if (request.isSandbox && !opened.organization.isSandbox) {
    throw new SchedulerError(
      'ORGANIZATION_KIND',
      `The organization ${request.organization} is there and is no sandbox: leave --sandbox away, or give another name.`,
      { place: 'sandbox', value: request.organization },
    );
  }
  const lock = [IMPORT_LOCK_CLASS, opened.organization.id];
  const { rows } = await client.query<{ taken: boolean }>(
    'SELECT pg_try_advisory_xact_lock($1, $2) AS taken',
    lock,
  );
  if (rows[0]?.taken !== true) {
    request.onProgress({ phase: 'waiting' });
    await client.query('SELECT pg_advisory_xact_lock($1, $2)', lock);
  }
  return opened;
}

interface StagedFile {
  readonly columns: FileColumns;
  readonly rows: number;
  readonly lastLine: number;
}

async function stageFile(
  client: PoolClient,
  request: ContactsImport,
  source: OpenFile,
  onProblem: (problem: ImportProblem) => void,
): Promise<StagedFile> {
  await createContactsStage(client);
  const read = { columns: null as FileColumns | null };
  const staging = new StagingStream(
    request.file,
    (columns) => {
      read.columns = columns;
    },
    onProblem,
  );
  await pipeline(
    source.handle.createReadStream({ highWaterMark: READ_BYTES, autoClose: false }),
    countBytes((bytesRead) => {
      request.onProgress({ phase: 'reading', bytesRead, bytesTotal: source.sizeBytes });
    }),
    staging,
    copyIntoStage(client),
  );
  return { columns: read.columns!, rows: staging.rowCount, lastLine: staging.lastLine };
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

async function storeStage(
  client: PoolClient,
  organizationId: number,
  file: StagedFile,
  request: ContactsImport,
): Promise<{ added: number; updated: number }> {
  const { rows } = await client.query<{ empty: boolean }>(
    'SELECT NOT EXISTS (SELECT FROM contacts WHERE organization_id = $1) AS empty',
    [organizationId],
  );
  const isEmpty = rows[0]?.empty === true;
  const changes = { added: 0, updated: 0 };
  // Slices of one size: a last one of few lines would note each of its contacts for planning.
  const sliceLines = Math.ceil(file.lastLine / Math.ceil(file.lastLine / SLICE_LINES));
  for (let firstLine = 1; firstLine <= file.lastLine; firstLine += sliceLines) {
    request.onProgress({ phase: 'storing', linesDone: firstLine - 1, linesTotal: file.lastLine });
    const slice = sliceOf(file.columns, organizationId, firstLine, firstLine + sliceLines - 1);
    if (!isEmpty) changes.updated += await updateStagedContacts(client, slice);
    changes.added += await insertStagedContacts(client, slice, isEmpty);
  }
  if (changes.added > 0) await client.query('SELECT analyze_contacts()');
  return changes;
}

function sliceOf(
  columns: FileColumns,
  organizationId: number,
  firstLine: number,
  lastLine: number,
): StagedSlice {
  const areGiven = columns.indexOf.has('attributes');
  const dates = DATE_COLUMNS.filter((column) => columns.indexOf.has(column));
  // Attributes that the file gives as a whole may hold originals of an earlier import: those stay.
  const originals = areGiven ? [] : dates.map((column) => AS_GIVEN[column]);
  return {
    organizationId,
    firstLine,
    lastLine,
    columns: [...TEXT_COLUMNS.filter((column) => columns.indexOf.has(column)), ...dates],
    attributes: { areGiven, managedKeys: [...columns.others.map(({ name }) => name), ...originals] },
  };
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly sizeBytes: number;
}

async function openFile(file: string): Promise<OpenFile> {
  const handle = await open(file).catch((error: unknown) => {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw unreadable(file, 'is not there: check its path.', { cause: error });
    throw unreadable(file, `cannot be read (${String(code)}).`, { cause: error });
  });
  const stats = await handle.stat();
  if (stats.isDirectory()) {
    await handle.close();
    throw unreadable(file, 'is a folder: give the path of a CSV file.');
  }
  return { handle, sizeBytes: stats.size };
}
