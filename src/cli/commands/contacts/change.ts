import { Command } from 'commander';
import { SchedulerError } from '../../../contracts/errors.ts';
import type { ContactChange } from '../../../db/change-contact.ts';
import type { KnownColumn } from '../../../db/contacts-file/columns.ts';
import { byOptions } from '../../campaign-options.ts';
import { changeOrganization, planningSentence } from '../../change-organization.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';

interface ChangeOptions {
  readonly organization: string;
  readonly as?: string;
  readonly json?: true;
}

/** What can be changed: the option, its value, what it is. */
const FIELDS: readonly (readonly [KnownColumn, value: string, description: string])[] = [
  ['external_id', '<id>', 'by which files name it'],
  ['email', '<address>', 'e-mail address'],
  ['first_name', '<name>', 'first name'],
  ['last_name', '<name>', 'last name'],
  ['phone_number', '<number>', 'phone number'],
  ['zip_code', '<code>', 'ZIP code, from which the state is looked up'],
  ['state', '<code>', 'state, two letters'],
  ['birth_date', '<date>', 'YYYY-MM-DD'],
  ['effective_date', '<date>', 'YYYY-MM-DD'],
  ['attributes', '<json>', 'all free attributes, as a JSON object'],
];

export function contactsChangeCommand(): Command {
  const command = new Command('change')
    .description('change fields of a contact; what is not given stays, a blank value empties')
    .argument('<contact>', 'its id or external id; id:5 and external:5 tell them apart')
    .addOption(organizationOption('whose contact'));
  for (const [column, value, description] of FIELDS)
    command.option(`${flagOf(column)} ${value}`, description);
  return command.addOption(asOption()).addOption(jsonOption()).action(change);
}

function flagOf(column: string): string {
  return `--${column.replaceAll('_', '-')}`;
}

async function change(contact: string, options: ChangeOptions): Promise<void> {
  const given = givenValues(options);
  const { changeContact } = await import('../../../db/change-contact.ts');
  const { result, planning } = await byOptions(
    () =>
      changeOrganization('contacts change', options, (client, organization) =>
        changeContact(client, organization, contact, given),
      ),
    {},
  );
  const [{ valueChanges }, { valueChangeLines }] = await Promise.all([
    import('../../contact-history.ts'),
    import('../../output/contact-description.ts'),
  ]);
  const changes = valueChanges(result.before.values, result.after.values);
  const warnings = result.warnings.map(({ column, value, kind, reason }) => ({
    column,
    value,
    kind,
    reason,
  }));
  if (options.json) {
    const { id, values } = result.after;
    const { organization } = options;
    const who = { id, externalId: values.external_id };
    console.log(JSON.stringify({ organization, contact: who, changes, warnings, planning }, null, 2));
    return;
  }
  console.log(sentenceOf(result, options.organization, changes.length === 0));
  for (const line of valueChangeLines(changes, '  ')) console.log(line);
  for (const { column, value, reason } of warnings) {
    console.log(`Warning: ${column === null ? '' : `${flagOf(column)}: `}${value ?? ''}: ${reason}`);
  }
  const sentence = planningSentence(planning, options.organization);
  if (sentence !== null) console.log(sentence);
}

function sentenceOf(
  { after: { id, values } }: ContactChange,
  organization: string,
  isUnchanged: boolean,
): string {
  const what = `Contact ${values.external_id ?? ''} (id ${id}) of ${organization}`;
  return isUnchanged ? `${what} is like that already.` : `${what} was changed:`;
}

function givenValues(options: object): ReadonlyMap<KnownColumn, string> {
  const given = new Map<KnownColumn, string>();
  for (const [column] of FIELDS) {
    const key = column.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value = (options as Record<string, unknown>)[key];
    if (typeof value === 'string') given.set(column, value);
  }
  if (given.size > 0) return given;
  const flags = FIELDS.map(([column]) => flagOf(column)).join(', ');
  throw new SchedulerError(
    'INVALID_INPUT',
    `Nothing is given that is to be changed: name at least one of ${flags}.`,
    { place: 'contacts change', allowed: `at least one of ${flags}` },
  );
}
