/** Campaign types and instances are removed only while nothing has come of them. */
import type { ClientBase } from 'pg';
import { Refusal, type Finding } from '../contracts/finding.ts';
import { countOf, shellWord } from '../contracts/wording.ts';
import { holdCampaigns } from './campaign-catalog.ts';
import { someNames, unknownCampaign } from './campaign-fields/unknown-campaign.ts';
import { lockOrganization } from './organizations.ts';
import { countInstanceUse, type InstanceUse } from './queries/count-instance-use.ts';
import type { OrganizationProfile } from './queries/find-organization.ts';

/** @throws Refusal UNKNOWN_CAMPAIGN, CAMPAIGN_IN_USE */
export async function removeCampaignType(
  client: ClientBase,
  organization: OrganizationProfile,
  name: string,
): Promise<void> {
  const catalog = await holdCampaigns(client, organization.id);
  const type = catalog.types.get(name);
  if (type === undefined) {
    throw new Refusal([unknownCampaign(organization.name, 'type', name, [...catalog.types.keys()])]);
  }
  const instances = [...catalog.instances.values()].filter((instance) => instance.type === name);
  if (instances.length > 0) {
    const names = someNames(instances.map((instance) => instance.name));
    throw inUse(
      name,
      `Campaign type ${name} has ${countOf(instances.length, 'instance')} (${names}) and cannot be removed. To plan nothing of it any more, make it inactive: \`npx email-scheduler campaigns types change ${name} --active no --organization ${organization.name}\`.`,
    );
  }
  await client.query('DELETE FROM campaign_types WHERE organization_id = $1 AND id = $2', [
    organization.id,
    type.id,
  ]);
}

/**
 * Claiming and publishing wait meanwhile: both write mails into the ledger, which refers to instances.
 * @param options withTargets: remove its targets, too
 * @returns how many targets were removed
 * @throws Refusal UNKNOWN_CAMPAIGN, CAMPAIGN_IN_USE
 */
export async function removeCampaignInstance(
  client: ClientBase,
  organization: OrganizationProfile,
  name: string,
  { withTargets }: { readonly withTargets: boolean },
): Promise<number> {
  await lockOrganization(client, { id: organization.id });
  const catalog = await holdCampaigns(client, organization.id);
  const instance = catalog.instances.get(name);
  if (instance === undefined) {
    throw new Refusal([unknownCampaign(organization.name, 'instance', name, [...catalog.instances.keys()])]);
  }
  const use = await countInstanceUse(client, organization.id, instance.id);
  const reason = whyNotRemoved(organization.name, instance, use, withTargets);
  if (reason !== null) throw inUse(name, reason);
  const key = [organization.id, instance.id];
  await client.query(
    'DELETE FROM contact_campaigns WHERE organization_id = $1 AND campaign_instance_id = $2',
    key,
  );
  await client.query('DELETE FROM campaign_instances WHERE organization_id = $1 AND id = $2', key);
  return use.targets;
}

function whyNotRemoved(
  organization: string,
  { name, status }: { readonly name: string; readonly status: string },
  { targets, ledgerMails, plannedMails }: InstanceUse,
  withTargets: boolean,
): string | null {
  const instances = 'npx email-scheduler campaigns instances';
  const end = `\`${instances} change ${shellWord(name)} --status ended --organization ${organization}\``;
  if (ledgerMails > 0) {
    const instead =
      status === 'ended' ? 'It has ended: nothing more of it goes out.' : `End it instead: ${end}.`;
    return `Campaign instance ${name} has ${countOf(ledgerMails, 'mail')} in the ledger and stays as their record. ${instead}`;
  }
  if (plannedMails > 0) {
    const first = status === 'ended' ? 'It has ended;' : `End it first (${end});`;
    return `Campaign instance ${name} has ${countOf(plannedMails, 'mail')} in the plan in force and cannot be removed yet. ${first} once a plan without its mails is in force, it can be removed.`;
  }
  if (targets > 0 && !withTargets) {
    return `Campaign instance ${name} has ${countOf(targets, 'target')}. End it instead (${end}), or remove it together with them: \`${instances} remove ${shellWord(name)} --with-targets --organization ${organization}\`.`;
  }
  return null;
}

function inUse(name: string, sentence: string): Refusal {
  const finding: Finding = {
    path: ['name'],
    value: name,
    allowed: 'one that nothing hangs on',
    code: 'CAMPAIGN_IN_USE',
    sentence,
  };
  return new Refusal([finding]);
}
