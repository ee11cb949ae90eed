import type { Pool } from 'pg';
import { Refusal } from '../contracts/finding.ts';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';

/** Of a command that only reads: names what there is. */
export async function unknownCampaignNamed(
  pool: Pool,
  organization: OrganizationProfile,
  kind: 'type' | 'instance',
  name: string,
): Promise<Refusal> {
  const [{ listCampaignNames }, { unknownCampaign }] = await Promise.all([
    import('../db/queries/list-campaign-names.ts'),
    import('../db/campaign-fields/unknown-campaign.ts'),
  ]);
  const names = await listCampaignNames(pool, organization.id, kind);
  return new Refusal([unknownCampaign(organization.name, kind, name, names)], () => kind);
}
