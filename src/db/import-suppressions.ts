/** Imports a CSV file of suppressions in one transaction: every row that can be stored, or nothing. */
import type { Pool, PoolClient } from 'pg';
import { actAs } from './act-as.ts';
import type { OpenFile } from './csv-file/stage-file.ts';
import {
  fillStage,
  importCounts,
  importFile,
  NothingStored,
  ProblemCounter,
  storeInSlices,
  takeImportTurn,
  type FileImport,
  type ImportCounts,
} from './file-import.ts';
import type { OrganizationProfile } from './queries/find-organization.ts';
import {
  countStagedContacts,
  createSuppressionsStage,
  storeStagedSuppressions,
  SUPPRESSIONS_STAGE,
} from './queries/stage-suppressions.ts';
import { suppressionsFile, type SuppressionDefaults } from './suppressions-file/staged-suppression.ts';

export interface SuppressionsImport extends FileImport {
  readonly organization: OrganizationProfile;
  readonly defaults: SuppressionDefaults;
}

export interface SuppressionsImportResult extends ImportCounts {
  /** Contacts that have one of the addresses. */
  readonly contacts: number;
}

/** @throws SchedulerError CSV_UNREADABLE */
export function importSuppressions(
  pool: Pool,
  request: SuppressionsImport,
): Promise<SuppressionsImportResult> {
  return importFile(pool, request.file, (client, source) => importInTransaction(client, request, source));
}

async function importInTransaction(
  client: PoolClient,
  { organization, defaults, ...request }: SuppressionsImport,
  source: OpenFile,
): Promise<SuppressionsImportResult> {
  const { onProgress } = request;
  await actAs(client, request.actor);
  await takeImportTurn(client, organization.id, () => {
    onProgress({ phase: 'waiting' });
  });
  const problems = new ProblemCounter(request.onProblem);
  await createSuppressionsStage(client);
  const form = { form: suppressionsFile(defaults), stage: SUPPRESSIONS_STAGE };
  const file = await fillStage(client, source, form, request, problems);
  if (request.isStrict && problems.refused > 0) {
    throw new NothingStored({ ...importCounts(file.rows, problems, null), contacts: 0 });
  }

  const changes = await storeInSlices(file.lastLine, onProgress, (lines) =>
    storeStagedSuppressions(client, organization.id, lines),
  );
  const contacts = await countStagedContacts(client, organization.id);
  return { ...importCounts(file.rows, problems, changes), contacts };
}
