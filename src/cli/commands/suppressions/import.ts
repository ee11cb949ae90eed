import { Command } from 'commander';
import type { SuppressionScope } from '../../../contracts/suppression.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { countLines, problemLines, problemsJson } from '../../output/import-result.ts';
import { countOf } from '../../../contracts/wording.ts';
import { addImportOptions, runImport, type ImportOptions } from '../../run-import.ts';
import { reasonArgument } from './add.ts';
import { scopeOption } from './scope-option.ts';

interface SuppressionsImportOptions extends ImportOptions {
  readonly organization: string;
  readonly scope?: SuppressionScope;
  readonly reason?: string;
  readonly as?: string;
  readonly json?: true;
}

export function importSuppressionsCommand(): Command {
  return addImportOptions(new Command('import'))
    .description('suppress the addresses of a CSV file; those that it does not name stay as they are')
    .argument('<file.csv>', 'columns: address, scope (all or marketing), reason')
    .addOption(organizationOption('whose mails'))
    .addOption(scopeOption('where the file says none'))
    .option('--reason <text>', 'where the file says none', reasonArgument)
    .addOption(asOption())
    .addOption(jsonOption())
    .action(importSuppressionsFile);
}

async function importSuppressionsFile(file: string, options: SuppressionsImportOptions): Promise<void> {
  const [{ withOrganization, systemActor }, { followChanges, planningSentence }, { importSuppressions }] =
    await Promise.all([
      import('../../with-database.ts'),
      import('../../change-organization.ts'),
      import('../../../db/import-suppressions.ts'),
    ]);
  const defaults = { scope: options.scope ?? null, reason: options.reason ?? null };
  await withOrganization('suppressions import', options.organization, async (pool, organization) => {
    const actor = options.as ?? systemActor();
    const { result, report } = await runImport('suppressions', file, options, (request) =>
      importSuppressions(pool, { ...request, organization, defaults, actor }),
    );
    const planning = result.isStored ? await followChanges(pool, organization) : null;
    if (options.json) {
      const { isStored: stored, ...counts } = result;
      const what = { file, organization: organization.name, stored, ...counts };
      console.log(JSON.stringify({ ...what, problems: problemsJson(report), planning }, null, 2));
      return;
    }
    console.log(`${file} into the suppressions of ${organization.name}: ${countOf(result.rows, 'row')}`);
    for (const line of countLines(result)) console.log(line);
    if (result.isStored) console.log(`  ${contactsText(result.contacts)}`);
    for (const line of problemLines(report, options.report)) console.log(line);
    const sentence = planning === null ? null : planningSentence(planning, organization.name);
    if (sentence !== null) console.log(sentence);
  });
}

function contactsText(count: number): string {
  if (count === 0) return 'no contact has any of the addresses';
  return `${countOf(count, 'contact')} ${count === 1 ? 'has' : 'have'} one of the addresses`;
}
