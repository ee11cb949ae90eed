/**
 * Contacts planned again while a run is going on (SPEC 9): readers have the replan's rows at once, and the run publishes
 * what it would have published had everything changed before it began.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endRun } from '../../activities/end-run.ts';
import type { ModelContact } from '../model/types.ts';
import type { TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { COMPARED, replannedByModel } from '../support/mid-run.ts';
import { readLedger, readPlan, readSchedules } from '../support/model-database.ts';
import { PlainWorlds } from '../support/plain-worlds.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import type { PlanningWorld } from '../support/planning-world.ts';
import { recount } from '../support/recount.ts';
import { editSome, replan, replanOnly } from '../support/replanning.ts';
import { firstDifference } from '../support/row-comparison.ts';
import { newWorkflow, type Step } from '../support/run-planning.ts';

const CONTACTS = 150;
const BATCH_SIZE = 40;
const MOMENTS: readonly Step[] = [
  ...(['place', 'second place batch', 'shape', 'redistribute'] as const),
  ...(['apply', 'second apply batch', 'seal', 'publish'] as const),
];

let db: TestDatabase;
let world: PlanningWorld;
let worlds: PlainWorlds;

beforeAll(async () => {
  worlds = await PlainWorlds.begin('replan-in-run');
  ({ db } = worlds);
});

afterAll(async () => {
  await worlds.end();
});

/** @param loadBalancing without it each contact's plan is its own */
async function createWorld(loadBalancing: boolean, contacts = CONTACTS): Promise<void> {
  world = await worlds.create({ seed: 77, contacts, campaigns: true }, (input) => {
    input.config.features.load_balancing = loadBalancing;
    return input;
  });
}

function nextMorning(days = 1): void {
  const today = addDays(world.input.today, days);
  world.setDays(today, today);
}

/** A run that starts over comes to its steps again. */
function once(work: () => Promise<unknown>): () => Promise<void> {
  let isDone = false;
  return async () => {
    if (isDone) return;
    isDone = true;
    await work();
  };
}

async function expectNothingLeft(): Promise<void> {
  expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  const { rows } = await db.pool.query(
    'SELECT cause, contact_id FROM planning_changes WHERE organization_id = $1',
    [world.organizationId],
  );
  expect(rows).toEqual([]);
}

describe('where each contact’s plan is its own, the run publishes the plan of what there is then', () => {
  beforeEach(async () => {
    await createWorld(false);
    await world.plan();
    nextMorning();
  });

  /** Some are edited and planned again, some edited only, some planned again only. */
  async function editAndReplan(): Promise<void> {
    const edited = await editSome(world, 3);
    const untouched = world.input.contacts.map(({ id }) => id).filter((id) => id % 7 === 0);
    await replan(world, [...edited.slice(0, -4), ...untouched]);
  }

  describe.each([
    ['a run on the base of the plan in force', false],
    ['a run on a new base', true],
  ])('%s', (_kind, fresh) => {
    test.each(MOMENTS)('before %s', async (moment) => {
      await world.plan({ fresh, batchSize: BATCH_SIZE, before: { [moment]: once(editAndReplan) } });
      await expectNothingLeft();
      const again = await world.plan();
      expect(again.counts.changes).toMatchObject({ added: 0, changed: 0, removed: 0, missed: 0 });
    });

    test('again and again, at every moment', async () => {
      let round = 0;
      const work = async (): Promise<void> => {
        round += 1;
        const edited = await editSome(world, round % 10);
        if (round % 3 === 0) return;
        await replan(world, edited);
        if (round % 2 === 0) await replan(world, edited.slice(0, 2));
      };
      const before = Object.fromEntries(MOMENTS.map((moment) => [moment, once(work)]));
      await world.plan({ fresh, batchSize: BATCH_SIZE, before });
      await expectNothingLeft();
    });
  });

  test('contacts that move away and back: each time the run goes by what they are at last', async () => {
    const former = world.input;
    const touched: number[] = [];
    const there = once(async () => {
      touched.push(...(await editSome(world, 4)));
      await replan(world, touched);
    });
    const back = once(async () => {
      await world.editContacts(former);
      await world.editCampaigns(former.campaigns!);
      await replan(world, touched);
    });
    await world.plan({ batchSize: BATCH_SIZE, before: { place: there, apply: back } });
    await expectNothingLeft();
  });

  test.each(MOMENTS)('a dry run, before %s: it comes to the plan that is then published', async (moment) => {
    const dry = await world.planDry({ batchSize: BATCH_SIZE, before: { [moment]: once(editAndReplan) } });
    const run = await world.plan({ batchSize: BATCH_SIZE });
    expect(run.checksum).toBe(dry.checksum);
    await expectNothingLeft();
  });

  test.each(MOMENTS)('a run that fails, after a replan before %s: what is in force stays', async (moment) => {
    const workflow = newWorkflow();
    const run = await world.runner.open(
      { organization: world.name, asOf: world.input.asOf, batchSize: BATCH_SIZE },
      workflow,
    );
    await world.runner.prepare(run, { before: { [moment]: once(editAndReplan) } });
    if (moment === 'publish') await editAndReplan();
    await endRun(world.runner.dependencies, {
      ...{ workflow, state: 'failed', code: 'INTERNAL_ERROR', message: 'It was ended.' },
    });
    await world.compareStored();
    await replan(world, [7, 14, 21]);
    await world.plan();
    await expectNothingLeft();
  });
});

describe('where volumes are shared, those planned again in mid-run are planned last, as one set', () => {
  /** Until the volumes are known, what changes has a part in them. */
  const AFTER_SHAPING = MOMENTS.slice(MOMENTS.indexOf('redistribute'));

  beforeEach(async () => {
    await createWorld(true);
  });

  async function planWithReplan(moment: Step, fresh: boolean): Promise<void> {
    const asRead = structuredClone({ ...world.input, fresh });
    const ids = new Set<number>();
    const edit = once(async () => {
      const edited = await editSome(world, 3);
      const formerRuns = new Map(world.input.planInForce.map((row) => [row.id, row.run_id]));
      const formerContacts = new Map(world.input.planInForce.map((row) => [row.id, row.contact_id]));
      await replan(world, edited.concat(5, 15, 25));
      for (const id of edited) ids.add(id);
      for (const row of world.input.planInForce) {
        if (formerRuns.get(row.id) !== row.run_id) ids.add(row.contact_id);
        formerContacts.delete(row.id);
      }
      for (const id of formerContacts.values()) ids.add(id);
    });
    const run = { organization: world.name, asOf: world.input.asOf, fresh };
    const summary = await world.runner.run({ ...run, batchSize: BATCH_SIZE, before: { [moment]: edit } });
    const expected = replannedByModel({ ...world.input, fresh }, asRead, [...ids]);
    const plan = await readPlan(db.pool, world.organizationId);
    expect(firstDifference(expected.plan, plan, COMPARED)).toBeNull();
    const ledger = await readLedger(db.pool, world.organizationId);
    expect(firstDifference(expected.ledger, ledger, COMPARED)).toBeNull();
    const counted = await recount(world, summary.runId, world.input.planInForce);
    expect(summary.checksum).toBe(counted.checksum);
    expect(summary.counts.changes).toEqual(counted.counts.changes);
    await expectNothingLeft();
  }

  test.each(AFTER_SHAPING)('before %s of a run', async (moment) => {
    await world.plan();
    nextMorning();
    await planWithReplan(moment, false);
  });

  test.each(AFTER_SHAPING)('before %s of a run that draws everything anew', async (moment) => {
    await world.plan();
    nextMorning();
    await planWithReplan(moment, true);
  });

  test.each(AFTER_SHAPING)('before %s of a run after an outage', async (moment) => {
    await world.plan();
    nextMorning(20);
    await planWithReplan(moment, false);
  });
});

test('more contacts than can be planned again under the lock are planned again by replans: the run starts over', async () => {
  const ADDED = 1_200;
  await createWorld(false, 40);
  await world.plan();
  nextMorning();
  const added = Array.from({ length: ADDED }, (_, index): ModelContact => ({
    ...{ id: 10_000 + index, email: `added${index}@example.com`, zip_code: null, state: 'TX' },
    ...{ birth_date: `1950-0${(index % 9) + 1}-10`, effective_date: null },
  }));
  const { runId } = await world.plan({
    batchSize: 500,
    before: {
      apply: once(async () => {
        for (let first = 0; first < ADDED; first += 400) {
          const some = added.slice(first, first + 400);
          const { contacts, suppressions } = world.input;
          await world.editContacts({ contacts: [...contacts, ...some], suppressions });
          await replan(
            world,
            some.map(({ id }) => id),
          );
        }
      }),
    },
  });
  const { rows } = await db.pool.query('SELECT rounds FROM scheduler_runs WHERE id = $1', [runId]);
  expect(rows).toEqual([{ rounds: 2 }]);
  await expectNothingLeft();
});

test('of the first run, whose organization has no plan yet: it is the run that plans the contacts', async () => {
  await createWorld(false, 40);
  await world.plan({
    batchSize: 20,
    before: {
      publish: once(async () => {
        const edited = await editSome(world, 3);
        expect(await replanOnly(world, edited)).toMatchObject({ runId: null, planNumber: null });
        expect(await readSchedules(db.pool, world.organizationId)).toEqual([]);
      }),
    },
  });
  await expectNothingLeft();
});
