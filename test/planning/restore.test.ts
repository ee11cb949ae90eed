/**
 * Earlier plans that are put back (SPEC 9): rows of contacts that nothing has touched come back as they were, all
 * others are planned again, nothing is lost and nothing is there twice; whatever happens meanwhile.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateOrganization } from '../model/generate.ts';
import { textOfRow } from '../model/identity.ts';
import { Random } from '../model/random.ts';
import type { TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { readPlan, type StoredRow } from '../support/model-database.ts';
import { AS_OF, PlainWorlds } from '../support/plain-worlds.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import type { PlanningWorld } from '../support/planning-world.ts';
import { planAndKeep, restore, type KeptPlan } from '../support/restoring.ts';
import { PlanRunner, type RunOptions } from '../support/run-planning.ts';

const CONTACTS = 120;

let db: TestDatabase;
let worlds: PlainWorlds;

beforeAll(async () => {
  worlds = await PlainWorlds.begin('restore');
  ({ db } = worlds);
});

afterAll(async () => {
  await worlds.end();
});

function createWorld(
  options: { sandbox?: boolean; contacts?: number; seed?: number } = {},
): Promise<PlanningWorld> {
  return worlds.create({ contacts: CONTACTS, seed: 41, ...options });
}

/** Contacts whose id leaves this remainder by 10 get another birthday. */
async function changeSome(world: PlanningWorld, remainder: number): Promise<number[]> {
  const { contacts, suppressions } = world.input;
  const changed = contacts.filter(({ id }) => id % 10 === remainder);
  await world.editContacts({
    contacts: contacts.map((contact) =>
      changed.includes(contact) ? { ...contact, birth_date: `195${remainder}-06-1${remainder}` } : contact,
    ),
    suppressions,
  });
  return changed.map(({ id }) => id);
}

function nextDay(world: PlanningWorld, days = 1): void {
  const today = addDays(world.input.today, days);
  world.setDays(today, today);
}

describe('on the same day', () => {
  test('a plan that was drawn anew since is undone: the same rows, ids and days, under a new number', async () => {
    const world = await createWorld();
    const first = await planAndKeep(world);
    await world.plan({ fresh: true });
    const { summary, touchedIds } = await restore(world, first);
    expect(touchedIds).toEqual([]);
    expect(summary).toMatchObject({ state: 'published', planNumber: 3, restoredPlan: 1 });
    expect(world.input.planInForce).toEqual(first.input.planInForce);
    const again = await world.plan();
    expect(again.checksum).toBe(summary.checksum);
    expect(again.counts.changes).toMatchObject({ added: 0, changed: 0, removed: 0, missed: 0 });
  });

  test('contacts that changed since are planned as they are now, and no other', async () => {
    const world = await createWorld();
    const first = await planAndKeep(world);
    const changedIds = await changeSome(world, 3);
    await world.plan();
    const { touchedIds, putBack } = await restore(world, first);
    expect(touchedIds).toEqual(changedIds);
    expect(putBack.length).toBeGreaterThan(CONTACTS);
  });
});

describe('since the plan that is put back', () => {
  test('contacts were deleted, added, suppressed and moved: each is planned as it is now', async () => {
    const world = await createWorld();
    const { contacts, suppressions } = world.input;
    const ordinary = { zip_code: null, state: 'TX', birth_date: '1950-06-10', effective_date: '2015-08-20' };
    const people = contacts.map((contact) =>
      contact.id <= 4 ? { id: contact.id, email: `p${contact.id}@example.com`, ...ordinary } : contact,
    );
    await world.editContacts({ contacts: people, suppressions });
    const first = await planAndKeep(world);
    await world.editContacts({
      contacts: [
        ...people.filter(({ id }) => id !== 1).map((one) => (one.id === 2 ? { ...one, state: 'NY' } : one)),
        { id: 5_000, email: 'new@example.com', ...ordinary },
      ],
      suppressions: [...suppressions, { address: 'p3@example.com', scope: 'all' }],
    });
    await world.plan();
    const { touchedIds } = await restore(world, first);
    expect(touchedIds).toEqual([1, 2, 3, 5_000]);
    const statusesOf = (id: number): string[] => [
      ...new Set(world.input.planInForce.filter((row) => row.contact_id === id).map(({ status }) => status)),
    ];
    expect([1, 2, 3, 4, 5_000].map(statusesOf)).toEqual([
      [],
      ['skipped'],
      [],
      ['pre-scheduled'],
      ['pre-scheduled'],
    ]);
  });

  test('mails were sent, failed, given back and left: none is there twice, none is lost', async () => {
    const world = await createWorld();
    const first = await planAndKeep(world);
    const random = new Random(5);
    for (let day = 0; day < 8; day += 1) {
      if (day !== 4) await world.dispatch(world.input.today, random);
      nextDay(world);
      await world.plan({ fresh: day % 3 === 0 });
    }
    const { touchedIds, putBack } = await restore(world, first, { batchSize: 30 });
    expect(touchedIds.length).toBeGreaterThan(0);
    expect(putBack.length).toBeGreaterThan(0);
    const sent = new Set(world.input.ledger.map(textOfRow));
    expect(world.input.planInForce.map(textOfRow).filter((text) => sent.has(text))).toEqual([]);
    const kept = first.input.planInForce.map(textOfRow).filter((text) => !sent.has(text));
    const planned = new Set(world.input.planInForce.map(textOfRow));
    expect(kept.filter((text) => !planned.has(text))).toEqual([]);
  });

  test('a mail was cancelled and requeued: it keeps its new id, the old one is the history’s', async () => {
    const world = await createWorld();
    const first = await planAndKeep(world);
    await world.claim(AS_OF);
    const cancelled = world.input.ledger;
    await world.settle(cancelled, 'cancelled');
    const ids = cancelled.map(({ id }) => id);
    await db.owner.query("UPDATE ledger SET status = 'requeued' WHERE id = ANY ($1)", [ids]);
    await db.owner.query(
      `INSERT INTO planning_changes (organization_id, contact_id, cause)
       SELECT organization_id, contact_id, 'mail requeued' FROM ledger WHERE id = ANY ($1)`,
      [ids],
    );
    const run = { organization: world.name, asOf: AS_OF };
    const texts = new Set(cancelled.map(textOfRow));
    const idsAfter = async (options: RunOptions): Promise<number[]> => {
      await world.runner.run(options);
      const plan = await readPlan(db.pool, world.organizationId);
      return plan.filter((row) => texts.has(textOfRow(row))).map(({ id }) => id);
    };
    const requeuedIds = await idsAfter(run);
    expect(requeuedIds.length).toBeGreaterThan(0);
    expect(requeuedIds.filter((id) => ids.includes(id))).toEqual([]);
    expect(await idsAfter({ ...run, restore: first.number })).toEqual(requeuedIds);
  });

  test('the configuration is another one: all are planned again, and days that are allowed are kept', async () => {
    const world = await createWorld();
    const first = await planAndKeep(world);
    const config = structuredClone(world.input.config);
    config.email_types.birthday.days_before = 20;
    await world.configuration.write(config, world.input.rules);
    world.input = { ...world.input, config };
    await world.plan();
    const { touchedIds, summary } = await restore(world, first);
    expect(touchedIds).toHaveLength(CONTACTS);
    expect(summary.counts.changes.unchanged).toBeGreaterThan(0);
    expect(summary.counts.changes.changed).toBeGreaterThan(0);
  });

  test('days went by in a sandbox: what nobody has sent is placed afresh, under the id that it had', async () => {
    const world = await createWorld({ sandbox: true });
    const first = await planAndKeep(world);
    await world.plan({ fresh: true });
    nextDay(world, 20);
    const { touchedIds, putBack } = await restore(world, first);
    expect(touchedIds.length).toBeGreaterThan(0);
    expect(putBack.length).toBeGreaterThan(0);
    const overdue = first.input.planInForce.filter(
      (row) => row.scheduled_send_date < world.input.today && row.status === 'pre-scheduled',
    );
    const found = new Map(world.input.planInForce.map((row) => [row.id, row.scheduled_send_date]));
    const again = overdue.filter(({ id }) => found.has(id));
    expect(again.length).toBeGreaterThan(0);
    for (const { id } of again) expect(found.get(id)! >= world.input.asOf).toBe(true);
  });

  test('today was claimed: what is dated today stays as it is in force where something has touched the contact', async () => {
    const world = await createWorld();
    const { contacts, suppressions } = world.input;
    // The birthday mails of both are due today.
    const due = { zip_code: null, state: 'TX', birth_date: '1950-03-15', effective_date: null };
    const both = contacts.map((one) =>
      one.id <= 2 ? { id: one.id, email: `p${one.id}@example.com`, ...due } : one,
    );
    await world.editContacts({ contacts: both, suppressions });
    const first = await planAndKeep(world);
    const hasMailToday = (row: StoredRow): boolean =>
      row.contact_id <= 2 && row.scheduled_send_date === AS_OF && row.status === 'pre-scheduled';
    expect(first.input.planInForce.filter(hasMailToday)).toHaveLength(2);
    const moved = both.map((one) => (one.id === 1 ? { ...one, state: 'NY' } : one));
    await world.editContacts({ contacts: moved, suppressions });
    await world.plan();
    await world.claim(AS_OF);
    world.setDays(AS_OF, addDays(AS_OF, 1));
    const { touchedIds } = await restore(world, first);
    expect(touchedIds).toContain(1);
    expect(world.input.planInForce.filter(hasMailToday)).toEqual([]);
  });
});

describe('a plan that is put back', () => {
  test('may be one that was put back before, on whatever base', async () => {
    const world = await createWorld();
    const first = await planAndKeep(world);
    await changeSome(world, 1);
    const second = await planAndKeep(world, { fresh: true });
    await restore(world, first);
    const third: KeptPlan = { number: 3, input: structuredClone(world.input) };
    await changeSome(world, 2);
    await world.plan();
    const { touchedIds } = await restore(world, third);
    expect(touchedIds.every((id) => id % 10 === 2)).toBe(true);
    await restore(world, second);
    const { rows } = await db.pool.query<{ bases: number; plans: number }>(
      `SELECT count(DISTINCT base_id)::integer AS bases, count(*)::integer AS plans
       FROM plans WHERE organization_id = $1`,
      [world.organizationId],
    );
    // Each restore and the fresh plan have one of their own.
    expect(rows).toEqual([{ bases: 5, plans: 6 }]);
  });

  test('comes out the same whatever the batches, as a dry run too, and a dry run shows nothing', async () => {
    const world = await createWorld();
    const first = await planAndKeep(world);
    await changeSome(world, 5);
    await world.plan({ fresh: true });
    await world.dispatch(world.input.today, new Random(2));
    nextDay(world, 2);
    await world.plan();
    const dry = { organization: world.name, asOf: world.input.asOf, restore: first.number, dryRun: true };
    const told = [];
    for (const batchSize of [7, 40, CONTACTS]) {
      const { state, checksum, counts } = await world.runner.run({
        ...dry,
        batchSize,
        shuffleSeed: batchSize,
      });
      told.push({ state, checksum, counts });
      world.giveBack();
      await world.compareStored();
    }
    const { summary } = await restore(world, first);
    expect(told).toEqual(
      told.map(() => ({ state: 'dry_run', checksum: summary.checksum, counts: summary.counts })),
    );
  });

  test('is gone on from by the next daily runs: time alone changes nothing in it', async () => {
    const world = await createWorld();
    const { contacts, suppressions } = world.input;
    // A date of birth that has yet to come counts as missing until then.
    const born = contacts.filter(({ birth_date: date }) => date === null || date < AS_OF);
    await world.editContacts({ contacts: born, suppressions });
    const first = await planAndKeep(world);
    await changeSome(world, 7);
    await world.plan({ fresh: true });
    await restore(world, first);
    for (let day = 0; day < 4; day += 1) {
      await world.dispatchAll(world.input.today);
      const before = world.input.planInForce;
      nextDay(world);
      await world.plan();
      const told = ({ id, scheduled_send_date: day, status }: StoredRow): string => `${id} ${day} ${status}`;
      const after = new Set([...world.input.planInForce, ...world.input.ledger].map(told));
      expect(before.map(told).filter((text) => !after.has(text))).toEqual([]);
    }
  });

  test('by a run that fails for one contact leaves that contact as the plan in force has it', async () => {
    const world = await createWorld();
    const config = structuredClone(world.input.config);
    config.features.post_window = false;
    await world.configuration.write(config, world.input.rules);
    world.input = { ...world.input, config };
    const failingId = 4;
    const changeTo = async (birth_date: string, state: string): Promise<void> => {
      const { contacts, suppressions } = world.input;
      const odd = { id: failingId, email: 'odd@example.com', zip_code: null, effective_date: '2015-08-20' };
      const edited = contacts.map((one) => (one.id === failingId ? { ...odd, birth_date, state } : one));
      await world.editContacts({ contacts: edited, suppressions });
    };
    await changeTo('1950-06-10', 'TX');
    const first = await planAndKeep(world);
    // Now its birthday mail is to be caught up, which needs the hash.
    await changeTo('1950-03-10', 'TX');
    await world.plan();
    // Missouri forbids the other mail: what that plan has is out of date.
    await changeTo('1950-03-10', 'MO');
    const before = world.input.planInForce.filter((row) => row.contact_id === failingId);
    const { hash } = world.runner.dependencies;
    const runner = new PlanRunner({
      ...world.runner.dependencies,
      hash: (text, seed) => {
        if (text.startsWith(`${failingId}:`)) throw new TypeError('no hash today');
        return hash(text, seed);
      },
    });
    const summary = await runner.run({ organization: world.name, asOf: AS_OF, restore: first.number });
    expect(summary.counts.rejected.internal_error).toBe(1);
    const plan = await readPlan(db.pool, world.organizationId);
    expect(plan.filter((row) => row.contact_id === failingId)).toEqual(before);
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    // What that plan has of the contact is older than it is: to put it back plans the contact again.
    world.input = { ...world.input, planInForce: plan };
    const failed: KeptPlan = { number: summary.planNumber!, input: structuredClone(world.input) };
    await world.plan({ fresh: true });
    await restore(world, failed, { plannedAgain: [failingId] });
  });
});

test('what comes back to days before the as-of date is flagged by what lies there now', async () => {
  const world = await createWorld({ contacts: 40 });
  const place = { zip_code: null, state: 'TX', birth_date: '1950-03-10', effective_date: null };
  const crowd = world.input.contacts.map(({ id }) => ({ id, email: `p${id}@example.com`, ...place }));
  await world.editContacts({ contacts: crowd, suppressions: [] });
  const first = await planAndKeep(world);
  nextDay(world);
  const { today } = world.input;
  await world.plan({ fresh: true });
  await db.owner.query("UPDATE plans SET over_cap_dates = '{}' WHERE organization_id = $1 AND number = 2", [
    world.organizationId,
  ]);
  await world.runner.run({ organization: world.name, asOf: addDays(today, 1), restore: first.number });
  const plan = await readPlan(db.pool, world.organizationId);
  const ofToday = plan.filter((row) => row.scheduled_send_date === today && row.status === 'pre-scheduled');
  expect(ofToday.length).toBeGreaterThan(3);
  expect(ofToday.filter((row) => !row.over_cap)).toEqual([]);
});

describe('through days with sendings, outages, edits, suppressions and new configuration', () => {
  const SCENARIOS = [
    { seed: 3, contacts: 90, sandbox: false, days: 9 },
    { seed: 8, contacts: 150, sandbox: true, days: 8 },
    { seed: 21, contacts: 40, sandbox: false, days: 12 },
    { seed: 34, contacts: 250, sandbox: false, days: 6 },
  ];

  test.each(SCENARIOS)('seed $seed: $contacts contacts, sandbox: $sandbox', async (scenario) => {
    const { seed, contacts, sandbox, days } = scenario;
    const input = generateOrganization(seed, { contacts, malformedDates: false });
    const world = await worlds.open(input, { sandbox });
    const random = new Random(seed);
    const kept: KeptPlan[] = [];
    let putBackRows = 0;
    let touched = 0;
    for (let day = 0, fresh = false; day < days; day += 1) {
      world.where = `day ${day}`;
      kept.push(await planAndKeep(world, { fresh: fresh || random.chance(0.3) }));
      if (kept.length > 1 && random.chance(0.7)) {
        const earlier = random.pick(kept.slice(0, -1));
        world.where = `day ${day}, restoring ${earlier.number}`;
        const batchSize = Math.max(random.int(1, contacts), 5);
        const restored = await restore(world, earlier, { batchSize, shuffleSeed: random.int(1, 1_000_000) });
        putBackRows += restored.putBack.length;
        touched += restored.touchedIds.length;
        kept.push({ number: restored.summary.planNumber!, input: structuredClone(world.input) });
      }
      ({ fresh } = await world.goToNextDay(seed * 1000 + day));
    }
    await world.plan();
    expect(putBackRows).toBeGreaterThan(0);
    expect(touched).toBeGreaterThan(0);
  });
});
