/**
 * What changes while a run is going on is planned again before anyone sees its plan (SPEC 9): the rows are
 * those of the model's replanning, and the books are those of the rows.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { claimDay } from '../../src/db/claim.ts';
import { giveBackUnattempted } from '../../src/db/give-back.ts';
import { lockOrganization } from '../../src/db/organizations.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { generateOrganization } from '../model/generate.ts';
import { textOfRow } from '../model/identity.ts';
import type { ModelContact, ModelInput } from '../model/types.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { interceptedPool } from '../support/intercepted-pool.ts';
import { COMPARED, replannedByModel } from '../support/mid-run.ts';
import { readLedger, readPlan } from '../support/model-database.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { PlanningWorld } from '../support/planning-world.ts';
import { recount } from '../support/recount.ts';
import { firstDifference } from '../support/row-comparison.ts';
import { PlanRunner } from '../support/run-planning.ts';

const AS_OF = '2027-03-01';
const CONTACTS = 150;

let db: TestDatabase;
let world: PlanningWorld;
let worlds = 0;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

beforeEach(async () => {
  worlds += 1;
  world = await createWorld(generateOrganization(77, { contacts: CONTACTS, ...PLAIN }));
});

afterEach(async () => {
  await world.close();
});

const PLAIN = { rules: 'shipped', config: 'default', asOf: AS_OF, malformedDates: false } as const;

async function createWorld(input: ModelInput): Promise<PlanningWorld> {
  return PlanningWorld.create(db, { ...input, today: AS_OF }, { name: `mid-run-${worlds}`, sandbox: false });
}

type Moment = 'place' | 'shape' | 'redistribute' | 'apply' | 'seal' | 'publish';

/** Runs with the edit in its midst; then everything that must hold of what it published is asked. */
async function planWith(
  moment: Moment,
  edit: () => Promise<unknown>,
  options: { fresh?: boolean; changedIds?: () => number[] } = {},
): Promise<void> {
  const { fresh = false } = options;
  const asRead = structuredClone({ ...world.input, fresh });
  const former = asRead.planInForce;
  const summary = await world.runner.run({
    organization: world.name,
    asOf: world.input.asOf,
    batchSize: 20,
    fresh,
    shuffleSeed: 5,
    before: { [moment]: edit },
  });

  const plan = await readPlan(db.pool, world.organizationId);
  const changedIds = options.changedIds?.() ?? contactsThatDiffer(asRead, world.input);
  // What changes before anything is read is read, and planned again all the same; what is added then is not.
  const lastId = Math.max(...asRead.contacts.map(({ id }) => id));
  const contacts = world.input.contacts.filter(({ id }) => id <= lastId);
  const read = moment === 'place' ? { ...asRead, contacts } : asRead;
  const expected = replannedByModel({ ...world.input, fresh }, read, changedIds);
  // Of a first plan, which is redistributed, some passes have read the one version and some the other.
  const isMixed = moment === 'shape' && former.length === 0;
  expect(isMixed ? null : firstDifference(expected.plan, plan, COMPARED)).toBeNull();
  const ledger = await readLedger(db.pool, world.organizationId);
  expect(firstDifference(expected.ledger, ledger, COMPARED)).toBeNull();
  expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  const { checksum, counts, wrongFlags } = await recount(world, summary.runId, former);
  const { warnings: _warnings, ...told } = summary.counts;
  expect(told).toEqual({ ...counts, by_type: { ...emptyTypes(told), ...counts.by_type } });
  expect(summary.checksum).toBe(checksum);
  expect(wrongFlags).toEqual([]);
}

function contactsThatDiffer(before: ModelInput, after: ModelInput): number[] {
  const told = (contact: ModelContact | undefined): string => JSON.stringify(contact);
  const ids = new Set([...before.contacts, ...after.contacts].map(({ id }) => id));
  const find = (input: ModelInput, id: number) => input.contacts.find((contact) => contact.id === id);
  return [...ids].filter((id) => told(find(before, id)) !== told(find(after, id)));
}

function emptyTypes(counts: { by_type: Record<string, unknown> }): Record<string, unknown> {
  const types = Object.keys(counts.by_type);
  return Object.fromEntries(types.map((type) => [type, { pre_scheduled: 0, skipped: {} }]));
}

/** Edits, inserts, deletes and restores contacts; the daily cap stays 10. */
async function changeContacts(): Promise<void> {
  const { contacts } = world.input;
  const lastId = Math.max(...contacts.map(({ id }) => id));
  const changed = contacts
    .filter(({ id }) => id !== 20 && id !== 40)
    .map((contact) => {
      switch (contact.id) {
        case 3:
          return { ...contact, birth_date: '1950-04-10', effective_date: '2015-04-10' };
        case 21:
          return { ...contact, email: 'not an address' };
        case 22:
          return { ...contact, state: 'NY', zip_code: null };
        case 41:
          return { ...contact, birth_date: null, effective_date: null };
        case 60:
          return {
            ...contact,
            email: 'now@example.com',
            state: 'TX',
            zip_code: null,
            birth_date: '1948-02-29',
          };
        default:
          return contact;
      }
    });
  const added = { zip_code: '75201', state: null, birth_date: '1951-03-20', effective_date: '2018-04-01' };
  await world.editContacts({
    contacts: [...changed, { ...added, id: lastId + 1, email: 'new@example.com' }],
    suppressions: world.input.suppressions,
  });
}

async function nextMorning(days = 1): Promise<void> {
  const today = addDays(world.input.today, days);
  world.setDays(today, today);
  await Promise.resolve();
}

describe('contacts that are edited, added and deleted', () => {
  const MOMENTS: readonly Moment[] = ['place', 'shape', 'redistribute', 'apply', 'seal', 'publish'];

  test.each(MOMENTS)('before %s of the first run are planned as they are then', async (moment) => {
    await planWith(moment, changeContacts);
  });

  test.each(MOMENTS)('before %s of a run that writes what has changed only', async (moment) => {
    await world.plan();
    await nextMorning();
    await planWith(moment, changeContacts);
  });

  test('in a run that draws everything anew', async () => {
    await world.plan();
    await nextMorning();
    await planWith('publish', changeContacts, { fresh: true });
  });

  test('in a run after an outage, when mails are overdue and missed', async () => {
    await world.plan();
    await nextMorning(40);
    await planWith('publish', changeContacts);
  });

  test('in a run for tomorrow, whose frozen rows stay', async () => {
    await world.plan();
    await nextMorning(5);
    await world.plan();
    world.setDays(world.input.today, addDays(world.input.today, 1));
    await planWith('publish', changeContacts);
  });
});

test('an address that is suppressed in mid-run has no mail in the plan', async () => {
  const suppressed = [world.input.contacts[9]!, world.input.contacts[70]!];
  await planWith(
    'publish',
    () =>
      world.editContacts({
        contacts: world.input.contacts,
        suppressions: [
          ...world.input.suppressions,
          ...suppressed.map(({ email }) => ({ address: email ?? '', scope: 'all' as const })),
        ],
      }),
    { changedIds: () => suppressed.map(({ id }) => id) },
  );
});

describe('mails that are claimed in mid-run', () => {
  const contactsOfDay = (day: string): number[] => [
    ...new Set(
      world.input.ledger.filter((row) => row.scheduled_send_date === day).map((row) => row.contact_id),
    ),
  ];

  async function untilDayWithMail(): Promise<string> {
    await world.plan();
    const days = world.input.planInForce
      .filter(({ status }) => status === 'pre-scheduled')
      .map((row) => row.scheduled_send_date);
    const day = days.sort()[0]!;
    world.setDays(day, day);
    return day;
  }

  test.each(['place', 'shape', 'apply', 'publish'] as const)(
    'before %s are the ledger’s and in no plan',
    async (moment) => {
      const day = await untilDayWithMail();
      await planWith(moment, () => world.claim(day), { changedIds: () => contactsOfDay(day) });
      expect(contactsOfDay(day).length).toBeGreaterThan(0);
    },
  );

  test('the same on a new base', async () => {
    const day = await untilDayWithMail();
    await planWith('publish', () => world.claim(day), { fresh: true, changedIds: () => contactsOfDay(day) });
  });

  test('are given back by the next run when nothing was attempted, whatever base the plan stands on', async () => {
    const day = await untilDayWithMail();
    await planWith('publish', () => world.claim(day), { fresh: true, changedIds: () => contactsOfDay(day) });
    world.input.planInForce = await readPlan(db.pool, world.organizationId);
    await nextMorning();
    await world.plan();
  });

  test('given back in mid-run: the run starts over and plans them afresh', async () => {
    const day = await untilDayWithMail();
    await world.claim(day);
    await nextMorning(0);
    let isGivenBack = false;
    const summary = await world.runner.run({
      organization: world.name,
      asOf: world.input.asOf,
      before: {
        publish: async () => {
          if (isGivenBack) return;
          isGivenBack = true;
          await inTransaction(db.pool, (client) =>
            giveBackUnattempted(client, world.organizationId, parseDay(day)! + 1),
          );
        },
      },
    });
    const { rows } = await db.pool.query('SELECT rounds FROM scheduler_runs WHERE id = $1', [summary.runId]);
    expect(rows).toEqual([{ rounds: 2 }]);
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    const plan = await readPlan(db.pool, world.organizationId);
    expect(
      plan.filter((row) => row.scheduled_send_date === day && row.status === 'pre-scheduled'),
    ).not.toEqual([]);
  });
});

describe('more changes than can be planned again under the lock: the run starts over', () => {
  const ADDED = 1_001;
  const added = (firstId: number): ModelContact[] =>
    Array.from({ length: ADDED }, (_, index) => ({
      id: firstId + index,
      email: `added${index}@example.com`,
      zip_code: null,
      state: 'TX',
      birth_date: `1950-${String((index % 12) + 1).padStart(2, '0')}-10`,
      effective_date: null,
    }));

  test('an import of more than a thousand', async () => {
    await world.plan();
    await nextMorning();
    let isDone = false;
    const summary = await world.plan({
      batchSize: 300,
      before: {
        apply: async () => {
          if (isDone) return;
          isDone = true;
          const { contacts, suppressions } = world.input;
          await world.editContacts({ contacts: [...contacts, ...added(10_000)], suppressions });
        },
      },
    });
    const { rows } = await db.pool.query('SELECT rounds, contact_count FROM scheduler_runs WHERE id = $1', [
      summary.runId,
    ]);
    expect(rows).toEqual([{ rounds: 2, contact_count: CONTACTS + ADDED }]);
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });

  test('a run that never catches up fails after five rounds, and publishes nothing', async () => {
    const noteAll = () =>
      db.owner.query("INSERT INTO planning_changes (organization_id, cause) VALUES ($1, 'test')", [
        world.organizationId,
      ]);
    const run = world.runner.run({
      organization: world.name,
      asOf: world.input.asOf,
      before: { publish: noteAll },
    });
    await expect(run).rejects.toMatchObject({ code: 'RUN_OVERTAKEN' });
    expect(await readPlan(db.pool, world.organizationId)).toEqual([]);
  });

  test('an answer to start over that was lost is given again', async () => {
    const opened = await world.runner.open({
      organization: world.name,
      asOf: world.input.asOf,
      batchSize: 50,
    });
    await world.runner.prepare(opened);
    await db.owner.query("INSERT INTO planning_changes (organization_id, cause) VALUES ($1, 'test')", [
      world.organizationId,
    ]);
    const first = await world.runner.publish(opened);
    const again = await world.runner.publish(opened);
    expect(first.outcome).toBe('start_over');
    expect(again).toEqual(first);
    if (again.outcome !== 'start_over') throw new Error('unreachable');
    const summary = await world.runner.finish(again.run);
    expect(summary.state).toBe('published');
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });
});

describe('a contact that changes in the very moment of publication', () => {
  test.each([
    ['deleted', 'UPDATE contacts SET deleted_at = now() WHERE organization_id = $1 AND id = 3'],
    ['edited', "UPDATE contacts SET birth_date = '1960-07-07' WHERE organization_id = $1 AND id = 3"],
    ['back again', 'UPDATE contacts SET deleted_at = NULL WHERE organization_id = $1 AND id = 20'],
  ])(
    'is %s after the changes were looked for: published, and left for the next run',
    async (_what, statement) => {
      const { dependencies } = world.runner;
      const opened = await world.runner.open({ organization: world.name, asOf: world.input.asOf });
      await world.runner.prepare(opened);
      await changeContacts();
      const change = () => db.owner.query(statement, [world.organizationId]);
      const pool = interceptedPool(db.pool, 'DELETE FROM plan_rows', change);
      const result = await new PlanRunner({ ...dependencies, pool }).publish(opened);
      expect(result.outcome).toBe('ended');
      const { rows } = await db.pool.query(
        'SELECT count(*)::integer AS changes FROM planning_changes WHERE organization_id = $1',
        [world.organizationId],
      );
      expect(rows).toEqual([{ changes: 1 }]);
      await world.runner.run({ organization: world.name, asOf: world.input.asOf });
      expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    },
  );
});

test('no occurrence is in plan and ledger at once, however often a day is claimed while it is planned', async () => {
  await world.plan();
  for (let day = 0; day < 6; day += 1) {
    await nextMorning(day === 0 ? 0 : 1);
    const { today } = world.input;
    await world.runner.run({
      organization: world.name,
      asOf: today,
      batchSize: 40,
      before: { [day % 2 === 0 ? 'apply' : 'publish']: () => claimOnly(today) },
    });
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    const texts = (await readPlan(db.pool, world.organizationId)).map(textOfRow);
    const settled = (await readLedger(db.pool, world.organizationId)).map(textOfRow);
    expect(settled.filter((text) => texts.includes(text))).toEqual([]);
  }
});

async function claimOnly(day: string): Promise<void> {
  await inTransaction(db.pool, async (client) => {
    await lockOrganization(client, { id: world.organizationId });
    await claimDay(client, world.organizationId, parseDay(day)!);
  });
}
