import type { ClientBase, Pool } from 'pg';
import { SchedulerError, type ErrorCode } from '../contracts/errors.ts';
import { shellWord } from '../contracts/wording.ts';
import { formatDay } from '../domain/calendar.ts';
import { whyNotPlanned, type CampaignSettings, type NotPlannedReason } from '../domain/campaigns.ts';
import { readCampaigns } from './campaigns.ts';
import type { OrganizationProfile } from './queries/find-organization.ts';

/**
 * The id of the campaign instance that a dry run is to plan as if it were active.
 * @throws SchedulerError UNKNOWN_CAMPAIGN if there is none of the name; CAMPAIGN_CLOSED if nothing of it would be
 *   planned even then
 */
export async function findPreviewedInstance(
  client: ClientBase | Pool,
  { id: organizationId, name: organization }: Pick<OrganizationProfile, 'id' | 'name'>,
  name: string,
  settings: CampaignSettings,
): Promise<number> {
  const { types, instances } = await readCampaigns(client, organizationId);
  const instance = instances.find((one) => one.name === name);
  if (instance === undefined) {
    const list = `\`npx email-scheduler campaigns instances list --organization ${organization}\``;
    throw refusal(
      'UNKNOWN_CAMPAIGN',
      name,
      `There is no campaign instance "${name}" in ${organization}: ${list} shows what there is.`,
    );
  }
  const type = types.find(({ id }) => id === instance.typeId)!;
  const status = instance.status === 'draft' ? 'active' : instance.status;
  const reason = whyNotPlanned({ ...instance, status }, type, settings);
  if (reason === null) return instance.id;
  throw refusal(
    'CAMPAIGN_CLOSED',
    name,
    `There is nothing to preview of "${name}" in ${organization}: ${reasonText(reason, {
      organization,
      name,
      typeName: type.name,
      endDay: instance.endDay === null ? '' : formatDay(instance.endDay),
      asOf: formatDay(settings.asOfDay),
    })}.`,
  );
}

function refusal(code: ErrorCode, name: string, message: string): SchedulerError {
  return new SchedulerError(code, message, {
    place: 'preview',
    value: name,
    allowed: 'an instance that is a draft, active or paused, of an active type',
  });
}

function reasonText(
  reason: NotPlannedReason,
  of: {
    readonly organization: string;
    readonly name: string;
    readonly typeName: string;
    readonly endDay: string;
    readonly asOf: string;
  },
): string {
  switch (reason) {
    case 'type_inactive':
      return `its type ${of.typeName} is inactive, and an inactive type has no mails; \`npx email-scheduler campaigns types change ${shellWord(of.typeName)} --active yes --organization ${of.organization}\` makes it active`;
    case 'ended':
      return `it has ended, and an ended instance has no mails; \`npx email-scheduler campaigns instances change ${shellWord(of.name)} --status draft --organization ${of.organization}\` opens it again`;
    case 'after_end':
      return `its last day was ${of.endDay}, before ${of.asOf}, the first day that is planned`;
    default:
      return 'campaigns are switched off (features.campaigns in config/scheduler.yaml)';
  }
}
