/** The command `contacts import` into a new organization against the bare COPY of the rows that it stored. */
import { join } from 'node:path';
import { runCommand } from '../../src/cli/child-command.ts';
import { measureBareCopy, type BareCopy } from '../bare-copy.ts';
import { writeContactsFile } from '../contacts-file.ts';
import type { MeasurementContext } from '../scenario.ts';

const ORGANIZATION = 'bench';

export interface ImportResult {
  readonly contacts: number;
  readonly fileBytes: number;
  /** From the start of the program to its end. */
  readonly seconds: number;
  /** In which the program does nothing but start, as measured by itself. */
  readonly programStartSeconds: number;
  readonly contactsPerSecond: number;
  readonly bareCopy: BareCopy;
  readonly ratio: number;
}

export async function measureImport(context: MeasurementContext): Promise<ImportResult> {
  const { stack, contacts, report } = context;
  report(`import, ${contacts} contacts: writing the CSV file …`);
  const file = join(stack.folder, 'contacts.csv');
  const fileBytes = await writeContactsFile(file, contacts);
  const programStart = await runTimed(context, ['--version']);
  report(`import, ${contacts} contacts: importing it …`);
  await stack.owner.query('CHECKPOINT');
  const command = ['contacts', 'import', file, '--organization', ORGANIZATION, '--json'];
  const { seconds, output } = await runTimed(context, command);
  const { added } = JSON.parse(output) as { added: number };
  report(`import, ${contacts} contacts: the bare COPY of its rows …`);
  const bareCopy = await measureBareCopy(stack.owner, { table: 'contacts', folder: stack.folder });
  if (added !== contacts || bareCopy.rows !== contacts) {
    throw new Error(`Of ${contacts} contacts ${added} were imported, and ${bareCopy.rows} copied.`);
  }
  return {
    contacts,
    fileBytes,
    seconds,
    programStartSeconds: programStart.seconds,
    contactsPerSecond: contacts / seconds,
    bareCopy,
    ratio: seconds / bareCopy.seconds,
  };
}

async function runTimed(
  { stack, signal }: MeasurementContext,
  command: readonly string[],
): Promise<{ seconds: number; output: string }> {
  const lines: string[] = [];
  const startedMs = performance.now();
  await runCommand(stack.context, command, { report: (line) => lines.push(line), signal });
  return { seconds: (performance.now() - startedMs) / 1000, output: lines.join('\n') };
}
