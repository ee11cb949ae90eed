/**
 * Putting earlier plans back in a `PlanningWorld`, and what must come of it: the rows of contacts that nothing has
 * touched as they were, those of all others by the model's replanning over them.
 */
import type { RunSummary } from '../../src/contracts/schedule-run.ts';
import { textOfRow } from '../model/identity.ts';
import { planByModel } from '../model/model.ts';
import type { ModelInput, ModelOutput, ModelRow } from '../model/types.ts';
import type { StoredInput } from './expected-plan.ts';
import { readLedger, readPlan, type StoredRow } from './model-database.ts';
import { auditOrganization } from './plan-audit.ts';
import { violationsOf } from './plan-properties.ts';
import type { PlanningWorld } from './planning-world.ts';
import { recount } from './recount.ts';
import { asModelSays, firstDifference } from './row-comparison.ts';
import type { RunOptions } from './run-planning.ts';

/** The world as it stood when a plan had been published. */
export interface KeptPlan {
  readonly number: number;
  readonly input: StoredInput;
}

export interface Restored {
  readonly summary: RunSummary;
  /** Rows that came back as they were, and contacts that were planned again. */
  readonly putBack: readonly StoredRow[];
  readonly touchedIds: readonly number[];
}

type RestoreOptions = Omit<RunOptions, 'organization' | 'asOf' | 'fresh' | 'restore'> & {
  /** Contacts that change while the run is going on. */
  readonly changedIds?: () => number[];
  /** Contacts that are planned again for a reason that cannot be seen from outside. */
  readonly plannedAgain?: readonly number[];
};

export async function planAndKeep(
  world: PlanningWorld,
  options: Parameters<PlanningWorld['plan']>[0] = {},
): Promise<KeptPlan> {
  const { planNumber } = await world.plan(options);
  return { number: planNumber!, input: structuredClone(world.input) };
}

/** Puts the plan back, and asks all that must hold of what was published. */
export async function restore(
  world: PlanningWorld,
  plan: KeptPlan,
  { changedIds, plannedAgain = [], ...options }: RestoreOptions = {},
): Promise<Restored> {
  const run = { organization: world.name, asOf: world.input.asOf, restore: plan.number, ...options };
  const opened = await world.runner.open(run);
  world.giveBack();
  const asRead = structuredClone({ ...world.input, fresh: false });
  const summary = await world.runner.finish(opened, run);
  const now = { ...world.input, fresh: false };
  const touchedIds = [...new Set([...touchedSince(plan, asRead), ...plannedAgain])];
  const expected = expectedRestore(plan, { asRead, now, touchedIds, changedIds: changedIds?.() ?? [] });
  const found = await readPlan(world.db.pool, world.organizationId);
  const ledger = await readLedger(world.db.pool, world.organizationId);

  same(
    world,
    'rows put back',
    firstDifference(expected.putBack, ofOthers(found, expected.replannedIds), WHOLE),
  );
  same(
    world,
    'rows planned again',
    firstDifference(expected.planned, ofThese(found, expected.replannedIds), COMPARED),
  );
  same(world, 'the ledger', firstDifference(expected.ledger, ledger, COMPARED));
  same(world, 'ids', wrongIds(found, plan, asRead));
  same(
    world,
    'the audit',
    (await auditOrganization(world.db.owner, world.organizationId)).find(isNoFollowUp),
  );
  same(world, 'a property', violations(world, { found, ledger, volumes: expected.volumes })[0]);
  await compareBooks(world, plan, { asRead, summary, found, ledger });

  world.input = { ...world.input, fresh: false, planInForce: found, ledger };
  world.lastOutput = null;
  await world.compareStored();
  return { summary, putBack: expected.putBack, touchedIds };
}

interface ExpectedRestore {
  /** Rows of contacts that nothing has touched, whatever was read and whatever changed in mid-run. */
  readonly putBack: StoredRow[];
  /** Those that something has touched since, and those that changed in mid-run. */
  readonly replannedIds: number[];
  readonly planned: ModelRow[];
  readonly ledger: ModelRow[];
  readonly volumes: ModelOutput['volumes'];
}

interface World {
  readonly asRead: StoredInput;
  readonly now: StoredInput;
  readonly touchedIds: readonly number[];
  readonly changedIds: readonly number[];
}

function expectedRestore(plan: KeptPlan, { asRead, now, touchedIds, changedIds }: World): ExpectedRestore {
  const first = replanned(plan, asRead, touchedIds, putBackRows(plan, asRead, touchedIds));
  const replannedIds = [...new Set([...touchedIds, ...changedIds])];
  const standing = ofOthers(first.plan, changedIds);
  const second = replanned(plan, now, changedIds, standing);
  const pastSkipped = now.planInForce.filter(
    (row) => row.scheduled_send_date < now.today && row.status === 'skipped',
  );
  const missed = [...ofOthers(first.missed, changedIds), ...second.missed];
  return {
    putBack: putBackRows(plan, asRead, replannedIds),
    replannedIds,
    planned: ofThese(second.plan, replannedIds),
    ledger: [...now.ledger, ...missed, ...pastSkipped],
    volumes: second.volumes,
  };
}

/** The contacts planned as one set, over the rows that stand. */
function replanned(
  plan: KeptPlan,
  input: StoredInput,
  ids: readonly number[],
  standing: readonly ModelRow[],
): { plan: ModelRow[]; missed: ModelRow[]; volumes: ModelOutput['volumes'] } {
  const inForce = ofThese(input.planInForce, ids).filter((row) => row.scheduled_send_date < input.asOf);
  const kept = ofThese(rowsNotSettled(plan, input), ids).filter(
    (row) => row.scheduled_send_date >= input.asOf,
  );
  const output = planByModel({ ...input, only: [...ids], planInForce: [...standing, ...inForce, ...kept] });
  const frozen = inForce.filter((row) => row.scheduled_send_date >= input.today);
  return { ...output, plan: [...standing, ...frozen, ...output.rows] };
}

function putBackRows(plan: KeptPlan, now: StoredInput, touchedIds: readonly number[]): StoredRow[] {
  return ofOthers(rowsNotSettled(plan, now), touchedIds).filter(
    (row) => row.scheduled_send_date >= now.today,
  );
}

/** The plan's rows, less what the ledger holds. */
function rowsNotSettled(plan: KeptPlan, { ledger }: StoredInput): StoredRow[] {
  const settled = ledger.filter((row) => row.status !== 'requeued' && !isFollowUp(row));
  const ids = new Set(settled.map(({ id }) => id));
  const texts = new Set(settled.map(textOfRow));
  return plan.input.planInForce.filter((row) => !ids.has(row.id) && !texts.has(textOfRow(row)));
}

function touchedSince(plan: KeptPlan, now: StoredInput): number[] {
  const then = plan.input;
  const ids = new Set(
    [...then.contacts, ...now.contacts]
      .map(({ id }) => id)
      .concat([...then.planInForce, ...now.planInForce, ...now.ledger].map((row) => row.contact_id)),
  );
  const isOtherConfiguration =
    JSON.stringify([then.config, then.rules]) !== JSON.stringify([now.config, now.rules]);
  const known = new Set(then.planInForce.map(textOfRow));
  return [...ids].filter((id) => {
    if (isOtherConfiguration || knownOf(then, id) !== knownOf(now, id)) return true;
    const rows = ofThese(then.planInForce, [id]);
    const inForce = ofThese(now.planInForce, [id]);
    return (
      [...rows, ...inForce].some((row) => row.scheduled_send_date < now.today) ||
      inForce.some((row) => !known.has(textOfRow(row)))
    );
  });
}

/** All that planning knows of a contact but for its plan. */
function knownOf({ contacts, suppressions, ledger }: StoredInput, id: number): string {
  const contact = contacts.find((one) => one.id === id);
  const address = contact?.email?.trim().toLowerCase();
  const scopes = suppressions.filter((one) => one.address.trim().toLowerCase() === address);
  const settled = ledger
    .filter((row) => row.contact_id === id && !isFollowUp(row))
    .map(
      (row) => `${textOfRow(row)} ${row.status === 'failed' || row.status === 'cancelled' ? row.status : ''}`,
    );
  return JSON.stringify([contact, scopes.map(({ scope }) => scope).sort(), settled.sort()]);
}

/** An occurrence has the id that it had in the plan put back, else in the one that was in force. */
function wrongIds(found: readonly StoredRow[], plan: KeptPlan, asRead: StoredInput): string | null {
  const idsByText = new Map<string, Set<number>>();
  for (const row of [...rowsNotSettled(plan, asRead), ...asRead.planInForce]) {
    const ids = idsByText.get(textOfRow(row)) ?? new Set();
    idsByText.set(textOfRow(row), ids.add(row.id));
  }
  const wrong = found.find((row) => idsByText.get(textOfRow(row))?.has(row.id) === false);
  return wrong === undefined ? null : `${textOfRow(wrong)} has the id ${wrong.id}`;
}

async function compareBooks(
  world: PlanningWorld,
  plan: KeptPlan,
  run: {
    asRead: StoredInput;
    summary: RunSummary;
    found: readonly StoredRow[];
    ledger: readonly StoredRow[];
  },
): Promise<void> {
  const { summary } = run;
  const { checksum, counts } = await recount(world, summary.runId, []);
  const { warnings: _warnings, changes, by_type: byType, ...told } = summary.counts;
  const { changes: _changes, by_type: countedByType, ...counted } = counts;
  same(world, 'the counts', differenceOf(counted, told));
  const noMail = Object.keys(byType).map((type) => [type, { pre_scheduled: 0, skipped: {} }] as const);
  same(world, 'counts by type', differenceOf({ ...Object.fromEntries(noMail), ...countedByType }, byType));
  same(world, 'the changes', differenceOf(changesOf(plan, run, world.input), changes));
  same(world, 'the checksum', differenceOf(checksum, summary.checksum));
}

function changesOf(
  plan: KeptPlan,
  { asRead, summary, found, ledger }: Parameters<typeof compareBooks>[2],
  { asOf, today }: ModelInput,
): RunSummary['counts']['changes'] {
  const earlier = rowsNotSettled(plan, { ...asRead, ledger: [...ledger] });
  const ids = new Set([...rowsNotSettled(plan, asRead), ...asRead.planInForce].map(({ id }) => id));
  const planned = found.filter((row) => row.scheduled_send_date >= asOf);
  const unchanged = planned.filter((row) => row.run_id !== summary.runId);
  const changed = planned.filter((row) => row.run_id === summary.runId && ids.has(row.id));
  const texts = new Set(planned.map(textOfRow));
  const missed = ledger.filter((row) => row.skip_reason === 'missed' && row.run_id === summary.runId).length;
  const overdue = asRead.planInForce.filter(
    (row) => row.scheduled_send_date < today && row.status === 'pre-scheduled',
  );
  const ended = [...earlier.filter((row) => row.scheduled_send_date >= asOf), ...overdue].filter(
    (row) => !texts.has(textOfRow(row)),
  );
  return {
    added: planned.length - unchanged.length - changed.length,
    changed: changed.length,
    removed: ended.length - missed,
    missed,
    unchanged: unchanged.length,
  };
}

/** What must hold of any plan, of all rows of this one; contacts are compared with a recount. */
function violations(
  { input }: PlanningWorld,
  { found, ledger, volumes }: { found: StoredRow[]; ledger: StoredRow[]; volumes: ModelOutput['volumes'] },
): string[] {
  const rows = found.filter((row) => row.scheduled_send_date >= input.asOf).map(asModelSays);
  const output = { missed: [], rejected: [], nothing_due: [], volumes };
  return violationsOf(
    { ...input, planInForce: [...found], ledger: [...ledger] },
    { ...output, rows: rows as ModelOutput['rows'] },
  ).filter((text) => !text.includes('contacts are lost'));
}

const COMPARED = [
  ...(['contact_id', 'email_type', 'event_date', 'ideal_date', 'scheduled_send_date', 'status'] as const),
  ...(['skip_reason', 'priority', 'metadata'] as const),
] as const;
/** Everything but the flag, which follows from the volumes of the new plan. */
const WHOLE: readonly (keyof StoredRow)[] = [
  ...COMPARED,
  ...(['id', 'run_id', 'campaign_instance_id', 'scheduled_send_time', 'email_template'] as const),
];

function ofThese<T extends ModelRow>(rows: readonly T[], ids: readonly number[]): T[] {
  const wanted = new Set(ids);
  return rows.filter((row) => wanted.has(row.contact_id));
}

function ofOthers<T extends ModelRow>(rows: readonly T[], ids: readonly number[]): T[] {
  const others = new Set(ids);
  return rows.filter((row) => !others.has(row.contact_id));
}

function isFollowUp({ email_type: type }: ModelRow): boolean {
  return type.startsWith('followup_');
}

/** Two follow-ups may share their event date. */
function isNoFollowUp(problem: string): boolean {
  return !problem.includes('followup_');
}

function differenceOf(expected: unknown, actual: unknown): string | null {
  const [want, got] = [expected, actual].map((of) => JSON.stringify(of, sortedKeys));
  return want === got ? null : `\nexpected ${want}\n     got ${got}`;
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function same(
  { name, where, input }: PlanningWorld,
  what: string,
  difference: string | null | undefined,
): void {
  if (difference === null || difference === undefined) return;
  throw new Error(`${name} ${where}, today ${input.today}, as of ${input.asOf}: ${what}: ${difference}`);
}
