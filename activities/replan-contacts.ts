/** Plans some contacts again, into the plan in force (SPEC 9, Replanning). */
import type { PoolClient } from 'pg';
import type { ReplanRequest, ReplanSummary } from '../src/contracts/replan-contacts.ts';
import { lockOrganization, type Organization } from '../src/db/organizations.ts';
import { readFacts } from '../src/db/read-facts.ts';
import {
  addToPlanDays,
  coverChanges,
  finishReplan,
  flagOverCapDays,
  insertReplan,
  readReplanBasis,
  readVolumesInForce,
  type ReplanBasis,
  type ReplanRecord,
} from '../src/db/replans.ts';
import type { RunRecord } from '../src/db/runs.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { replanningDays } from '../src/domain/as-of.ts';
import { Books } from '../src/domain/books.ts';
import type { DayNumber } from '../src/domain/calendar.ts';
import { DayCounts } from '../src/domain/day-counts.ts';
import { isUnchanged } from '../src/domain/draft-row.ts';
import type { ContactFacts, PlanningContext } from '../src/domain/placing.ts';
import { planContacts, type ContactPlan, type SettledVolumes } from '../src/domain/planning.ts';
import { hasPlace } from '../src/domain/schedule-row.ts';
import { daysAboveThreshold } from '../src/domain/shaping.ts';
import { EFFECTIVE_DATE } from '../src/domain/yearly.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { PlanDraft } from './draft-plan.ts';
import { endFormerRows } from './end-former-rows.ts';
import { clockOf } from './organization-clock.ts';
import { checkReplanInput } from './replan-input.ts';
import { limitsOf, type RunPlanning } from './run-planning.ts';

/**
 * All in one transaction under the organization's lock: readers see the contacts' plan as it was or as it is now, and
 * a run that is going on finds at its publication what came in between. Tried again, it comes to what it did.
 */
export async function replanContacts(
  { pool, now, environment }: ActivityDependencies,
  planning: RunPlanning,
  { input, workflow }: ReplanRequest,
): Promise<ReplanSummary> {
  const { organization: name, contactIds } = checkReplanInput(input);
  return inTransaction(pool, async (client) => {
    const organization = await withinLockLimit(client, () => lockOrganization(client, { name }));
    const basis = await readReplanBasis(client, organization, workflow, contactIds);
    if (organization.planNumber === null) return withoutPlan(contactIds);
    if (basis.done !== null) return basis.done;

    const scope = { organization: name, environment };
    const compiled = await planning.compile(client, basis.configurationVersion, scope);
    const days = replanningDays(clockOf(organization, compiled.configuration, now()));
    const record = await insertReplan(client, {
      organization,
      workflow,
      basis,
      environment,
      contactIds,
      ...days,
    });
    const replan = { ...days, organization, basis, contactIds, environment, record };
    const run = asRun(replan);
    const context = await planning.contextOfReplan(client, run, compiled);
    return planAndPublish(client, replan, run, context);
  });
}

/**
 * Who waits for a run that is publishing gives up its place soon, and is tried again: replans of other organizations
 * are not held up by it.
 */
async function withinLockLimit<T>(client: PoolClient, takeLock: () => Promise<T>): Promise<T> {
  await client.query("SET LOCAL lock_timeout = '1s'");
  const result = await takeLock();
  await client.query('SET LOCAL lock_timeout = 0');
  return result;
}

interface Replan {
  readonly organization: Organization;
  readonly basis: ReplanBasis;
  readonly record: ReplanRecord;
  readonly contactIds: readonly number[];
  readonly today: DayNumber;
  readonly asOfDay: DayNumber;
  readonly environment: string | null;
}

async function planAndPublish(
  client: PoolClient,
  { organization, basis, record, contactIds }: Replan,
  run: RunRecord,
  context: PlanningContext,
): Promise<ReplanSummary> {
  const planNumber = organization.planNumber!;
  const facts = [
    ...(await readFacts(client, {
      organizationId: organization.id,
      selection: { contactIds },
      planInForce: basis.plan,
      instanceIds: context.campaigns.plannedIds,
      snapshot: null,
    })),
  ];
  const inForce = await readVolumesInForce(client, organization, run.asOfDay);
  const limits = limitsOf(run, context);
  const { contacts } = planContacts(context, facts, withoutRowsOf(facts, inForce, run.asOfDay), limits);

  const draft = new PlanDraft(client, run, {
    organizationId: organization.id,
    baseId: basis.plan.baseId,
    runId: basis.planRunId,
    addedIn: record.transactionId,
  });
  await draft.add(contacts);
  await draft.write();
  if (draft.endsRows) await endFormerRows(client, run, planNumber);

  const { days, changedContactIds } = changesOf(contacts);
  await addToPlanDays(client, organization, days);
  for (const { day, counts } of days) {
    if (day >= run.asOfDay) inForce.volumes.add(day, counts.pre_scheduled + counts.skipped_with_place);
  }
  const overCapDays = context.configuration.features.loadBalancing
    ? daysAboveThreshold(inForce.volumes, limits, run.asOfDay)
    : [];
  await flagOverCapDays(client, organization, run.asOfDay, overCapDays, limits);
  draft.books.countOverCap(overCapDays);
  await coverChanges(client, organization.id, basis, changedContactIds);
  await finishReplan(client, run.id, contactIds.length, draft.books);
  const { changes } = draft.books.counts;
  return { runId: run.id, planNumber, contacts: contactIds.length, changes };
}

/** There is nothing to change: the first run plans them. */
function withoutPlan(contactIds: readonly number[]): ReplanSummary {
  const changes = { added: 0, changed: 0, removed: 0, missed: 0, unchanged: 0 };
  return { runId: null, planNumber: null, contacts: contactIds.length, changes };
}

/** By what drafts are written and rows ended. */
function asRun({ organization, basis, record, today, asOfDay, environment }: Replan): RunRecord {
  return {
    id: record.runId,
    organizationId: organization.id,
    organization: organization.name,
    today,
    asOfDay,
    isDryRun: false,
    isFresh: false,
    configurationVersion: basis.configurationVersion,
    environment,
    batchSize: 0,
    contactCount: basis.contactCount,
    formerPlanNumber: organization.planNumber,
    formerPlan: basis.plan,
    restoredPlan: null,
    baseId: basis.plan.baseId,
    snapshot: record.snapshot,
    rounds: 1,
    startedAtMs: record.startedAtMs,
  };
}

/** What others have: these contacts' own mails weigh where they are placed now. */
function withoutRowsOf(
  facts: readonly ContactFacts[],
  inForce: SettledVolumes,
  asOfDay: DayNumber,
): SettledVolumes {
  const others = {
    volumes: DayCounts.of(inForce.volumes.entries()),
    effectiveDate: DayCounts.of(inForce.effectiveDate.entries()),
  };
  for (const { planRows } of facts) {
    for (const row of planRows) {
      if (row.day < asOfDay || !hasPlace(row)) continue;
      others.volumes.add(row.day, -1);
      if (row.emailType === EFFECTIVE_DATE) others.effectiveDate.add(row.day, -1);
    }
  }
  return others;
}

/** What the plan in force has more or less on each day, and whose rows are others now. */
function changesOf(contacts: readonly ContactPlan[]): {
  readonly days: ReturnType<Books['daysWithMail']>;
  readonly changedContactIds: number[];
} {
  const books = new Books();
  const changedContactIds: number[] = [];
  for (const { contactId, planned, endedRows } of contacts) {
    const replaced = planned.filter(({ row, former }) => former === null || !isUnchanged(row, former));
    for (const { row, former } of replaced) {
      books.addUnchangedRow(row);
      if (former !== null) books.addUnchangedRow(former, -1);
    }
    for (const { row } of endedRows) books.addUnchangedRow(row, -1);
    if (replaced.length + endedRows.length > 0) changedContactIds.push(contactId);
  }
  return { days: books.daysWithMail(), changedContactIds };
}
