/**
 * Imports a CSV file of contacts (SPEC 15) in one transaction: every row that can be stored, or nothing.
 * The file streams through COPY into a staging table; what it holds is then compared with what is there,
 * slice by slice, so that neither this program nor the server holds the file in memory.
 */
import type { Pool, PoolClient } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import { actAs } from './act-as.ts';
import type { FileColumns } from './contacts-file/columns.ts';
import { sliceOf } from './contacts-file/slice.ts';
import { CONTACTS_FILE } from './contacts-file/staged-row.ts';
import type { OpenFile, StagedFile } from './csv-file/stage-file.ts';
import {
  fillStage,
  importCounts,
  importFile,
  inSlices,
  NothingStored,
  ProblemCounter,
  takeImportTurn,
  type FileImport,
  type ImportCounts,
} from './file-import.ts';
import { createOrganization } from './queries/create-organization.ts';
import { findOrganization, type OrganizationProfile } from './queries/find-organization.ts';
import { giveBackExternalIds } from './queries/give-back-external-ids.ts';
import { insertAuditEntry } from './queries/insert-audit-entry.ts';
import { insertStagedContacts } from './queries/insert-staged-contacts.ts';
import { CONTACTS_STAGE, createContactsStage } from './queries/stage-contacts.ts';
import { updateStagedContacts } from './queries/update-staged-contacts.ts';

export interface ContactsImport extends FileImport {
  readonly organization: string;
  /** A new organization becomes a sandbox; one that is there has to be one. */
  readonly isSandbox: boolean;
  /** Of a new organization. */
  readonly timeZone: string;
}

export interface ContactsImportResult extends ImportCounts {
  readonly organization: OrganizationProfile;
  readonly organizationCreated: boolean;
  /** Deleted contacts that are contacts again, under their ids and with their ledger (SPEC 3). */
  readonly restored: number;
  /** Columns of the file that were kept as attributes. */
  readonly attributeColumns: readonly string[];
}

/** @throws SchedulerError CSV_UNREADABLE, ORGANIZATION_KIND, INVALID_INPUT */
export function importContacts(pool: Pool, request: ContactsImport): Promise<ContactsImportResult> {
  return importFile(pool, request.file, (client, source) => importInTransaction(client, request, source));
}

async function importInTransaction(
  client: PoolClient,
  request: ContactsImport,
  source: OpenFile,
): Promise<ContactsImportResult> {
  await actAs(client, request.actor);
  // For the audit log: all of it is one entry, written below (migration 0005).
  await client.query("SELECT set_config('email_scheduler.contacts_summed_up', 'on', true)");
  const { organization, created } = await openOrganization(client, request);
  const problems = new ProblemCounter(request.onProblem);
  await createContactsStage(client);
  const form = { form: CONTACTS_FILE, stage: CONTACTS_STAGE };
  const file = await fillStage(client, source, form, request, problems);
  const attributeColumns = file.columns.others.map(({ name }) => name);
  if (request.isStrict && problems.refused > 0) {
    const counts = { ...importCounts(file.rows, problems, null), restored: 0 };
    throw new NothingStored({ organization, organizationCreated: false, ...counts, attributeColumns });
  }
  const changes = await storeStage(client, organization.id, file, request);
  const { isStored, ...counts } = importCounts(file.rows, problems, changes);
  const summary = { ...counts, restored: changes.restored };
  await insertAuditEntry(client, {
    organizationId: organization.id,
    entity: 'contacts',
    action: 'import',
    summary,
  });
  return { organization, organizationCreated: created, isStored, ...summary, attributeColumns };
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
  await takeImportTurn(client, opened.organization.id, () => {
    request.onProgress({ phase: 'waiting' });
  });
  return opened;
}

async function storeStage(
  client: PoolClient,
  organizationId: number,
  file: StagedFile<FileColumns>,
  request: ContactsImport,
): Promise<{ added: number; restored: number; updated: number }> {
  const { rows } = await client.query<{ empty: boolean }>(
    'SELECT NOT EXISTS (SELECT FROM contacts WHERE organization_id = $1) AS empty',
    [organizationId],
  );
  const isEmpty = rows[0]?.empty === true;
  const changes = { added: 0, restored: 0, updated: 0 };
  if (!isEmpty) await giveBackExternalIds(client, organizationId);
  await inSlices(file.lastLine, request.onProgress, async (firstLine, lastLine) => {
    const slice = sliceOf(file.columns, organizationId, firstLine, lastLine);
    if (!isEmpty) {
      const { updated, restored } = await updateStagedContacts(client, slice);
      changes.updated += updated;
      changes.restored += restored;
    }
    changes.added += await insertStagedContacts(client, slice, isEmpty);
  });
  if (changes.added > 0) await client.query('SELECT analyze_contacts()');
  return changes;
}
