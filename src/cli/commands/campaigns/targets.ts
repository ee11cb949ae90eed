import { Command, Option } from 'commander';
import type { TargetOutcome } from '../../../db/campaign-targets.ts';
import { TARGET_STATUSES, type TargetStatus } from '../../../db/queries/list-campaign-targets.ts';
import { asOption, jsonOption, organizationOption, wholeNumberArgument } from '../../options.ts';
import { TARGET_OPTIONS } from '../../campaign-fields.ts';
import { addFieldOptions, byOptions, EMPTYING_HELP, readFieldOptions } from '../../campaign-options.ts';
import {
  assertSomethingGiven,
  sayPlanned,
  sayPlanning,
  type CampaignChangeOptions,
} from '../../change-campaign.ts';
import { changeOrganization, type Changed } from '../../change-organization.ts';
import { withOrganization } from '../../with-database.ts';
import { importTargetsCommand } from './import-targets.ts';

interface ListOptions {
  readonly organization: string;
  readonly instance: string;
  readonly status?: TargetStatus;
  readonly limit: number;
  readonly json?: true;
}

interface ShowOptions {
  readonly organization: string;
  readonly instance: string;
  readonly contact: string;
  readonly json?: true;
}

type ChangeOptions = CampaignChangeOptions &
  Readonly<Record<string, unknown>> &
  Pick<ShowOptions, 'instance' | 'contact'>;

const MAX_LIMIT = 100_000;

export function targetsCommand(): Command {
  return new Command('targets')
    .description('whom a campaign instance is for, with their trigger dates')
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(addCommand())
    .addCommand(changeCommand())
    .addCommand(removeCommand())
    .addCommand(importTargetsCommand());
}

function listCommand(): Command {
  return new Command('list')
    .description('the targets of a campaign instance, each with where its mail stands')
    .addOption(instanceOption())
    .addOption(organizationOption())
    .addOption(new Option('--status <status>', 'only those whose mail stands there').choices(TARGET_STATUSES))
    .option('--limit <targets>', 'how many at most', wholeNumberArgument(1, MAX_LIMIT), 50)
    .addOption(jsonOption())
    .action(list);
}

function showCommand(): Command {
  return ofOneTarget('show', 'one target, and its mails').addOption(jsonOption()).action(show);
}

function addCommand(): Command {
  return addFieldOptions(ofOneTarget('add', 'add a contact to a campaign instance'), TARGET_OPTIONS)
    .addOption(asOption())
    .addOption(jsonOption())
    .action(add);
}

function changeCommand(): Command {
  return addFieldOptions(ofOneTarget('change', 'change a target: only what is given'), TARGET_OPTIONS)
    .addOption(asOption())
    .addOption(jsonOption())
    .addHelpText('after', `${EMPTYING_HELP}\n--metadata is replaced as a whole.`)
    .action(change);
}

function removeCommand(): Command {
  return ofOneTarget('remove', 'take a contact out of a campaign instance; what it was mailed stays')
    .addOption(asOption())
    .addOption(jsonOption())
    .action(remove);
}

function ofOneTarget(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .addOption(instanceOption())
    .requiredOption('--contact <id>', 'its id or external id; id:5 and external:5 tell them apart')
    .addOption(organizationOption());
}

function instanceOption(): Option {
  return new Option('--instance <name>', 'of which campaign instance').makeOptionMandatory();
}

async function list({ organization: name, instance, status, limit, json }: ListOptions): Promise<void> {
  const [{ reportTargets }, { targetListText, targetJson }] = await Promise.all([
    import('../../campaign-target-report.ts'),
    import('../../output/campaign-targets.ts'),
  ]);
  await withOrganization('campaigns targets list', name, async (pool, organization) => {
    const report = await reportTargets(pool, organization, { instance, status: status ?? null, limit });
    const { total, targets } = report;
    if (json) console.log(JSON.stringify({ instance, total, targets: targets.map(targetJson) }, null, 2));
    else console.log(targetListText(report, status ?? null, name));
  });
}

async function show({ organization: name, instance, contact, json }: ShowOptions): Promise<void> {
  const [{ reportTarget }, { targetText, targetJson }] = await Promise.all([
    import('../../campaign-target-report.ts'),
    import('../../output/campaign-targets.ts'),
  ]);
  await withOrganization('campaigns targets show', name, async (pool, organization) => {
    const report = await reportTarget(pool, organization, { instance, contact });
    if (json)
      console.log(JSON.stringify({ instance, ...targetJson(report.target), mails: report.mails }, null, 2));
    else console.log(targetText(report, name));
  });
}

async function add(options: ChangeOptions): Promise<void> {
  const { given } = readFieldOptions(options, TARGET_OPTIONS);
  const { addTarget } = await import('../../../db/campaign-targets.ts');
  await changeOne('campaigns targets add', options, (client, organization) =>
    addTarget(client, organization, options, given),
  );
}

async function change(options: ChangeOptions): Promise<void> {
  const { given, findings } = readFieldOptions(options, TARGET_OPTIONS);
  assertSomethingGiven(given, findings, 'campaigns targets change');
  const { changeTarget } = await import('../../../db/campaign-targets.ts');
  await changeOne('campaigns targets change', options, (client, organization) =>
    changeTarget(client, organization, options, given),
  );
}

async function remove(options: ChangeOptions): Promise<void> {
  const { removeTarget } = await import('../../../db/campaign-targets.ts');
  await changeOne('campaigns targets remove', options, (client, organization) =>
    removeTarget(client, organization, options),
  );
}

async function changeOne(
  command: string,
  options: ChangeOptions,
  work: Parameters<typeof changeOrganization<TargetOutcome>>[2],
): Promise<void> {
  const changed = await byOptions(() => changeOrganization(command, options, work), {});
  if (options.json) console.log(JSON.stringify(outcomeJson(options.organization, changed), null, 2));
  else await sayOutcome(options.organization, changed);
}

function outcomeJson(organization: string, { result, planning }: Changed<TargetOutcome>): object {
  const { instance, contact, outcome, changes } = result;
  return {
    organization,
    instance: instance.name,
    contactId: contact.id,
    externalId: contact.externalId,
    outcome,
    changes,
    planning,
  };
}

async function sayOutcome(organization: string, changed: Changed<TargetOutcome>): Promise<void> {
  const { targetOutcomeText } = await import('../../output/campaign-targets.ts');
  console.log(targetOutcomeText(changed.result, organization));
  const { result, planning } = changed;
  if (result.outcome === 'unchanged' || result.instance.status === 'draft')
    sayPlanned(planning, organization);
  else sayPlanning(planning, organization);
}
