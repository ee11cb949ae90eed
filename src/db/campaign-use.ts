/** What a change of a campaign type or instance would break of what hangs on it. */
import type { ClientBase } from 'pg';
import type { Finding } from '../contracts/finding.ts';
import { countOf, shellWord } from '../contracts/wording.ts';
import type { StoredInstance } from './campaign-catalog.ts';
import type { JudgedEntry } from './campaign-fields/entry.ts';
import type { CampaignInstanceFields } from './campaign-fields/instance-fields.ts';
import { isFoundWrong } from './campaign-fields/read-fields.ts';
import type { CampaignTypeFields } from './campaign-fields/type-fields.ts';
import { someNames } from './campaign-fields/unknown-campaign.ts';
import { countInstanceUse, type InstanceUse } from './queries/count-instance-use.ts';
import { countTriggerlessTargets } from './queries/count-triggerless-targets.ts';
import type { OrganizationProfile } from './queries/find-organization.ts';

/** @param instances all of the organization, as they are stored */
export async function typeUseFindings(
  client: ClientBase,
  organization: OrganizationProfile,
  { stored, row }: JudgedEntry<CampaignTypeFields>,
  instances: readonly StoredInstance[],
): Promise<Finding[]> {
  if (stored === null || row === null) return [];
  return [
    ...renamingFindings(organization.name, stored.name, row, instances),
    ...(await triggerFindings(client, organization, stored, row)),
  ];
}

/** The e-mail type of mails is made of the type's name, and the days on which they go out are drawn from it. */
function renamingFindings(
  organization: string,
  name: string,
  row: CampaignTypeFields,
  instances: readonly StoredInstance[],
): Finding[] {
  if (row.name === name) return [];
  const inUse = instances.filter(({ type, status }) => type === name && status !== 'draft');
  if (inUse.length === 0) return [];
  const names = someNames(inUse.map((instance) => `${instance.name} (${instance.status})`));
  return [
    {
      path: ['name'],
      value: row.name,
      allowed: name,
      code: 'CAMPAIGN_IN_USE',
      sentence: `Campaign type ${name} keeps its name, as it has ${countOf(inUse.length, 'instance')} that ${inUse.length === 1 ? 'is no draft' : 'are no drafts'}: ${names}. Their mails have the e-mail type campaign_${name}; under another name they would be planned anew, on other days. For new campaigns, \`npx email-scheduler campaigns types add ${shellWord(row.name)} --priority ${row.priority} --organization ${organization}\` adds a type of that name.`,
    },
  ];
}

/** Targets of a type that is not for all contacts need a trigger date (SPEC 6). */
async function triggerFindings(
  client: ClientBase,
  organization: OrganizationProfile,
  stored: CampaignTypeFields & { readonly id: number },
  row: CampaignTypeFields,
): Promise<Finding[]> {
  if (!stored.target_all_contacts || row.target_all_contacts) return [];
  const count = await countTriggerlessTargets(client, organization.id, stored.id);
  if (count === 0) return [];
  return [
    {
      path: ['target_all_contacts'],
      value: false,
      allowed: `true as long as targets of its instances have no trigger date (${count} ${count === 1 ? 'has' : 'have'} none): other types need one`,
    },
  ];
}

/** @param types as they will be, by name */
export async function instanceUseFindings(
  client: ClientBase,
  organization: OrganizationProfile,
  { entry, stored, row, findings }: JudgedEntry<CampaignInstanceFields>,
  types: ReadonlyMap<string, CampaignTypeFields>,
): Promise<Finding[]> {
  const typeName = entry.given['type'];
  const isTypeGiven = typeName !== undefined && !isFoundWrong(innerOf(findings, entry.path.length), 'type');
  const type = isTypeGiven && row !== null ? types.get(row.type) : undefined;
  const unknown = isTypeGiven && row !== null && type === undefined ? [unknownType(typeName, types)] : [];
  if (stored === null || row === null) return unknown;
  const isRetyped = type !== undefined && row.type !== stored.type;
  const isWithdrawn = row.status === 'draft' && stored.status !== 'draft';
  if (!isRetyped && !isWithdrawn) return unknown;
  const use = await countInstanceUse(client, organization.id, stored.id);
  return [
    ...unknown,
    ...(isRetyped ? retypingFindings(stored, type, use) : []),
    ...(isWithdrawn && use.ledgerMails > 0 ? [withdrawal(stored.name, use.ledgerMails)] : []),
  ];
}

function innerOf(findings: readonly Finding[], depth: number): Finding[] {
  return findings.map((finding) => ({ ...finding, path: finding.path.slice(depth) }));
}

function unknownType(value: unknown, types: ReadonlyMap<string, unknown>): Finding {
  return {
    path: ['type'],
    value,
    allowed: `the name of a campaign type: ${someNames([...types.keys()])}`,
    code: 'UNKNOWN_CAMPAIGN',
  };
}

/** The e-mail type of what was mailed stays what it was. */
function retypingFindings(
  { name, type: former, status }: CampaignInstanceFields,
  type: CampaignTypeFields,
  { ledgerMails, plannedMails, targetsWithoutTrigger }: InstanceUse,
): Finding[] {
  const path = ['type'];
  const mails = ledgerMails + plannedMails;
  if (status !== 'draft' || mails > 0) {
    const why = status === 'draft' ? `has ${countOf(mails, 'mail')}` : `is ${status}`;
    return [
      {
        path,
        value: type.name,
        allowed: former,
        code: 'CAMPAIGN_IN_USE',
        sentence: `${name} ${why} and stays of type ${former}: only a draft without mails can be given another type. Add a new instance instead.`,
      },
    ];
  }
  if (type.target_all_contacts || targetsWithoutTrigger === 0) return [];
  return [
    {
      path,
      value: type.name,
      allowed: `a type for all contacts: ${targetsWithoutTrigger} of its targets ${targetsWithoutTrigger === 1 ? 'has' : 'have'} no trigger date, which those of other types need`,
    },
  ];
}

function withdrawal(name: string, mails: number): Finding {
  return {
    path: ['status'],
    value: 'draft',
    allowed: 'active, paused or ended',
    code: 'CAMPAIGN_IN_USE',
    sentence: `${name} has mailed (${countOf(mails, 'mail')} in the ledger) and is no draft any more: pause it or end it.`,
  };
}
