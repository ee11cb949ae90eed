/** What `campaigns targets list` and `show` say. */
import type { Pool, PoolClient } from 'pg';
import { Refusal } from '../contracts/finding.ts';
import { noTarget } from '../db/campaign-target-refusals.ts';
import { unknownCampaign } from '../db/campaign-fields/unknown-campaign.ts';
import { findContact } from '../db/queries/find-contact.ts';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import { keepPlanRows } from '../db/queries/keep-plan-rows.ts';
import { listCampaignInstances, type ListedInstance } from '../db/queries/list-campaign-instances.ts';
import { listCampaignNames } from '../db/queries/list-campaign-names.ts';
import {
  listCampaignTargets,
  type ListedTarget,
  type TargetStatus,
} from '../db/queries/list-campaign-targets.ts';
import { listTargetMails, type TargetMail } from '../db/queries/list-target-mails.ts';
import type { NoMail } from '../db/preview/without-mail.ts';
import { inSnapshot } from '../db/snapshot.ts';
import { whyByStanding } from './instance-standing.ts';

export interface ReportedTarget extends ListedTarget {
  /** Why it has no mail; `null`: it has one. */
  readonly withoutMail: NoMail | null;
}

export interface TargetsReport {
  readonly instance: ListedInstance;
  readonly targets: readonly ReportedTarget[];
  /** Without the limit. */
  readonly total: number;
}

export interface TargetReport {
  readonly instance: ListedInstance;
  readonly target: ReportedTarget;
  readonly mails: readonly TargetMail[];
}

/** @throws Refusal UNKNOWN_CAMPAIGN */
export async function reportTargets(
  pool: Pool,
  organization: OrganizationProfile,
  { instance: name, status, limit }: { instance: string; status: TargetStatus | null; limit: number },
): Promise<TargetsReport> {
  return inSnapshot(pool, async (client) => {
    await keepPlanRows(client);
    const instance = await findInstance(client, organization, name);
    const selection = {
      organizationId: organization.id,
      instanceId: instance.id,
      status,
      contactId: null,
      limit,
    };
    const { targets, total } = await listCampaignTargets(client, selection);
    return { instance, targets: await withReasons(client, organization, instance, targets), total };
  });
}

/** @throws Refusal UNKNOWN_CAMPAIGN; SchedulerError UNKNOWN_CONTACT */
export async function reportTarget(
  pool: Pool,
  organization: OrganizationProfile,
  name: { readonly instance: string; readonly contact: string },
): Promise<TargetReport> {
  return inSnapshot(pool, async (client) => {
    await keepPlanRows(client);
    const instance = await findInstance(client, organization, name.instance);
    const contact = await findContact(client, organization, name.contact);
    const { targets } = await listCampaignTargets(client, {
      ...{ organizationId: organization.id, instanceId: instance.id, status: null },
      ...{ contactId: contact.id, limit: 1 },
    });
    const [target] = await withReasons(client, organization, instance, targets);
    if (target === undefined) throw new Refusal([noTarget(organization.name, name)]);
    return {
      instance,
      target,
      mails: await listTargetMails(client, organization.id, instance.id, contact.id),
    };
  });
}

async function withReasons(
  client: PoolClient,
  organization: OrganizationProfile,
  instance: ListedInstance,
  targets: readonly ListedTarget[],
): Promise<ReportedTarget[]> {
  const ids = targets.filter(({ mailStatus }) => mailStatus === null).map(({ contactId }) => contactId);
  const reasons = await whyByStanding(client, organization, instance, ids);
  return targets.map((target) => ({ ...target, withoutMail: reasons.get(target.contactId) ?? null }));
}

async function findInstance(
  client: PoolClient,
  organization: OrganizationProfile,
  name: string,
): Promise<ListedInstance> {
  const [instance] = await listCampaignInstances(client, organization.id, name);
  if (instance !== undefined) return instance;
  const names = await listCampaignNames(client, organization.id, 'instance');
  throw new Refusal([unknownCampaign(organization.name, 'instance', name, names)], () => '--instance');
}
