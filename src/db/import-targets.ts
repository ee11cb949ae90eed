/**
 * Imports a CSV file of targets of a campaign instance (SPEC 15) in one transaction: every row that can be stored, or
 * nothing. As with contacts, neither this program nor the server holds the file in memory.
 */
import type { Pool, PoolClient } from 'pg';
import { actAs } from './act-as.ts';
import { fileColumn } from './csv-file/header.ts';
import { importProblem } from './csv-file/problems.ts';
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
import { endedInstance, unknownInstance } from './instance-refusals.ts';
import type { OrganizationProfile } from './queries/find-organization.ts';
import { holdInstance, type HeldInstance } from './queries/hold-instance.ts';
import { listStagedLines } from './queries/list-staged-lines.ts';
import {
  createTargetsStage,
  removeNewTargets,
  resolveTargets,
  TARGETS_STAGE,
} from './queries/stage-targets.ts';
import { storeStagedTargets } from './queries/store-staged-targets.ts';
import { targetsFile, type TargetColumns } from './targets-file/staged-target.ts';

export interface TargetsImport extends FileImport {
  readonly organization: OrganizationProfile;
  /** The instance's name. */
  readonly instance: string;
}

export interface TargetsImportResult extends ImportCounts {
  readonly instance: HeldInstance;
}

/** @throws SchedulerError CSV_UNREADABLE, UNKNOWN_CAMPAIGN, CAMPAIGN_CLOSED */
export function importTargets(pool: Pool, request: TargetsImport): Promise<TargetsImportResult> {
  return importFile(pool, request.file, (client, source) => importInTransaction(client, request, source));
}

async function importInTransaction(
  client: PoolClient,
  request: TargetsImport,
  source: OpenFile,
): Promise<TargetsImportResult> {
  const { organization, onProgress } = request;
  await actAs(client, request.actor);
  await takeImportTurn(client, organization.id, () => {
    onProgress({ phase: 'waiting' });
  });
  const instance = await holdOpenInstance(client, request);
  const needsTriggerDate = !instance.isForAllContacts;
  const problems = new ProblemCounter(request.onProblem);
  await createTargetsStage(client);
  const form = { form: targetsFile(needsTriggerDate), stage: TARGETS_STAGE };
  const file = await fillStage(client, source, form, request, problems);
  await resolveTargets(client, organization.id);
  await nameUnknownContacts(client, file.columns, problems);
  if (needsTriggerDate && !file.columns.indexOf.has('trigger_date')) {
    await refuseTargetsWithoutDate(
      client,
      { organizationId: organization.id, instanceId: instance.id },
      problems,
    );
  }
  if (request.isStrict && problems.refused > 0) {
    throw new NothingStored({ instance, ...importCounts(file.rows, problems, null) });
  }

  const columns = (['trigger_date', 'metadata'] as const).filter((column) =>
    file.columns.indexOf.has(column),
  );
  const slice = { organizationId: organization.id, instanceId: instance.id, columns };
  const changes = await storeInSlices(file.lastLine, onProgress, (lines) =>
    storeStagedTargets(client, { ...slice, ...lines }),
  );
  return { instance, ...importCounts(file.rows, problems, changes) };
}

async function holdOpenInstance(
  client: PoolClient,
  { organization, instance: name }: TargetsImport,
): Promise<HeldInstance> {
  const instance = await holdInstance(client, organization.id, name);
  if (instance === null) throw unknownInstance(organization.name, name);
  if (instance.status === 'ended') throw endedInstance(organization.name, name);
  return instance;
}

async function nameUnknownContacts(
  client: PoolClient,
  columns: TargetColumns,
  problems: ProblemCounter,
): Promise<void> {
  const column = fileColumn(columns, 'external_id');
  await listStagedLines(
    client,
    'SELECT line, external_id AS value FROM resolved_targets WHERE contact_id IS NULL ORDER BY line',
    ({ line, value }) => {
      problems.add(importProblem('unknown_contact', line, column, value));
    },
  );
}

/** The file has no column for it: it may change what is there, and adds nobody. */
async function refuseTargetsWithoutDate(
  client: PoolClient,
  { organizationId, instanceId }: { readonly organizationId: number; readonly instanceId: number },
  problems: ProblemCounter,
): Promise<void> {
  await removeNewTargets(client, organizationId, instanceId, ({ line, value }) => {
    const detail = `the file has no such column, and ${value} is no target yet`;
    problems.add(importProblem('no_trigger_date', line, null, value, detail));
  });
}
