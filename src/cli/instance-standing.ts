/** How a campaign instance stands in the plan in force: why contacts that it is for have no mail of it. */
import type { PoolClient } from 'pg';
import { instanceInForce } from '../db/instance-in-force.ts';
import {
  countTargetsByMail,
  whyWithoutMail,
  type InstanceInPlan,
  type NoMail,
  type TargetsByMail,
  type WithoutMailKind,
} from '../db/preview/without-mail.ts';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import type { ListedInstance } from '../db/queries/list-campaign-instances.ts';
import { FIRST_DAY, parseDay } from '../domain/calendar.ts';
import { whyNotPlanned } from '../domain/campaigns.ts';
import { findPlanInForce, type PlanInForce } from './plan-in-force.ts';

interface InstanceStanding {
  readonly inPlan: InstanceInPlan;
  /** Why nobody gets a new mail of it, whoever it is; `null`: that is up to each contact. */
  readonly forAll: WithoutMailKind | null;
}

/** The instance's contacts that are not deleted, by whether and why not there is a mail of it. */
export async function countByStanding(
  client: PoolClient,
  organization: OrganizationProfile,
  instance: ListedInstance,
): Promise<TargetsByMail> {
  const { inPlan, forAll } = await readStanding(client, organization, instance);
  const counted = await countTargetsByMail(client, inPlan);
  const contacts = counted.contacts - counted.withMail;
  if (forAll === null || contacts === 0) return counted;
  return { ...counted, withoutMail: [{ kind: forAll, detail: null, contacts }] };
}

/** Of the contacts given, targets of the instance, those that have no mail of it. */
export async function whyByStanding(
  client: PoolClient,
  organization: OrganizationProfile,
  instance: ListedInstance,
  contactIds: readonly number[],
): Promise<ReadonlyMap<number, NoMail>> {
  if (contactIds.length === 0) return new Map();
  const { inPlan, forAll } = await readStanding(client, organization, instance);
  if (forAll !== null) return new Map(contactIds.map((id) => [id, { kind: forAll, detail: null }]));
  return whyWithoutMail(client, inPlan, contactIds);
}

async function readStanding(
  client: PoolClient,
  organization: OrganizationProfile,
  instance: ListedInstance,
): Promise<InstanceStanding> {
  const inForce = await findPlanInForce(client, organization);
  return {
    inPlan: instanceInForce(organization.id, instance, inForce?.plan ?? null),
    forAll: whyNobody(instance, inForce),
  };
}

function whyNobody(instance: ListedInstance, inForce: PlanInForce | null): WithoutMailKind | null {
  const { status, active_end_date: endDate, of_type: type } = instance;
  const reason = whyNotPlanned(
    { status, endDay: endDate === null ? null : parseDay(endDate) },
    { isActive: type.active },
    { asOfDay: inForce?.plan.asOfDay ?? FIRST_DAY, isSwitchedOn: inForce?.hasCampaigns ?? true },
  );
  return reason ?? (inForce === null ? 'no_plan' : null);
}
