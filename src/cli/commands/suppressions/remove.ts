import { Command } from 'commander';
import { SchedulerError } from '../../../contracts/errors.ts';
import type { SuppressionScope } from '../../../contracts/suppression.ts';
import type { Suppression } from '../../../db/suppressions.ts';
import { changeOrganization, planningSentence } from '../../change-organization.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { contactsText } from './add.ts';
import { scopeOption, scopeText } from './scope-option.ts';

interface RemoveOptions {
  readonly organization: string;
  readonly scope?: SuppressionScope;
  readonly as?: string;
  readonly json?: true;
}

export function removeSuppressionCommand(): Command {
  return new Command('remove')
    .description('free an address: its mails are planned again')
    .argument('<address>')
    .addOption(scopeOption('only this scope; default: every scope'))
    .addOption(organizationOption('whose mails'))
    .addOption(asOption())
    .addOption(jsonOption())
    .action(remove);
}

async function remove(address: string, options: RemoveOptions): Promise<void> {
  const { countContactsOfAddress, listSuppressions, removeSuppressions } =
    await import('../../../db/suppressions.ts');
  const { result, planning } = await changeOrganization(
    'suppressions remove',
    options,
    async (client, organization) => {
      const { id, name } = organization;
      const removed = await removeSuppressions(client, id, address, options.scope ?? null);
      if (removed.length === 0) throw notSuppressed(name, address, options.scope);
      const all = { address, scope: null, limit: 2 };
      const { suppressions: left } = await listSuppressions(client, id, all);
      return { name, removed, left, contacts: await countContactsOfAddress(client, id, address) };
    },
  );
  const { name, removed, left, contacts } = result;
  if (options.json) {
    const document = {
      organization: name,
      removed,
      left: left.map(({ scope }) => scope),
      contacts,
      planning,
    };
    console.log(JSON.stringify(document, null, 2));
    return;
  }
  for (const each of removed) console.log(removedText(each));
  for (const each of left) console.log(leftText(each));
  console.log(contactsText(contacts));
  const sentence = planningSentence(planning, name);
  if (sentence !== null) console.log(sentence);
}

function removedText({ address, scope, reason }: Suppression): string {
  return `${address} is no longer suppressed for ${scopeText(scope)} (the reason was: ${reason}).`;
}

function leftText({ address, scope, reason }: Suppression): string {
  return `${address} stays suppressed for ${scopeText(scope)}: ${reason}.`;
}

function notSuppressed(
  organization: string,
  address: string,
  scope: SuppressionScope | undefined,
): SchedulerError {
  const forWhat = scope === undefined ? '' : ` for the scope ${scope}`;
  return new SchedulerError(
    'UNKNOWN_SUPPRESSION',
    `${organization} does not suppress "${address}"${forWhat}: nothing was removed. \`npx email-scheduler suppressions list --organization ${organization}\` shows what it suppresses.`,
    { place: 'address', value: address, allowed: 'an address that is suppressed' },
  );
}
