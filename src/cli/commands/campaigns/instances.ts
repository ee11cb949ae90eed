import { Command } from 'commander';
import { countOf } from '../../../contracts/wording.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { INSTANCE_OPTIONS } from '../../campaign-fields.ts';
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
type RemoveOptions = CampaignChangeOptions & { readonly withTargets?: true };

export function instancesCommand(): Command {
  return new Command('instances')
    .description('campaign instances: what is mailed, when, and where it stands')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(addCommand())
    .addCommand(changeCommand())
    .addCommand(removeCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('every campaign instance, with its dates and the number of its targets')
    .addOption(organizationOption())
    .addOption(jsonOption())
    .action(list);
}

function showCommand(): Command {
  return new Command('show')
    .description(
      'one campaign instance: what it has of its type, its targets, its mails by status and reason',
    )
    .argument('<name>')
    .addOption(organizationOption())
    .addOption(jsonOption())
    .action(show);
}

function addCommand(): Command {
  const command = new Command('add')
    .description('add a campaign instance; it is a draft unless --status says otherwise')
    .argument('<name>', 'unique in the organization')
    .addOption(organizationOption());
  return addFieldOptions(command, INSTANCE_OPTIONS)
    .addOption(asOption())
    .addOption(jsonOption())
    .addHelpText('after', '\nNeeded: --type.')
    .action(add);
}

function changeCommand(): Command {
  const command = new Command('change')
    .description('change a campaign instance: only the fields that are given')
    .argument('<name>', 'the name that it has')
    .addOption(organizationOption());
  return addFieldOptions(addNameOption(command), INSTANCE_OPTIONS)
    .addOption(asOption())
    .addOption(jsonOption())
    .addHelpText('after', `${EMPTYING_HELP}\n--metadata is replaced as a whole.`)
    .action(change);
}

function removeCommand(): Command {
  return new Command('remove')
    .description('remove a campaign instance that has no mails; one that has mailed is ended instead')
    .argument('<name>')
    .addOption(organizationOption())
    .option('--with-targets', 'together with its targets')
    .addOption(asOption())
    .addOption(jsonOption())
    .action(remove);
}

async function list({ organization: name, json }: ReadOptions): Promise<void> {
  const [{ listCampaignInstances }, { instanceListText, instanceJson }] = await Promise.all([
    import('../../../db/queries/list-campaign-instances.ts'),
    import('../../output/campaign-instances.ts'),
  ]);
  await withOrganization('campaigns instances list', name, async (pool, organization) => {
    const instances = await listCampaignInstances(pool, organization.id, null);
    if (json) console.log(JSON.stringify(instances.map(instanceJson), null, 2));
    else console.log(instanceListText(instances, name));
  });
}

async function show(name: string, { organization: of, json }: ReadOptions): Promise<void> {
  const [{ reportInstance }, { instanceText, instanceJson }] = await Promise.all([
    import('../../campaign-instance-report.ts'),
    import('../../output/campaign-instances.ts'),
  ]);
  await withOrganization('campaigns instances show', of, async (pool, organization) => {
    const report = await reportInstance(pool, organization, name);
    if (report === null) throw await unknownCampaignNamed(pool, organization, 'instance', name);
    const { instance, ...rest } = report;
    if (json) console.log(JSON.stringify({ ...instanceJson(instance), ...rest }, null, 2));
    else console.log(instanceText(report, organization));
  });
}

async function add(name: string, options: ChangeOptions): Promise<void> {
  const { given, findings } = readFieldOptions(options, INSTANCE_OPTIONS);
  await changeCampaign('campaigns instances add', options, {
    ...{ kind: 'instance', mode: 'add', path: [], findings },
    given: { ...given, name },
  });
}

async function change(currentName: string, options: ChangeOptions): Promise<void> {
  const { given, findings } = readFieldOptions(options, INSTANCE_OPTIONS);
  assertSomethingGiven(given, findings, 'campaigns instances change');
  await changeCampaign('campaigns instances change', options, {
    ...{ kind: 'instance', mode: 'change', path: [], currentName, given, findings },
  });
}

async function remove(name: string, options: RemoveOptions): Promise<void> {
  const { removeCampaignInstance } = await import('../../../db/remove-campaign.ts');
  const { result: targets, planning } = await byOptions(
    () =>
      changeOrganization('campaigns instances remove', options, (client, organization) =>
        removeCampaignInstance(client, organization, name, { withTargets: options.withTargets === true }),
      ),
    { name: 'name' },
  );
  const together = targets === 0 ? '' : ` together with its ${countOf(targets, 'target')}`;
  const sentence = `Campaign instance ${name} of ${options.organization} was removed${together}.`;
  sayRemoved(options, sentence, { kind: 'instance', name, targets }, planning);
}
