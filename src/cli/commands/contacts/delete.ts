import { Command } from 'commander';
import { SchedulerError } from '../../../contracts/errors.ts';
import { countOf } from '../../../contracts/wording.ts';
import type { DeletedContact } from '../../../db/delete-contact.ts';
import { changeOrganization, planningSentence } from '../../change-organization.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { withOrganization } from '../../with-database.ts';

interface DeleteOptions {
  readonly organization: string;
  readonly yes?: true;
  readonly as?: string;
  readonly json?: true;
}

export function contactsDeleteCommand(): Command {
  return new Command('delete')
    .description('delete a contact: its personal data goes for good, also from its history')
    .argument('<contact>', 'its id or external id; id:5 and external:5 tell them apart')
    .addOption(organizationOption('whose contact'))
    .option('--yes', 'do not ask')
    .addOption(asOption())
    .addOption(jsonOption())
    .action(deleteOne);
}

async function deleteOne(contact: string, options: DeleteOptions): Promise<void> {
  const { deleteContact } = await import('../../../db/delete-contact.ts');
  if (options.yes !== true && !(await isConfirmed(contact, options.organization))) {
    console.error('Nothing was deleted.');
    process.exitCode = 1;
    return;
  }
  const { result, planning } = await changeOrganization('contacts delete', options, (client, organization) =>
    deleteContact(client, organization, contact),
  );
  if (options.json) {
    console.log(JSON.stringify({ organization: options.organization, ...result, planning }, null, 2));
    return;
  }
  for (const line of resultLines(result, options.organization)) console.log(line);
  const sentence = planningSentence(planning, options.organization);
  if (sentence !== null) console.log(sentence);
}

/** Asks who sits at the terminal, once the contact is known to be there. */
async function isConfirmed(reference: string, name: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw noTerminal();
  const { findContact } = await import('../../../db/queries/find-contact.ts');
  const { id, externalId } = await withOrganization('contacts delete', name, async (pool, organization) => {
    const client = await pool.connect();
    try {
      return await findContact(client, organization, reference, 'CONTACT');
    } finally {
      client.release();
    }
  });
  const which = externalId === null ? `id ${id}` : `${externalId} (id ${id})`;
  const answer = await ask(
    `Contact ${which} of ${name} loses its name, addresses, dates and attributes, also in its history. This cannot be undone. Delete it? Type yes: `,
  );
  return answer.trim().toLowerCase() === 'yes';
}

/** On stderr: stdout is the command's answer. Ctrl-C and Ctrl-D say nothing, which is no. */
async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  return new Promise((resolve) => {
    terminal.once('close', () => {
      resolve('');
    });
    terminal.question(question, (answer) => {
      resolve(answer);
      terminal.close();
    });
  });
}

function noTerminal(): SchedulerError {
  return new SchedulerError(
    'INVALID_INPUT',
    'A contact is deleted for good, and nobody can be asked without a terminal: say --yes. Nothing was deleted.',
    { place: '--yes', allowed: '--yes, or a terminal' },
  );
}

function resultLines(
  { id, externalId, erasedVersions, keptSuppressions }: DeletedContact,
  name: string,
): string[] {
  return [
    `Contact ${externalId} (id ${id}) of ${name} was deleted: what was personal is gone, also from ${countOf(erasedVersions, 'version')} in its history.`,
    `Kept: its id, a keyed hash of its external id, states and dates by which it was planned, and its mails in the ledger. \`npx email-scheduler contacts show id:${id} --organization ${name}\` shows them.`,
    ...(keptSuppressions === 0
      ? []
      : [
          `Its address stays on the suppression list (${countOf(keptSuppressions, 'suppression')}), or it would be written to again; \`npx email-scheduler suppressions remove ADDRESS --organization ${name}\` takes it off.`,
        ]),
  ];
}
