import { userInfo } from 'node:os';
import { Command } from 'commander';
import type { ContactsImportResult } from '../../db/import-contacts.ts';
import { readEnvironment, resolveDatabaseUrl } from '../environment.ts';
import type { ImportReport, ProblemGroup } from '../import-report.ts';
import { timeZoneFor } from '../time-zone-for.ts';

interface ImportOptions {
  readonly organization: string;
  readonly sandbox?: true;
  readonly strict?: true;
  readonly report?: string;
  readonly json?: true;
}

export function contactsCommand(): Command {
  const contacts = new Command('contacts').description('the contacts of an organization');
  contacts
    .command('import')
    .description('add and update contacts by external_id from a CSV file')
    .argument('<file.csv>', 'columns: external_id, email, first_name, …; unknown ones become attributes')
    .requiredOption('--organization <name>', 'whose contacts; it is created if need be')
    .option('--sandbox', 'a new organization becomes a sandbox, with a clock of its own')
    .option('--strict', 'store nothing if a row is refused')
    .option('--report <file.csv>', 'write every refusal and warning to this file')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExit codes: 0 also with warnings, 1 if a row is refused, 2 wrong use.')
    .action(importContactsFile);
  return contacts;
}

async function importContactsFile(file: string, options: ImportOptions): Promise<void> {
  const environment = readEnvironment();
  const databaseUrl = resolveDatabaseUrl(environment);
  const [
    { createPool },
    { assertSchemaIsKnown },
    { importContacts },
    { ImportReport },
    { ImportProgressDisplay },
  ] = await Promise.all([
    import('../../db/pool.ts'),
    import('../../db/migrate.ts'),
    import('../../db/import-contacts.ts'),
    import('../import-report.ts'),
    import('../import-progress.ts'),
  ]);
  const timeZone = await timeZoneFor(options.organization, environment);
  const report = new ImportReport(options.report ?? null, file);
  const display = new ImportProgressDisplay(process.stderr);
  const pool = createPool({ databaseUrl, max: 1, applicationName: 'email-scheduler contacts import' });
  try {
    await assertSchemaIsKnown(pool);
    const result = await importContacts(pool, {
      file,
      organization: options.organization,
      isSandbox: options.sandbox === true,
      timeZone,
      isStrict: options.strict === true,
      actor: `cli:${userInfo().username}`,
      onProblem: (problem) => {
        report.add(problem);
      },
      onProgress: (progress) => {
        display.show(progress);
      },
    });
    display.end();
    if (options.json) console.log(JSON.stringify(resultAsJson(file, result, report), null, 2));
    else for (const line of resultLines(file, result, report, options.report)) console.log(line);
    if (result.refused > 0) process.exitCode = 1;
  } finally {
    display.end();
    report.close();
    await pool.end();
  }
}

function resultAsJson(file: string, result: ContactsImportResult, report: ImportReport): unknown {
  const { organization, organizationCreated, isStored, ...counts } = result;
  const problems = report.groups.map(({ kind, severity, reason, count, examples }) => ({
    kind,
    severity,
    reason,
    count,
    first: examples.map(({ line, column, value, detail }) => ({ line, column, value, detail })),
  }));
  return {
    file,
    organization: organization.name,
    sandbox: organization.isSandbox,
    created: organizationCreated,
    stored: isStored,
    ...counts,
    problems,
  };
}

function resultLines(
  file: string,
  result: ContactsImportResult,
  report: ImportReport,
  reportFile: string | undefined,
): string[] {
  const { organization, rows, added, updated, unchanged, refused, warnings, attributeColumns } = result;
  const kind = organization.isSandbox ? 'sandbox' : 'organization';
  const into = `${result.organizationCreated ? 'new ' : ''}${kind} ${organization.name}`;
  const lines = [`${file} into ${into}: ${countOf(rows, 'row')}`];
  if (result.isStored) lines.push(`  ${added} added, ${updated} updated, ${unchanged} unchanged`);
  else lines.push('  nothing stored, as --strict asks, because of the refused rows');
  lines.push(`  ${refused} refused, ${countOf(warnings, 'warning')}`);
  if (attributeColumns.length > 0) lines.push(`  kept as attributes: ${attributeColumns.join(', ')}`);
  lines.push(...report.groups.flatMap(groupLines));
  if (reportFile !== undefined) lines.push(`All of them: ${reportFile}`);
  else if (report.groups.some(isCutShort)) lines.push('`--report FILE.csv` writes all of them.');
  return lines;
}

function groupLines(group: ProblemGroup): string[] {
  const heading = group.severity === 'refused' ? 'Refused' : 'Warning';
  const lines = group.examples.map(({ line, column, value, detail }) => {
    const place = column === null ? `line ${line}` : `line ${line}, ${column}`;
    return `  ${place}${value === null ? '' : `: ${value}`}${detail === null ? '' : ` (${detail})`}`;
  });
  if (isCutShort(group)) lines.push(`  … and ${group.count - group.examples.length} more`);
  return [`${heading} (${group.count}): ${group.reason}`, ...lines];
}

function isCutShort(group: ProblemGroup): boolean {
  return group.count > group.examples.length;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
