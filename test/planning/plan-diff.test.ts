/**
 * `plan diff` against a comparison in memory, which knows of a plan only what readers saw when it was published:
 * over days with claims, edits, new configuration and fresh plans, every plan and dry run with every other.
 */
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  diffPlans,
  exportChangedRows,
  readChangedRows,
  type ChangedRow,
  type ChangeKind,
  type ComparedPlans,
} from '../../src/db/diff-plans.ts';
import { keepPlanRows } from '../../src/db/queries/keep-plan-rows.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import { findStoredPlan } from '../../src/db/stored-plan.ts';
import { formatDay } from '../../src/domain/calendar.ts';
import { generateOrganization } from '../model/generate.ts';
import { textOfRow } from '../model/identity.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { textOf } from '../support/export-text.ts';
import { readPlan, type StoredRow } from '../support/model-database.ts';
import { PlanningWorld } from '../support/planning-world.ts';
import { editSome, replan } from '../support/replanning.ts';

let db: TestDatabase;
const opened: PlanningWorld[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await Promise.all(opened.map((world) => world.close()));
  await db.drop();
});

async function createWorld(
  seed: number,
  { contacts, sandbox = false }: { contacts: number; sandbox?: boolean },
): Promise<PlanningWorld> {
  const input = generateOrganization(seed, { contacts, malformedDates: false });
  const world = await PlanningWorld.create(db, input, { name: `diff-${seed}`, sandbox });
  opened.push(world);
  return world;
}

/** A plan as readers saw it, under the name by which commands know it. */
interface SeenPlan {
  readonly name: string;
  readonly asOf: string;
  readonly rows: readonly StoredRow[];
}

/** A dry run and then the very run: they come to the same rows. */
async function planTwice(world: PlanningWorld, options: { fresh: boolean }): Promise<SeenPlan[]> {
  const dry = await world.planDry(options);
  const published = await world.plan(options);
  const rows = await readPlan(db.pool, world.organizationId);
  return [`run:${dry.runId}`, String(published.planNumber)].map((name) => ({
    name,
    asOf: published.asOf,
    rows,
  }));
}

/** What a replan changes is part of the plan from then on; the dry run before it stays what it was. */
async function planAgain(world: PlanningWorld, plan: SeenPlan): Promise<SeenPlan> {
  await replan(world, await editSome(world, 4));
  return { ...plan, rows: await readPlan(db.pool, world.organizationId) };
}

interface Compared {
  readonly compared: { former: number; latter: number };
  readonly unchanged: number;
  readonly groups: Record<string, number>;
  readonly rows: string[];
  readonly overCapDays: { former: string[]; latter: string[] };
}

function compareInMemory(former: SeenPlan, latter: SeenPlan, settled: ReadonlySet<string>): Compared {
  const from = former.asOf > latter.asOf ? former.asOf : latter.asOf;
  const latterByText = new Map(latter.rows.map((row) => [textOfRow(row), row]));
  const formerByText = new Map(former.rows.map((row) => [textOfRow(row), row]));
  const groups: Record<string, number> = {};
  const rows: string[] = [];
  const counts = { former: 0, latter: 0, unchanged: 0 };
  for (const text of new Set([...formerByText.keys(), ...latterByText.keys()])) {
    const [a, b] = [formerByText.get(text), latterByText.get(text)];
    if ([a, b].every((row) => row === undefined || row.scheduled_send_date < from)) continue;
    if (a !== undefined) counts.former += 1;
    if (b !== undefined) counts.latter += 1;
    const kind = kindOf(a, b, settled);
    if (kind === 'unchanged') {
      counts.unchanged += 1;
      continue;
    }
    const group = `${kind} ${(a ?? b)!.email_type}: ${outcomeOf(a)} -> ${outcomeOf(b)}`;
    groups[group] = (groups[group] ?? 0) + 1;
    rows.push(`${kind} ${text}: ${placeOf(a)} -> ${placeOf(b)}`);
  }
  const flagged = ({ rows: of }: SeenPlan): string[] => [
    ...new Set(of.filter((row) => row.over_cap).map((row) => row.scheduled_send_date)),
  ];
  const onlyIn = (one: SeenPlan, other: SeenPlan): string[] =>
    flagged(one)
      .filter((day) => day >= from && !flagged(other).includes(day))
      .sort();
  return {
    compared: { former: counts.former, latter: counts.latter },
    unchanged: counts.unchanged,
    groups,
    rows: rows.sort(),
    overCapDays: { former: onlyIn(former, latter), latter: onlyIn(latter, former) },
  };
}

function kindOf(
  a: StoredRow | undefined,
  b: StoredRow | undefined,
  settled: ReadonlySet<string>,
): ChangeKind | 'unchanged' {
  if (a === undefined) return 'added';
  if (b === undefined) return settled.has(textOfRow(a)) ? 'settled' : 'removed';
  if (a.status !== b.status) return 'status';
  if (a.scheduled_send_date !== b.scheduled_send_date) return 'moved';
  if (a.skip_reason !== b.skip_reason) return 'reason';
  const others = (row: StoredRow): string =>
    JSON.stringify([
      row.ideal_date,
      row.scheduled_send_time,
      row.priority,
      row.email_template,
      Object.entries(row.metadata ?? {}).sort(([x], [y]) => (x < y ? -1 : 1)),
    ]);
  return others(a) === others(b) ? 'unchanged' : 'other';
}

function isNoFollowUp(row: StoredRow): boolean {
  return !row.email_type.startsWith('followup_');
}

function outcomeOf(row: StoredRow | undefined): string {
  return row === undefined ? 'absent' : (row.skip_reason ?? row.status);
}

function placeOf(row: StoredRow | undefined): string {
  return row === undefined ? 'absent' : `${outcomeOf(row)} ${row.scheduled_send_date}`;
}

function rowText(row: ChangedRow): string {
  const former = row.former_skip_reason ?? row.former_status;
  const latter = row.skip_reason ?? row.status;
  const place = (outcome: string | null, day: string | null): string =>
    outcome === null ? 'absent' : `${outcome} ${day}`;
  const text = textOfRow(row as unknown as StoredRow);
  return `${row.kind} ${text}: ${place(former, row.former_scheduled_send_date)} -> ${place(latter, row.scheduled_send_date)}`;
}

async function diff<T>(
  world: PlanningWorld,
  names: readonly [string, string],
  work: (client: Parameters<typeof diffPlans>[0], plans: ComparedPlans) => Promise<T>,
): Promise<T> {
  return inSnapshot(db.pool, async (client) => {
    await keepPlanRows(client);
    const [former, latter] = [
      await findStoredPlan(client, world.organizationId, names[0]),
      await findStoredPlan(client, world.organizationId, names[1]),
    ];
    return work(client, { former, latter });
  });
}

async function diffInDatabase(world: PlanningWorld, former: string, latter: string): Promise<Compared> {
  return diff(world, [former, latter], async (client, plans) => {
    const { groups, compared, unchanged, overCapDays } = await diffPlans(client, plans);
    const rows = await readChangedRows(client, plans, 1_000_000);
    return {
      compared,
      unchanged,
      groups: Object.fromEntries(
        groups.map((of) => [
          `${of.kind} ${of.emailType}: ${of.former ?? 'absent'} -> ${of.latter ?? 'absent'}`,
          of.count,
        ]),
      ),
      rows: rows.map(rowText).sort(),
      overCapDays: { former: [...overCapDays.former], latter: [...overCapDays.latter] },
    };
  });
}

describe('two plans differ in what a comparison in memory finds', () => {
  const kindsMet = new Set<string>();

  test.each([
    { seed: 11, contacts: 120, sandbox: false, days: 4 },
    { seed: 12, contacts: 60, sandbox: true, days: 5 },
    { seed: 13, contacts: 200, sandbox: false, days: 4 },
  ])('seed $seed: $contacts contacts, sandbox: $sandbox, every pair of $days days', async (scenario) => {
    const { seed, days } = scenario;
    const world = await createWorld(seed, scenario);
    const seen: SeenPlan[] = [];
    for (let day = 0; day < days; day += 1) {
      // One of the days is drawn anew, so that there are plans on one base and on two.
      seen.push(...(await planTwice(world, { fresh: day === 2 })));
      if (day % 2 === 1) seen.push(await planAgain(world, seen.pop()!));
      await world.goToNextDay(seed * 100 + day);
      await settleAll(world);
    }
    const settled = new Set(world.input.ledger.filter(isNoFollowUp).map(textOfRow));
    for (const former of seen) {
      for (const latter of seen) {
        const expected = compareInMemory(former, latter, settled);
        const found = await diffInDatabase(world, former.name, latter.name);
        expect(found, `from ${former.name} to ${latter.name}`).toEqual(expected);
        for (const group of Object.keys(found.groups)) kindsMet.add(group.split(' ')[0]!);
      }
    }
  });

  test('and every kind of change was among them', () => {
    expect([...kindsMet].sort()).toEqual([
      'added',
      'moved',
      'other',
      'reason',
      'removed',
      'settled',
      'status',
    ]);
  });
});

/** What is claimed stays so: a mail that is given back would be in a plan that was published meanwhile. */
async function settleAll(world: PlanningWorld): Promise<void> {
  await world.settle(
    world.input.ledger.filter((row) => ['scheduled', 'processing'].includes(row.status)),
    'sent',
  );
}

describe('what is compared', () => {
  test('a plan with itself, and a dry run with the plan that came of it: nothing differs', async () => {
    const world = await createWorld(21, { contacts: 50 });
    const [dry, published] = await planTwice(world, { fresh: false });
    for (const pair of [
      [published!.name, published!.name],
      ['current', published!.name],
      [dry!.name, 'current'],
    ] as const) {
      const found = await diff(world, pair, diffPlans);
      expect(found).toMatchObject({
        groups: [],
        unchanged: published!.rows.length,
        before: { former: 0, latter: 0 },
      });
    }
  });

  test('begins with the later of both as-of days; what lies before it is counted and not compared', async () => {
    const world = await createWorld(22, { contacts: 300, sandbox: true });
    const first = await world.plan();
    const rows = await readPlan(db.pool, world.organizationId);
    const day = rows.map((row) => row.scheduled_send_date).sort()[40]!;
    world.setDays(day, day);
    await world.plan();
    const found = await diff(world, [String(first.planNumber), 'current'], diffPlans);
    expect(formatDay(found.fromDay)).toBe(day);
    // Mails that nobody sent are planned again, on a day that is compared.
    const lost = found.groups.filter(({ kind }) => kind === 'moved' || kind === 'status');
    expect(lost.length).toBeGreaterThan(0);
    expect(found.before.former + found.compared.former).toBe(rows.length);
    expect(found.before.former).toBeGreaterThan(0);
    expect(found.before.latter).toBe(0);
  });

  test('mails that were claimed since are told apart from those that went', async () => {
    const world = await createWorld(23, { contacts: 300 });
    const first = await world.plan();
    const { asOf } = world.input;
    const due = world.input.planInForce.filter(
      (row) => row.status === 'pre-scheduled' && row.scheduled_send_date === asOf,
    );
    await world.claim(asOf);
    // Planned again for the same day, while its mails are in the ledger.
    await world.plan();
    const { groups } = await diff(world, [String(first.planNumber), 'current'], diffPlans);
    const settled = groups.filter(({ kind }) => kind === 'settled');
    expect(settled.reduce((all, { count }) => all + count, 0)).toBe(due.length);
    expect(groups.filter(({ kind }) => kind === 'removed')).toEqual([]);
  });
});

describe('the rows that differ', () => {
  test('as CSV are all of them, in the order in which they are shown', async () => {
    const world = await createWorld(24, { contacts: 150 });
    await world.plan();
    const { contacts, suppressions } = world.input;
    const moved = contacts.map((contact) => (contact.id % 3 === 0 ? { ...contact, state: 'CA' } : contact));
    await world.editContacts({ contacts: moved, suppressions });
    const [dry] = await planTwice(world, { fresh: false });
    const { shown, text } = await diff(world, ['1', dry!.name], async (client, plans) => ({
      shown: await readChangedRows(client, plans, 1_000),
      text: await textOf(exportChangedRows(client, plans)),
    }));
    expect(shown.length).toBeGreaterThan(5);
    const records = parse<Record<keyof ChangedRow, string>>(text, { columns: true });
    expect(records).toEqual(
      shown.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([column, value]) => [
            column,
            Array.isArray(value) ? value.join(' ') : String(value ?? ''),
          ]),
        ),
      ),
    );
    const first = await diff(world, ['1', dry!.name], (client, plans) => readChangedRows(client, plans, 3));
    expect(first).toEqual(shown.slice(0, 3));
  });

  test('name the columns that have changed', async () => {
    const world = await createWorld(25, { contacts: 80 });
    await world.plan();
    const { config, rules } = world.input;
    const { birthday } = config.email_types;
    const changed = {
      ...config,
      email_types: { ...config.email_types, birthday: { ...birthday, priority: birthday.priority + 1 } },
    };
    await world.configuration.write(changed, rules);
    world.input = { ...world.input, config: changed };
    const { runId } = await world.planDry();
    const rows = await diff(world, ['current', `run:${runId}`], (client, plans) =>
      readChangedRows(client, plans, 1_000),
    );
    const ofBirthdays = rows.filter(({ kind }) => kind === 'other');
    expect(ofBirthdays.length).toBeGreaterThan(0);
    for (const row of ofBirthdays)
      expect(row).toMatchObject({ email_type: 'birthday', changed: ['priority'] });
  });
});
