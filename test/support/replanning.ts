/** Some contacts planned again in a `PlanningWorld`, and what must come of it by the model (SPEC 9, Replanning). */
import { replanContacts } from '../../activities/replan-contacts.ts';
import type { ReplanSummary } from '../../src/contracts/replan-contacts.ts';
import { violationsOf } from '../model/invariants.ts';
import { contactsTouched, replanByModel, type ReplanOutput } from '../model/replan.ts';
import type { ModelInput, ModelPlannedRow } from '../model/types.ts';
import { addDays, dailyCapOf, storedRows, type StoredInput } from './expected-plan.ts';
import { readLedger, readPlan, readSchedules, type StoredRow } from './model-database.ts';
import { ROW_FIELDS, type PlanningWorld } from './planning-world.ts';
import { asModelSays, firstDifference } from './row-comparison.ts';
import { newWorkflow } from './run-planning.ts';

export interface Replanned {
  readonly summary: ReplanSummary;
  readonly output: ReplanOutput;
  /** By the days and the configuration of the replan. */
  readonly input: StoredInput;
}

/** The configuration version that replans go by, which is that of the latest run and not of the files. */
export type InForce = Pick<ModelInput, 'config' | 'rules'>;

/** The activity alone, as a workflow of its own. */
export function replanOnly(world: PlanningWorld, contactIds: readonly number[]): Promise<ReplanSummary> {
  const { dependencies, planning } = world.runner;
  return replanContacts(dependencies, planning, {
    input: { organization: world.name, contactIds },
    workflow: newWorkflow(),
  });
}

/**
 * Contacts move, are born on another day, leave, come, unsubscribe; targets are corrected, removed and added: of
 * contacts whose id leaves the remainder by 10.
 * @returns whom it concerns
 */
export async function editSome(world: PlanningWorld, remainder: number): Promise<number[]> {
  const before = world.input;
  const { contacts, campaigns } = before;
  const edited = contacts.filter(({ id }) => id % 10 === remainder);
  const [gone, ...others] = edited.map(({ id }) => id);
  const changes = [
    { birth_date: `1951-05-1${remainder}` },
    { state: 'NY', zip_code: null },
    { state: 'TX', zip_code: null, effective_date: `2012-04-1${remainder}` },
    { email: 'nobody' },
    { birth_date: null, effective_date: null },
  ];
  const after = contacts
    .filter(({ id }) => id !== gone)
    .map((one) =>
      others.includes(one.id) ? { ...one, ...changes[others.indexOf(one.id) % changes.length] } : one,
    );
  const added = {
    ...{ id: 9_000 + Math.max(...contacts.map(({ id }) => id)), email: `new${remainder}@example.com` },
    ...{ state: 'TX', zip_code: null, birth_date: `1952-06-1${remainder}`, effective_date: null },
  };
  const suppressed = { address: edited.at(-1)?.email ?? 'nobody', scope: 'marketing' as const };
  await world.editContacts({
    contacts: [...after, added],
    suppressions: [...before.suppressions, suppressed],
  });
  if (campaigns !== undefined) await editTargets(world, remainder);
  return [...contactsTouched(before, world.input)];
}

async function editTargets(world: PlanningWorld, remainder: number): Promise<void> {
  const campaigns = world.input.campaigns!;
  const targets = campaigns.targets
    .filter((one) => one.contact_id % 20 !== remainder)
    .map((one) =>
      one.contact_id % 10 === remainder && one.trigger_date !== null
        ? { ...one, trigger_date: addDays(one.trigger_date, 3) }
        : one,
    );
  await world.editCampaigns({ ...campaigns, targets });
}

/** Plans them again, and compares all that the organization has then with the model. */
export async function replan(
  world: PlanningWorld,
  contactIds: readonly number[],
  inForce: InForce = world.input,
): Promise<Replanned> {
  const input: StoredInput = {
    ...world.input,
    ...(await replanningDays(world)),
    config: inForce.config,
    rules: inForce.rules,
    fresh: false,
  };
  const summary = await replanOnly(world, contactIds);
  const output = await compareReplanned(world, input, { contactIds, summary });
  return { summary, output, input };
}

/** What the world must have come to, of the world as it was when the replan read it. */
export async function compareReplanned(
  world: PlanningWorld,
  input: StoredInput,
  { contactIds, summary }: { contactIds: readonly number[]; summary: ReplanSummary },
): Promise<ReplanOutput> {
  const output = replanByModel(contactIds, input);
  const plan = await readPlan(world.db.pool, world.organizationId);
  const ledger = await readLedger(world.db.pool, world.organizationId);
  const { changes, ...expected } = expectedRows(input, output, contactIds, { runId: summary.runId!, plan });
  world.expectSame('the plan', firstDifference(expected.plan, plan, ROW_FIELDS));
  world.expectSame('the ledger', firstDifference(expected.ledger, ledger, ROW_FIELDS, idOf));
  const seen = await readSchedules(world.db.pool, world.organizationId);
  world.expectSame(
    'what readers see',
    firstDifference([...expected.plan, ...expected.ledger], seen, ROW_FIELDS, idOf),
  );
  world.expectEqual('the summary', summary, {
    runId: summary.runId,
    planNumber: await planNumberOf(world),
    contacts: new Set(contactIds).size,
    changes,
  });
  await compareRecord(world, input, { summary, output });
  world.expectEqual('violations', violationsOfReplan(input, output, contactIds, plan), []);
  world.input = { ...world.input, planInForce: plan, ledger };
  await world.compareStored();
  return output;
}

/** Its own days: by default today, and tomorrow once today's mails are claimed (SPEC 2); the clock says 9 o'clock. */
async function replanningDays(world: PlanningWorld): Promise<{ today: string; asOf: string }> {
  const { rows } = await world.db.pool.query<{
    sandbox_today: string | null;
    claimed_through: string | null;
  }>(
    `SELECT sandbox_today::text AS sandbox_today, claimed_through::text AS claimed_through
     FROM organizations WHERE id = $1`,
    [world.organizationId],
  );
  const { sandbox_today: sandboxToday, claimed_through: claimedThrough } = rows[0]!;
  const today = sandboxToday ?? world.input.today;
  const isClaimed = claimedThrough !== null && claimedThrough >= today;
  return { today, asOf: isClaimed ? addDays(today, 1) : today };
}

function expectedRows(
  input: StoredInput,
  output: ReplanOutput,
  contactIds: readonly number[],
  { runId, plan }: { runId: number; plan: readonly StoredRow[] },
): { plan: StoredRow[]; ledger: StoredRow[]; changes: ReplanSummary['changes'] } {
  const candidates = new Set(contactIds);
  const isOfCandidate = ({ contact_id: id }: StoredRow): boolean => candidates.has(id);
  const ofCandidates = { ...input, planInForce: input.planInForce.filter(isOfCandidate) };
  const { planned, missed, changes } = storedRows(ofCandidates, output, runId, plan);
  // Past skipped rows are the ledger's wherever they stand: the next run moves them.
  const stays = (row: StoredRow): boolean =>
    !isOfCandidate(row) ||
    (row.scheduled_send_date < input.asOf &&
      (row.scheduled_send_date >= input.today || row.status === 'skipped'));
  const overCapDays = new Set(output.over_cap_days);
  const flagged = (row: StoredRow): StoredRow =>
    row.scheduled_send_date < input.asOf
      ? row
      : { ...row, over_cap: row.status === 'pre-scheduled' && overCapDays.has(row.scheduled_send_date) };
  return {
    plan: [...input.planInForce.filter(stays), ...planned].map(flagged),
    ledger: [...input.ledger, ...missed],
    changes,
  };
}

/** All properties of the contacts planned; the model's volumes are those of the whole plan. */
function violationsOfReplan(
  input: StoredInput,
  output: ReplanOutput,
  contactIds: readonly number[],
  plan: readonly StoredRow[],
): string[] {
  const candidates = new Set(contactIds);
  const rows = plan
    .filter((row) => candidates.has(row.contact_id) && row.scheduled_send_date >= input.asOf)
    .map((row) => asModelSays(row) as ModelPlannedRow);
  return violationsOf({ ...input, only: [...candidates] }, { ...output, rows });
}

async function compareRecord(
  world: PlanningWorld,
  input: StoredInput,
  { summary, output }: { summary: ReplanSummary; output: ReplanOutput },
): Promise<void> {
  const { rows } = await world.db.owner.query(
    `SELECT r.kind, r.state, r.plan_number, r.former_plan_number, r.today::text AS today, r.as_of::text AS as_of,
       r.contact_count, p.daily_cap,
       (SELECT count(*)::integer FROM contacts WHERE organization_id = $2 AND deleted_at IS NULL) AS contacts,
       contact_count($2)::integer AS kept_contact_count,
       ARRAY(SELECT day::text FROM unnest(p.over_cap_dates) AS day WHERE day >= r.as_of ORDER BY day) AS over_cap_days,
       (SELECT count(*)::integer FROM replanned_contacts WHERE run_id = r.id) AS replanned,
       (SELECT count(*)::integer FROM plan_closings WHERE run_id = r.id) AS closings,
       (r.counts #>> '{moves,over_cap}')::integer AS over_cap
     FROM scheduler_runs r JOIN organizations o ON o.id = r.organization_id
     JOIN plans p ON p.organization_id = o.id AND p.number = o.plan_number
     WHERE r.id = $1 AND o.id = $2`,
    [summary.runId, world.organizationId],
  );
  const contacts = input.contacts.length;
  world.expectEqual('the record', rows[0], {
    kind: 'replan',
    state: 'published',
    plan_number: null,
    former_plan_number: summary.planNumber,
    today: input.today,
    as_of: input.asOf,
    contact_count: contacts,
    daily_cap: dailyCapOf(input),
    contacts,
    kept_contact_count: contacts,
    over_cap_days: output.over_cap_days,
    replanned: summary.contacts,
    closings: 0,
    over_cap: output.rows.filter(({ over_cap: isOverCap }) => isOverCap).length,
  });
}

async function planNumberOf(world: PlanningWorld): Promise<number> {
  const { rows } = await world.db.pool.query<{ plan_number: number }>(
    'SELECT plan_number FROM organizations WHERE id = $1',
    [world.organizationId],
  );
  return rows[0]!.plan_number;
}

function idOf({ id }: StoredRow): string {
  return String(id);
}
