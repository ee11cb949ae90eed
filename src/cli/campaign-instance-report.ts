/** What `campaigns instances show` says of an instance. */
import type { Pool } from 'pg';
import { countInstanceMails, type InstanceMails } from '../db/queries/count-instance-mails.ts';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import { keepPlanRows } from '../db/queries/keep-plan-rows.ts';
import { listCampaignInstances, type ListedInstance } from '../db/queries/list-campaign-instances.ts';
import type { TargetsByMail } from '../db/preview/without-mail.ts';
import { inSnapshot } from '../db/snapshot.ts';
import { countByStanding } from './instance-standing.ts';

export interface InstanceReport {
  readonly instance: ListedInstance;
  /** Whom it is for, and why some have no mail of it. */
  readonly targetsByMail: TargetsByMail;
  readonly mails: readonly InstanceMails[];
  readonly followUps: readonly InstanceMails[];
}

/** @returns `null`: there is none of this name */
export async function reportInstance(
  pool: Pool,
  organization: OrganizationProfile,
  name: string,
): Promise<InstanceReport | null> {
  return inSnapshot(pool, async (client) => {
    await keepPlanRows(client);
    const [instance] = await listCampaignInstances(client, organization.id, name);
    if (instance === undefined) return null;
    const mails = await countInstanceMails(client, organization.id, instance.id);
    return {
      instance,
      targetsByMail: await countByStanding(client, organization, instance),
      mails: mails.filter(({ isFollowUp }) => !isFollowUp),
      followUps: mails.filter(({ isFollowUp }) => isFollowUp),
    };
  });
}
