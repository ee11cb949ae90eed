/** What planned a contact as it stands in the plan in force: the plan's own run, or a replan of it since. */
import type { ClientBase } from 'pg';
import { readCampaignsOfRun } from '../../db/campaigns.ts';
import { wasPlannedAgain } from '../../db/contact-changes.ts';
import { readPublishedPlan, type PublishedPlan } from '../../db/published-plan.ts';
import { findLatestReplan, type LatestReplan } from '../../db/queries/find-latest-replan.ts';
import type { PlanInForce } from '../../db/read-facts.ts';
import type { StoredPlan } from '../../db/stored-plan.ts';
import type { DayNumber } from '../../domain/calendar.ts';
import { CampaignBook } from '../../domain/campaigns.ts';
import type { PlanningContext } from '../../domain/placing.ts';
import { basisOfVersion } from './planning-basis.ts';
import type { ExplainedContact } from './explanation.ts';

export interface PlannedBy {
  readonly published: PublishedPlan;
  /** `null`: the plan's own run. */
  readonly replan: LatestReplan | null;
  readonly runId: number;
  readonly configurationVersion: number;
  readonly contactCount: number;
  /** The plan whose rows it started from. */
  readonly formerPlanNumber: number | null;
  /** Where these rows are; `null`: there were none, or they are not known any more. */
  readonly formerPlan: PlanInForce | null;
  readonly isFormerPlanKnown: boolean;
  /** What it saw of plan and ledger. */
  readonly snapshot: string;
  /** The contact was changed while the plan's own run went on, which planned it once more at the end. */
  readonly isPlannedAgain: boolean;
  readonly context: PlanningContext;
}

export async function findPlannedBy(
  client: ClientBase,
  plan: StoredPlan,
  contact: ExplainedContact,
): Promise<PlannedBy> {
  const published = await readPublishedPlan(client, plan);
  const replan = await findLatestReplan(client, plan, contact.profile.id);
  return replan === null
    ? plannedByRun(client, plan, published, contact)
    : plannedByReplan(client, plan, published, replan, contact);
}

async function plannedByRun(
  client: ClientBase,
  plan: StoredPlan,
  published: PublishedPlan,
  contact: ExplainedContact,
): Promise<PlannedBy> {
  const isFormerPlanKnown = !published.isFormerPlanGone && published.kind !== 'restore';
  const isPlannedAgain = await wasPlannedAgain(client, plan.organizationId, contact.profile.id, published);
  const context = await contextOf(client, contact, {
    ...{ today: plan.today, asOfDay: plan.asOfDay, configurationVersion: plan.configurationVersion },
    environment: published.environment,
    campaignsOfRunId: published.runId,
    // Its own rows stand for the plan before where that is gone.
    isFresh: published.isFresh && isFormerPlanKnown,
  });
  return {
    ...{ published, context, isFormerPlanKnown, isPlannedAgain, replan: null, runId: published.runId },
    configurationVersion: plan.configurationVersion,
    contactCount: published.contactCount,
    formerPlanNumber: published.formerPlanNumber,
    formerPlan: isFormerPlanKnown ? published.formerPlan : null,
    snapshot: snapshotOfRun(published, isPlannedAgain, isFormerPlanKnown),
  };
}

/** Its own rows are those that were left once it was published: the ledger is that of the same moment. */
function snapshotOfRun(
  published: PublishedPlan,
  isPlannedAgain: boolean,
  isFormerPlanKnown: boolean,
): string {
  if (!isFormerPlanKnown) return published.snapshotAfterPublication;
  return isPlannedAgain ? published.snapshotBeforePublication : published.snapshot;
}

/** It starts from the plan that it changes, whose rows of before it are still there. */
async function plannedByReplan(
  client: ClientBase,
  plan: StoredPlan,
  published: PublishedPlan,
  replan: LatestReplan,
  contact: ExplainedContact,
): Promise<PlannedBy> {
  const { runId, today, asOfDay, configurationVersion, environment, contactCount, snapshot } = replan;
  const context = await contextOf(client, contact, {
    ...{ today, asOfDay, configurationVersion, environment, isFresh: false },
    campaignsOfRunId: replan.hasOwnCampaigns ? runId : published.runId,
  });
  return {
    ...{ published, replan, runId, configurationVersion, contactCount, snapshot, context },
    formerPlanNumber: published.number,
    formerPlan: { baseId: plan.baseId, segmentRunIds: plan.segmentRunIds },
    isFormerPlanKnown: true,
    isPlannedAgain: false,
  };
}

async function contextOf(
  client: ClientBase,
  { organization, hash }: ExplainedContact,
  of: {
    readonly today: DayNumber;
    readonly asOfDay: DayNumber;
    readonly configurationVersion: number;
    readonly environment: string | null;
    readonly campaignsOfRunId: number;
    readonly isFresh: boolean;
  },
): Promise<PlanningContext> {
  const { today, asOfDay, isFresh, environment } = of;
  const scope = { organization: organization.name, environment };
  const { configuration, rules } = await basisOfVersion(client, of.configurationVersion, scope);
  const { types, instances } = await readCampaignsOfRun(client, of.campaignsOfRunId);
  const campaigns = new CampaignBook(types, instances, {
    asOfDay,
    isSwitchedOn: configuration.features.campaigns,
  });
  return { today, asOfDay, isFresh, configuration, rules, campaigns, hash };
}
