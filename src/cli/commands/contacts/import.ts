import { Command } from 'commander';
import type { ChangePlanning } from '../../../client/plan-changes.ts';
import { countOf } from '../../../contracts/wording.ts';
import type { ContactsImportResult } from '../../../db/import-contacts.ts';
import { followChanges, planningSentence } from '../../change-organization.ts';
import { readEnvironment } from '../../environment.ts';
import type { ImportReport } from '../../import-report.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { countLines, problemLines, problemsJson } from '../../output/import-result.ts';
import { addImportOptions, runImport, type ImportOptions } from '../../run-import.ts';
import { timeZoneFor } from '../../time-zone-for.ts';
import { systemActor, withDatabase } from '../../with-database.ts';

interface ContactsImportOptions extends ImportOptions {
  readonly organization: string;
  readonly sandbox?: true;
  readonly as?: string;
  readonly json?: true;
}

export function contactsImportCommand(): Command {
  return addImportOptions(new Command('import'))
    .description('add and update contacts by external_id from a CSV file; the plan in force follows')
    .argument('<file.csv>', 'columns: external_id, email, first_name, …; unknown ones become attributes')
    .addOption(organizationOption('whose contacts; it is created if need be'))
    .option('--sandbox', 'a new organization becomes a sandbox, with a clock of its own')
    .addOption(asOption())
    .addOption(jsonOption())
    .action(importContactsFile);
}

interface Imported {
  readonly file: string;
  readonly result: ContactsImportResult;
  readonly report: ImportReport;
  readonly planning: ChangePlanning;
}

async function importContactsFile(file: string, options: ContactsImportOptions): Promise<void> {
  const { importContacts } = await import('../../../db/import-contacts.ts');
  const timeZone = await timeZoneFor(options.organization, readEnvironment());
  await withDatabase('contacts import', async (pool) => {
    const { result, report } = await runImport('contacts', file, options, (request) =>
      importContacts(pool, {
        ...request,
        organization: options.organization,
        isSandbox: options.sandbox === true,
        timeZone,
        actor: options.as ?? systemActor(),
      }),
    );
    const planning: ChangePlanning = result.isStored
      ? await followChanges(pool, result.organization)
      : { outcome: 'nothing' };
    const imported = { file, result, report, planning };
    if (options.json) console.log(JSON.stringify(resultAsJson(imported), null, 2));
    else for (const line of resultLines(imported, options.report)) console.log(line);
  });
}

function resultAsJson({ file, result, report, planning }: Imported): unknown {
  const { organization, organizationCreated, isStored, ...counts } = result;
  return {
    file,
    organization: organization.name,
    sandbox: organization.isSandbox,
    created: organizationCreated,
    stored: isStored,
    ...counts,
    problems: problemsJson(report),
    planning,
  };
}

function resultLines({ file, result, report, planning }: Imported, reportFile: string | undefined): string[] {
  const { organization, rows, attributeColumns, restored } = result;
  const kind = organization.isSandbox ? 'sandbox' : 'organization';
  const into = `${result.organizationCreated ? 'new ' : ''}${kind} ${organization.name}`;
  const lines = [`${file} into ${into}: ${countOf(rows, 'row')}`, ...countLines(result)];
  if (restored > 0) {
    lines.push(
      `  ${restored} restored: deleted before, and contacts again with their ids and what they were sent`,
    );
  }
  if (attributeColumns.length > 0) lines.push(`  kept as attributes: ${attributeColumns.join(', ')}`);
  const sentence = planningSentence(planning, organization.name);
  return [...lines, ...problemLines(report, reportFile), ...(sentence === null ? [] : [sentence])];
}
