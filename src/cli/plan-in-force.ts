/** The plan in force, for who says how contacts and campaigns stand in it. */
import type { ClientBase } from 'pg';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import { readOrganization } from '../db/organizations.ts';
import { readPublishedPlan } from '../db/published-plan.ts';
import { findStoredPlan, type StoredPlan } from '../db/stored-plan.ts';
import { basisOfVersion } from './explain/planning-basis.ts';

export interface PlanInForce {
  readonly plan: StoredPlan;
  /** The feature `campaigns` of its configuration. */
  readonly hasCampaigns: boolean;
}

/** @returns `null`: there is none yet */
export async function findPlanInForce(
  client: ClientBase,
  { id, name }: OrganizationProfile,
): Promise<PlanInForce | null> {
  const { planNumber } = await readOrganization(client, { id });
  if (planNumber === null) return null;
  const plan = await findStoredPlan(client, id, String(planNumber));
  const { environment } = await readPublishedPlan(client, plan);
  const scope = { organization: name, environment };
  const { configuration } = await basisOfVersion(client, plan.configurationVersion, scope);
  return { plan, hasCampaigns: configuration.features.campaigns };
}
