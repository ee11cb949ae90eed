import { Command, InvalidArgumentError } from 'commander';
import type { SuppressionScope } from '../../../contracts/suppression.ts';
import type { AddedSuppression } from '../../../db/suppressions.ts';
import { isValidEmailAddress } from '../../../domain/email-address.ts';
import { changeOrganization, planningSentence } from '../../change-organization.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';

import { countOf } from '../../../contracts/wording.ts';
import { momentText } from '../../output/time-text.ts';
import { scopeOption, scopeText } from './scope-option.ts';

interface AddOptions {
  readonly organization: string;
  readonly scope: SuppressionScope;
  readonly reason: string;
  readonly as?: string;
  readonly json?: true;
}

export function addSuppressionCommand(): Command {
  return new Command('add')
    .description('suppress an address: nothing of the scope is sent to it from now on')
    .argument('<address>', 'an e-mail address', addressArgument)
    .addOption(
      scopeOption(
        'all: no mail whatsoever; marketing: only required notices, as after an unsubscribe',
      ).makeOptionMandatory(),
    )
    .requiredOption('--reason <text>', 'why, such as "unsubscribed by phone"', reasonArgument)
    .addOption(organizationOption('whose mails'))
    .addOption(asOption())
    .addOption(jsonOption())
    .action(add);
}

async function add(address: string, options: AddOptions): Promise<void> {
  const { addSuppression, countContactsOfAddress } = await import('../../../db/suppressions.ts');
  const { scope, reason } = options;
  const { result, planning } = await changeOrganization(
    'suppressions add',
    options,
    async (client, organization) => ({
      organization,
      ...(await addSuppression(client, organization.id, { address, scope, reason })),
      contacts: await countContactsOfAddress(client, organization.id, address),
    }),
  );
  const { organization, suppression, outcome, contacts } = result;
  if (options.json) {
    const document = { organization: organization.name, ...suppression, outcome, contacts, planning };
    console.log(JSON.stringify(document, null, 2));
    return;
  }
  console.log(`${outcomeText({ suppression, outcome }, organization.timeZone)} ${contactsText(contacts)}`);
  const sentence = planningSentence(planning, organization.name);
  if (sentence !== null) console.log(sentence);
}

function outcomeText({ suppression, outcome }: AddedSuppression, timeZone: string): string {
  const { address, scope, reason, createdAt } = suppression;
  if (outcome === 'added') return `${address} is suppressed for ${scopeText(scope)}: ${reason}.`;
  const since = `was suppressed for ${scopeText(scope)} already, since ${momentText(createdAt, timeZone)}`;
  if (outcome === 'unchanged') return `${address} ${since}, for this very reason; nothing was changed.`;
  return `${address} ${since}; the reason is now: ${reason}.`;
}

export function contactsText(count: number): string {
  if (count === 0) return 'No contact has this address.';
  return `${countOf(count, 'contact')} ${count === 1 ? 'has' : 'have'} this address.`;
}

function addressArgument(text: string): string {
  const address = text.trim();
  if (isValidEmailAddress(address)) return address;
  throw new InvalidArgumentError(
    `"${text}" is no e-mail address. Allowed: one such as ann@example.com, 254 characters at most.`,
  );
}

const MAX_REASON_LENGTH = 1_000;

export function reasonArgument(text: string): string {
  const reason = text.trim();
  if (reason !== '' && reason.length <= MAX_REASON_LENGTH && !/\p{Cc}/u.test(reason)) return reason;
  throw new InvalidArgumentError(
    `Allowed: text of 1 to ${MAX_REASON_LENGTH.toLocaleString('en-US')} characters on one line.`,
  );
}
