import type { PoolClient } from 'pg';
import { SchedulerError } from '../src/contracts/errors.ts';
import type { PublishResult, RunRef, RunSummary } from '../src/contracts/schedule-run.ts';
import { discardPreparations } from '../src/db/open-run.ts';
import { lockOrganization, type Organization } from '../src/db/organizations.ts';
import {
  findUncoveredChanges,
  finishRun,
  insertPlan,
  readFrozenOverCapDays,
  removeCoveredChanges,
  settlePastSkipped,
  type NewPlan,
} from '../src/db/publish.ts';
import { readEndedRun } from '../src/db/read-ended-run.ts';
import { restartRun } from '../src/db/restart-run.ts';
import {
  cutBatches,
  holdRun,
  isCheckpointDone,
  readOrganizationOfRun,
  type RunRecord,
} from '../src/db/runs.ts';
import { inTransaction } from '../src/db/transaction.ts';
import type { Books } from '../src/domain/books.ts';
import type { DayNumber } from '../src/domain/calendar.ts';
import type { PlanningContext } from '../src/domain/placing.ts';
import { daysAboveThreshold } from '../src/domain/shaping.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { outOfBalance } from './draft-plan.ts';
import { endFormerRows } from './end-former-rows.ts';
import { describeRun } from './open-run.ts';
import { readBooks } from './read-books.ts';
import { replanChanged, settledVolumesOf } from './replan-changed.ts';
import { limitsOf, type RunPlanning } from './run-planning.ts';
import { tidyUp } from './tidy-up.ts';

/** Contacts that are planned again while the organization is locked: some tenths of a second. */
const MAX_CHANGED_CONTACTS = 1_000;
/** A run that has started over so often does not keep up with the changes. */
const MAX_ROUNDS = 5;

/**
 * Puts the run's plan in force, in one transaction under the organization's lock: what has changed since
 * the run read it is planned again first, and the books are checked. A dry run does all but the last step.
 */
export async function publishPlan(
  { pool }: ActivityDependencies,
  planning: RunPlanning,
  { runId }: RunRef,
): Promise<PublishResult> {
  const organizationId = await readOrganizationOfRun(pool, runId);
  const result = await inTransaction(pool, async (client): Promise<PublishResult> => {
    const organization = await lockOrganization(client, { id: organizationId });
    // An earlier attempt may have committed, and its answer was lost or is under way still.
    const ended = await readEndedRun(client, runId);
    if (ended !== null) return { outcome: 'ended', summary: ended };
    const run = await holdRun(client, runId);
    const isStartedOver = !(await isCheckpointDone(client, runId, 'seal', 0));
    if (isStartedOver) return { outcome: 'start_over', run: await describeRun(client, runId, planning) };

    const context = await planning.contextOf(client, run);
    const changes = await findUncoveredChanges(client, run, MAX_CHANGED_CONTACTS);
    if (changes.contactIds === null) return startOver(client, organization, run, planning);

    const books = await readBooks(client, runId);
    const { contactsRead } = await replanChanged(client, run, context, changes.contactIds, books);
    assertBalanced(run, books, changes.unchangedContactCount + contactsRead);
    const overCapDays = await findOverCapDays(client, run, context, books);
    books.countOverCap(overCapDays);
    const frozenDays = await findFrozenOverCapDays(client, run, context, books);
    const plan = { limits: limitsOf(run, context), books, overCapDays: [...frozenDays, ...overCapDays] };
    const summary = run.isDryRun
      ? await endDryRun(client, run, plan)
      : await putInForce(client, organization, run, plan, changes.changeIds);
    return { outcome: 'ended', summary };
  });
  await tidyUp(pool, organizationId);
  return result;
}

function assertBalanced(run: RunRecord, books: Books, contactCount: number): void {
  const { read } = books.counts.contacts;
  const problem =
    books.imbalance() ??
    (read === contactCount ? null : `contacts read: ${read}, contacts of the organization: ${contactCount}`);
  if (problem !== null) throw outOfBalance(run, problem);
}

/** The days of the plan, as it has become, that are above the threshold. */
async function findOverCapDays(
  client: PoolClient,
  run: RunRecord,
  context: PlanningContext,
  books: Books,
  fromDay = run.asOfDay,
): Promise<DayNumber[]> {
  if (!context.configuration.features.loadBalancing) return [];
  const { volumes } = await settledVolumesOf(client, run, books, fromDay);
  return daysAboveThreshold(volumes, limitsOf(run, context), fromDay);
}

/** Rows dated before the as-of date stay as they are, their flag too; unless a restore has put others there. */
async function findFrozenOverCapDays(
  client: PoolClient,
  run: RunRecord,
  context: PlanningContext,
  books: Books,
): Promise<DayNumber[]> {
  if (run.restoredPlan === null) return readFrozenOverCapDays(client, run);
  const days = await findOverCapDays(client, run, context, books, run.today);
  return days.filter((day) => day < run.asOfDay);
}

async function putInForce(
  client: PoolClient,
  organization: Organization,
  run: RunRecord,
  { limits, books, overCapDays }: Omit<NewPlan, 'number'>,
  coveredChangeIds: readonly string[],
): Promise<RunSummary> {
  const number = organization.lastPlanNumber + 1;

  await endFormerRows(client, run, number);
  await settlePastSkipped(client, run, number);
  await insertPlan(client, run, { number, books, limits, overCapDays });
  await removeCoveredChanges(client, run, coveredChangeIds);
  await finishRun(client, run, { state: 'published', planNumber: number, books, overCapDays: null });
  return (await readEndedRun(client, run.id))!;
}

async function endDryRun(
  client: PoolClient,
  run: RunRecord,
  { books, overCapDays }: Omit<NewPlan, 'number'>,
): Promise<RunSummary> {
  await finishRun(client, run, { state: 'dry_run', planNumber: null, books, overCapDays });
  return (await readEndedRun(client, run.id))!;
}

/** So much has changed that everything is planned again, from a new snapshot. */
async function startOver(
  client: PoolClient,
  organization: Organization,
  run: RunRecord,
  planning: RunPlanning,
): Promise<PublishResult> {
  if (run.rounds >= MAX_ROUNDS) {
    throw new SchedulerError(
      'RUN_OVERTAKEN',
      `Contacts of ${organization.name} kept changing while run ${run.id} planned them, ${run.rounds} times over; nothing was published. Start it again when imports are done.`,
    );
  }
  await discardPreparations(client, run.id);
  await restartRun(client, run.id, organization);
  await cutBatches(client, run.id, organization.id, run.batchSize, organization.planBaseId);
  return { outcome: 'start_over', run: await describeRun(client, run.id, planning) };
}
