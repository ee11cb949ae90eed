import { Command } from 'commander';
import { camelKeys } from '../../output/camel-keys.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { TYPE_OPTIONS } from '../../campaign-fields.ts';
import {
  addFieldOptions,
  addNameOption,
  byOptions,
  EMPTYING_HELP,
  readFieldOptions,
} from '../../campaign-options.ts';
import {
  assertSomethingGiven,
  changeCampaign,
  sayRemoved,
  type CampaignChangeOptions,
} from '../../change-campaign.ts';
import { changeOrganization } from '../../change-organization.ts';
import { unknownCampaignNamed } from '../../unknown-campaign.ts';
import { withOrganization } from '../../with-database.ts';

interface ReadOptions {
  readonly organization: string;
  readonly json?: true;
}

type ChangeOptions = CampaignChangeOptions & Readonly<Record<string, unknown>>;

export function typesCommand(): Command {
  return new Command('types')
    .description('campaign types: by what rules the mails of their instances are planned')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(addCommand())
    .addCommand(changeCommand())
    .addCommand(removeCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('every campaign type, with the number of its instances')
    .addOption(organizationOption())
    .addOption(jsonOption())
    .action(list);
}

function showCommand(): Command {
  return new Command('show')
    .description('one campaign type, and its instances')
    .argument('<name>')
    .addOption(organizationOption())
    .addOption(jsonOption())
    .action(show);
}

function addCommand(): Command {
  const command = new Command('add')
    .description('add a campaign type')
    .argument('<name>', 'its mails have the e-mail type campaign_<name>')
    .addOption(organizationOption());
  return addFieldOptions(command, TYPE_OPTIONS)
    .addOption(asOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nNeeded: --priority. Not given: windows hold, followed up, 0 days before, targets only.',
    )
    .action(add);
}

function changeCommand(): Command {
  const command = new Command('change')
    .description('change a campaign type: only the fields that are given')
    .argument('<name>', 'the name that it has')
    .addOption(organizationOption());
  return addFieldOptions(addNameOption(command), TYPE_OPTIONS)
    .addOption(asOption())
    .addOption(jsonOption())
    .addHelpText('after', EMPTYING_HELP)
    .action(change);
}

function removeCommand(): Command {
  return new Command('remove')
    .description('remove a campaign type that has no instances')
    .argument('<name>')
    .addOption(organizationOption())
    .addOption(asOption())
    .addOption(jsonOption())
    .action(remove);
}

async function list({ organization: name, json }: ReadOptions): Promise<void> {
  const [{ listCampaignTypes }, { typeListText }] = await Promise.all([
    import('../../../db/queries/list-campaign-types.ts'),
    import('../../output/campaign-types.ts'),
  ]);
  await withOrganization('campaigns types list', name, async (pool, organization) => {
    const types = await listCampaignTypes(pool, organization.id, null);
    console.log(json ? JSON.stringify(types.map(camelKeys), null, 2) : typeListText(types, name));
  });
}

async function show(name: string, { organization: of, json }: ReadOptions): Promise<void> {
  const [{ listCampaignTypes }, { typeText }] = await Promise.all([
    import('../../../db/queries/list-campaign-types.ts'),
    import('../../output/campaign-types.ts'),
  ]);
  await withOrganization('campaigns types show', of, async (pool, organization) => {
    const [type] = await listCampaignTypes(pool, organization.id, name);
    if (type === undefined) throw await unknownCampaignNamed(pool, organization, 'type', name);
    console.log(json ? JSON.stringify(camelKeys(type), null, 2) : typeText(type, of));
  });
}

async function add(name: string, options: ChangeOptions): Promise<void> {
  const { given, findings } = readFieldOptions(options, TYPE_OPTIONS);
  await changeCampaign('campaigns types add', options, {
    ...{ kind: 'type', mode: 'add', path: [], findings },
    given: { ...given, name },
  });
}

async function change(currentName: string, options: ChangeOptions): Promise<void> {
  const { given, findings } = readFieldOptions(options, TYPE_OPTIONS);
  assertSomethingGiven(given, findings, 'campaigns types change');
  await changeCampaign('campaigns types change', options, {
    ...{ kind: 'type', mode: 'change', path: [], currentName, given, findings },
  });
}

async function remove(name: string, options: CampaignChangeOptions): Promise<void> {
  const { removeCampaignType } = await import('../../../db/remove-campaign.ts');
  const { planning } = await byOptions(
    () =>
      changeOrganization('campaigns types remove', options, (client, organization) =>
        removeCampaignType(client, organization, name),
      ),
    { name: 'name' },
  );
  const sentence = `Campaign type ${name} of ${options.organization} was removed.`;
  sayRemoved(options, sentence, { kind: 'type', name }, planning);
}
