import { Command } from 'commander';
import type { TargetsImportResult } from '../../../db/import-targets.ts';
import type { ImportReport } from '../../import-report.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { countLines, problemLines, problemsJson } from '../../output/import-result.ts';
import { countOf, shellWord } from '../../../contracts/wording.ts';
import { addImportOptions, runImport, type ImportOptions } from '../../run-import.ts';

interface TargetsImportOptions extends ImportOptions {
  readonly instance: string;
  readonly organization: string;
  readonly as?: string;
  readonly json?: true;
}

/** `campaigns targets import`. */
export function importTargetsCommand(): Command {
  return addImportOptions(new Command('import'))
    .description('add targets, and change those that are there, from a CSV file')
    .argument('<file.csv>', 'columns: external_id, trigger_date, metadata; a blank value empties')
    .requiredOption('--instance <name>', 'of which campaign instance')
    .addOption(organizationOption('whose campaign'))
    .addOption(asOption())
    .addOption(jsonOption())
    .action(importTargetsFile);
}

async function importTargetsFile(file: string, options: TargetsImportOptions): Promise<void> {
  const [{ withOrganization, systemActor }, { followChanges, planningSentence }, { importTargets }] =
    await Promise.all([
      import('../../with-database.ts'),
      import('../../change-organization.ts'),
      import('../../../db/import-targets.ts'),
    ]);
  await withOrganization('campaigns targets import', options.organization, async (pool, organization) => {
    const { result, report } = await runImport('targets', file, options, (request) =>
      importTargets(pool, {
        ...request,
        organization,
        instance: options.instance,
        actor: options.as ?? systemActor(),
      }),
    );
    const planning = result.isStored ? await followChanges(pool, organization) : null;
    if (options.json) {
      const document = { ...resultAsJson(file, organization.name, result, report), planning };
      console.log(JSON.stringify(document, null, 2));
      return;
    }
    for (const line of resultLines(file, result, report, options.report)) console.log(line);
    const sentence = planning === null ? null : planningSentence(planning, organization.name);
    if (result.isStored) for (const line of statusLines(result, organization.name)) console.log(line);
    if (sentence !== null) console.log(sentence);
  });
}

function resultAsJson(file: string, organization: string, result: TargetsImportResult, report: ImportReport) {
  const { instance, isStored, ...counts } = result;
  const { name, status } = instance;
  return {
    file,
    organization,
    instance: name,
    status,
    stored: isStored,
    ...counts,
    problems: problemsJson(report),
  };
}

function resultLines(
  file: string,
  result: TargetsImportResult,
  report: ImportReport,
  reportFile: string | undefined,
): string[] {
  const { name, status } = result.instance;
  return [
    `${file} into the campaign instance ${name} (${status}): ${countOf(result.rows, 'row')}`,
    ...countLines(result),
    ...problemLines(report, reportFile),
  ];
}

function statusLines({ instance: { name, status } }: TargetsImportResult, organization: string): string[] {
  if (status === 'active') return [];
  return [
    status === 'draft'
      ? `${name} is a draft: no mail of it is planned yet. \`npx email-scheduler campaigns preview ${shellWord(name)} --organization ${organization}\` shows what it would do.`
      : `${name} is paused: its mails are planned, and none is sent until it goes on.`,
  ];
}
