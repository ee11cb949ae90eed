/** Replans, claims, publications and changes that meet (SPEC 9: they exclude each other): never a mixture, nothing lost. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { replanContacts } from '../../activities/replan-contacts.ts';
import type { ReplanSummary } from '../../src/contracts/replan-contacts.ts';
import { claimDay } from '../../src/db/claim.ts';
import { lockOrganization } from '../../src/db/organizations.ts';
import { findPendingChanges } from '../../src/db/queries/find-pending-changes.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { instantOf } from '../../src/domain/time-zone.ts';
import { planByModel } from '../model/model.ts';
import { publish } from '../model/publish.ts';
import { Random } from '../model/random.ts';
import { replanByModel } from '../model/replan.ts';
import type { ModelInput, ModelRow } from '../model/types.ts';
import type { TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { buildGates, closeGate, type ClosedGate } from '../support/gates.ts';
import { interceptedPool } from '../support/intercepted-pool.ts';
import { COMPARED } from '../support/mid-run.ts';
import { readLedger, readPlan, readSchedules, TIME_ZONE, type StoredRow } from '../support/model-database.ts';
import { PlainWorlds } from '../support/plain-worlds.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import type { PlanningWorld } from '../support/planning-world.ts';
import { compareReplanned, editSome, replan, replanOnly } from '../support/replanning.ts';
import { firstDifference } from '../support/row-comparison.ts';
import { newWorkflow, PlanRunner } from '../support/run-planning.ts';
import { until } from '../support/until.ts';

const CONTACTS = 150;
const BATCH_SIZE = 40;

let db: TestDatabase;
let world: PlanningWorld;
let worlds: PlainWorlds;
const gates: ClosedGate[] = [];

beforeAll(async () => {
  worlds = await PlainWorlds.begin('replan-meets');
  ({ db } = worlds);
  await buildGates(db.owner);
});

afterAll(async () => {
  await worlds.end();
});

/** The morning after a plan was published. */
beforeEach(async () => {
  world = await worlds.create({ seed: 78, contacts: CONTACTS, campaigns: true });
  await world.plan();
  nextMorning();
});

afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.open();
});

function nextMorning(): void {
  const today = addDays(world.input.today, 1);
  world.setDays(today, today);
}

function allIds(): number[] {
  return world.input.contacts.map(({ id }) => id);
}

/** As it would be had they been planned again one after the other, by the model. */
function oneAfterTheOther(input: ModelInput, sets: readonly (readonly number[])[]): ModelInput {
  return sets.reduce((before, ids): ModelInput => {
    const { planInForce, ledger } = replanByModel(ids, before);
    return { ...before, planInForce, ledger };
  }, input);
}

/** Skipped rows whose day has passed are the ledger's, wherever they stand until the next run. */
async function expectSchedules(expected: Pick<ModelInput, 'planInForce' | 'ledger'>): Promise<void> {
  const seen: readonly ModelRow[] = await readSchedules(db.pool, world.organizationId);
  const rows = [...expected.planInForce, ...expected.ledger];
  expect(firstDifference(rows, seen, COMPARED)).toBeNull();
}

/** The world goes on from what is stored now. */
async function takeStored(): Promise<void> {
  const planInForce = await readPlan(db.pool, world.organizationId);
  const ledger = await readLedger(db.pool, world.organizationId);
  world.input = { ...world.input, planInForce, ledger };
}

/** From what is stored now: the next run publishes what the model says, and leaves nothing behind. */
async function expectNextRun(): Promise<void> {
  await takeStored();
  await world.plan({ batchSize: BATCH_SIZE });
  expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
}

/** Transactions of the organization's database that wait for a lock. */
async function untilWaiting(what: string, count = 1): Promise<void> {
  await until(what, async () => {
    const { rows } = await db.owner.query<{ waiting: number }>(
      `SELECT count(*)::integer AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock' AND pid <> pg_backend_pid()`,
    );
    return rows[0]!.waiting >= count;
  });
}

/** A replan in whose midst, its rows not yet written, something else begins. */
async function replanWhile(
  contactIds: readonly number[],
  begin: () => Promise<unknown>,
): Promise<ReplanSummary> {
  const { dependencies, planning } = world.runner;
  const pool = interceptedPool(db.pool, 'INSERT INTO replanned_contacts', begin);
  return replanContacts({ ...dependencies, pool }, planning, {
    input: { organization: world.name, contactIds },
    workflow: newWorkflow(),
  });
}

function claim(day: string): Promise<number> {
  return inTransaction(db.pool, async (client) => {
    await lockOrganization(client, { id: world.organizationId });
    return claimDay(client, world.organizationId, parseDay(day)!);
  });
}

/** What a claim makes of it. */
function claimedByModel(input: ModelInput, day: string): ModelInput {
  const paused = new Set(
    (input.campaigns?.instances ?? []).filter(({ status }) => status === 'paused').map(({ id }) => id),
  );
  const isDue = (row: ModelRow): boolean =>
    row.scheduled_send_date === day &&
    row.status === 'pre-scheduled' &&
    !paused.has(row.campaign_instance_id ?? 0);
  return {
    ...input,
    planInForce: input.planInForce.filter((row) => !isDue(row)),
    ledger: [
      ...input.ledger,
      ...input.planInForce.filter(isDue).map((row) => ({ ...row, status: 'scheduled' })),
    ],
  };
}

describe('replans at once', () => {
  test('of overlapping contacts come to what they come to one after the other', async () => {
    const edited = await editSome(world, 3);
    const input = world.input;
    const sets = [edited, [...edited.slice(3), ...allIds().slice(0, 40)]];
    const summaries = await Promise.all(sets.map((ids) => replanOnly(world, ids)));
    const order = summaries[0]!.runId! < summaries[1]!.runId! ? sets : [...sets].reverse();
    await expectSchedules(oneAfterTheOther(input, order));
    await expectNextRun();
  });

  test('many of them, of one contact and of many, while contacts go on changing', async () => {
    const random = new Random(5);
    for (const remainder of [1, 2, 5, 8]) await editSome(world, remainder);
    const input = world.input;
    const sets = Array.from({ length: 12 }, () => random.sample(allIds(), random.pick([1, 1, 5, 60])));
    const summaries = await Promise.all(sets.map((ids) => replanOnly(world, ids)));
    const order = sets
      .map((ids, index) => ({ ids, runId: summaries[index]!.runId! }))
      .sort((a, b) => a.runId - b.runId)
      .map(({ ids }) => ids);
    await expectSchedules(oneAfterTheOther(input, order));
    await expectNextRun();
  });

  test('two attempts of one and the same workflow do it once, and answer alike', async () => {
    const edited = await editSome(world, 3);
    const { input } = world;
    const { dependencies, planning } = world.runner;
    const request = { input: { organization: world.name, contactIds: edited }, workflow: newWorkflow() };
    const attempt = (): Promise<ReplanSummary> => replanContacts(dependencies, planning, request);
    const [first, second] = await Promise.all([attempt(), attempt()]);
    expect(second).toEqual(first);
    expect(await attempt()).toEqual(first);
    await compareReplanned(world, input, { contactIds: edited, summary: first });
    const { rows } = await db.pool.query(
      `SELECT count(*)::integer AS replans FROM scheduler_runs WHERE organization_id = $1 AND kind = 'replan'`,
      [world.organizationId],
    );
    expect(rows).toEqual([{ replans: 1 }]);
  });

  test('one that fails in the middle leaves everything as it was', async () => {
    const edited = await editSome(world, 3);
    const failing = replanWhile(edited, () => Promise.reject(new Error('the server is gone')));
    await expect(failing).rejects.toThrow('the server is gone');
    await world.compareStored();
    await replan(world, edited);
    await expectNextRun();
  });

  test('of two organizations do not wait for each other', async () => {
    const other = await worlds.open(structuredClone(world.input));
    await other.plan();
    const edited = await editSome(world, 3);
    const { input } = world;
    const summary = await replanWhile(edited, () => replan(other, [1, 2, 3]));
    await compareReplanned(world, input, { contactIds: edited, summary });
  });
});

describe('a replan by itself', () => {
  test('of a contact whose planning fails leaves its rows, and plans the others', async () => {
    const oddId = world.input.planInForce.find(({ status }) => status === 'pre-scheduled')!.contact_id;
    const edited = (await editSome(world, 3)).filter((id) => id !== oddId);
    const { contacts, suppressions } = world.input;
    // On the day after the ideal date of its birthday mail: catching up needs the hash.
    const fields = { birth_date: '1950-03-15', state: 'TX', zip_code: null, email: 'odd@example.com' };
    await world.editContacts({
      contacts: contacts.map((one) => (one.id === oddId ? { ...one, ...fields } : one)),
      suppressions,
    });
    const { input } = world;
    const { dependencies } = world.runner;
    const failing = new PlanRunner({
      ...dependencies,
      hash: (text, seed) => {
        if (text.startsWith(`${oddId}:`)) throw new TypeError('no hash today');
        return dependencies.hash(text, seed);
      },
    });
    const contactIds = [oddId, ...edited];
    const summary = await replanContacts(failing.dependencies, failing.planning, {
      input: { organization: world.name, contactIds },
      workflow: newWorkflow(),
    });
    const { rows } = await db.pool.query(
      'SELECT contact_id::integer AS contact_id, code FROM rejected_contacts WHERE run_id = $1 AND code IS NOT NULL',
      [summary.runId],
    );
    expect(rows).toEqual([{ contact_id: oddId, code: expect.stringMatching(/^TypeError at /) as string }]);
    const ofOdd = ({ contact_id: id }: ModelRow): boolean => id === oddId;
    const kept = (await readPlan(db.pool, world.organizationId)).filter(ofOdd);
    expect(kept.map(({ id }) => id)).toEqual(input.planInForce.filter(ofOdd).map(({ id }) => id));
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    await takeStored();
    await replan(world, contactIds);
    await expectNextRun();
  });

  test('once the sending hours are over plans from tomorrow on', async () => {
    const { today } = world.input;
    const edited = await editSome(world, 3);
    const { input } = world;
    const { dependencies, planning } = world.runner;
    const evening = { ...dependencies, now: () => instantOf(parseDay(today)!, '20:00', TIME_ZONE) };
    const ids = [...edited, ...input.planInForce.map((row) => row.contact_id)].slice(0, 300);
    const summary = await replanContacts(evening, planning, {
      input: { organization: world.name, contactIds: ids },
      workflow: newWorkflow(),
    });
    const asOf = addDays(today, 1);
    await compareReplanned(world, { ...input, asOf }, { contactIds: ids, summary });
  });
});

describe('a replan and a claim', () => {
  test('that has gone before: what was claimed stays, and tomorrow is the first day', async () => {
    const edited = await editSome(world, 3);
    await world.claim(world.input.today);
    await replan(world, [...edited, ...world.input.ledger.map((row) => row.contact_id)]);
    world.setDays(world.input.today, addDays(world.input.today, 1));
    await expectNextRun();
  });

  test('that comes while it is going on: the claim waits, and takes what the replan has put on the day', async () => {
    const { today } = world.input;
    const edited = await editSome(world, 3);
    const input = world.input;
    const claims: Promise<number>[] = [];
    await replanWhile(edited, async () => {
      claims.push(claim(today));
      await untilWaiting('the claim');
    });
    await claims[0];
    await expectSchedules(claimedByModel(oneAfterTheOther(input, [edited]), today));
    world.setDays(today, addDays(today, 1));
    await expectNextRun();
  });

  test('that is going on: the replan waits, and then knows what was claimed', async () => {
    const { today } = world.input;
    const edited = await editSome(world, 3);
    const input = world.input;
    const ids = [...edited, ...input.planInForce.map((row) => row.contact_id)].slice(0, 200);
    let replanning: Promise<ReplanSummary> | undefined;
    await inTransaction(db.pool, async (client) => {
      await lockOrganization(client, { id: world.organizationId });
      replanning = replanOnly(world, ids);
      await untilWaiting('the replan');
      await claimDay(client, world.organizationId, parseDay(today)!);
    });
    await replanning;
    const claimed = claimedByModel(input, today);
    await expectSchedules(oneAfterTheOther({ ...claimed, asOf: addDays(today, 1) }, [ids]));
  });

  test('that comes after it: what it has put on the day is claimed', async () => {
    const edited = await editSome(world, 3);
    await replan(world, edited);
    await world.claim(world.input.today);
    world.setDays(world.input.today, addDays(world.input.today, 1));
    await expectNextRun();
  });

  test.each(['place', 'apply', 'publish'] as const)(
    'both, before %s of a run for tomorrow, in either order',
    async (moment) => {
      world.input.config.features.load_balancing = false;
      await world.configuration.write(world.input.config, world.input.rules);
      await world.plan();
      for (const isClaimFirst of [true, false]) {
        nextMorning();
        const { today } = world.input;
        world.setDays(today, addDays(today, 1));
        let isDone = false;
        const both = async (): Promise<void> => {
          if (isDone) return;
          isDone = true;
          const edited = await editSome(world, isClaimFirst ? 3 : 4);
          if (isClaimFirst) await world.claim(today);
          await replan(world, [...edited, 5, 10, 15]);
          if (!isClaimFirst) await world.claim(today);
        };
        const before = { [moment]: both };
        if (isClaimFirst) await world.plan({ batchSize: BATCH_SIZE, before });
        else await world.runner.run({ organization: world.name, batchSize: BATCH_SIZE, before });
        expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
        await expectNextRun();
      }
    },
  );
});

describe('a replan and a publication', () => {
  test('that is going on: the replan waits, and changes the plan that has been published', async () => {
    const edited = await editSome(world, 3);
    const gate = await closeGate(db.owner, 'publish', world.organizationId);
    gates.push(gate);
    const running = world.plan({ batchSize: BATCH_SIZE });
    await until('the run at the gate', async () => (await gate.waiting()) === 1);
    const replanning = replanOnly(world, edited);
    await untilWaiting('the replan', 2);
    await gate.open();
    const [{ planNumber }, summary] = await Promise.all([running, replanning]);
    expect(summary).toMatchObject({ planNumber, changes: { added: 0, changed: 0, removed: 0, missed: 0 } });
    await world.compareStored();
  });

  test('that comes while it is going on: the run waits, and plans those contacts again', async () => {
    world.input.config.features.load_balancing = false;
    await world.configuration.write(world.input.config, world.input.rules);
    await world.plan();
    nextMorning();
    const opened = await world.runner.open({ organization: world.name, batchSize: BATCH_SIZE });
    await world.runner.prepare(opened);
    const edited = await editSome(world, 3);
    const { input } = world;
    const publications: Promise<unknown>[] = [];
    const summary = await replanWhile(edited, async () => {
      publications.push(world.runner.publish(opened));
      await untilWaiting('the run');
    });
    const [published] = await Promise.all(publications);
    expect(published).toMatchObject({ outcome: 'ended', summary: { state: 'published' } });
    expect(summary.changes.added + summary.changes.changed).toBeGreaterThan(0);
    await expectSchedules(publish(input, planByModel(input)));
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });
});

describe('a change whose transaction commits later', () => {
  /** The contact's birth date is another one, and nobody sees that yet. */
  async function beginChange(id: number): Promise<() => Promise<void>> {
    const client = await db.owner.connect();
    await client.query('BEGIN');
    await client.query(
      `UPDATE contacts SET birth_date = '1953-04-05', state = 'TX', zip_code = NULL, email = 'late@example.com'
       WHERE organization_id = $1 AND id = $2`,
      [world.organizationId, id],
    );
    return async () => {
      await client.query('COMMIT');
      client.release();
      const fields = { birth_date: '1953-04-05', state: 'TX', zip_code: null, email: 'late@example.com' };
      const contacts = world.input.contacts.map((one) => (one.id === id ? { ...one, ...fields } : one));
      world.input = { ...world.input, contacts };
    };
  }

  /** The next run finds the contact's rows as they are to be. */
  async function expectNothingLeftToPlan(id: number): Promise<void> {
    const rowsOfContact = (): StoredRow[] => world.input.planInForce.filter((row) => row.contact_id === id);
    const planned = rowsOfContact();
    expect(planned.length).toBeGreaterThan(0);
    await expectNextRun();
    expect(rowsOfContact()).toEqual(planned);
  }

  async function expectPending(ids: readonly number[]): Promise<void> {
    const pending = await findPendingChanges(db.pool, world.organizationId, 100);
    expect(pending?.contactIds).toEqual(ids);
  }

  test('than a replan of the contact: it is still to be planned', async () => {
    const commit = await beginChange(3);
    await replan(world, [3, 5]);
    await commit();
    await expectPending([3]);
    await replan(world, [3]);
    expect(await findPendingChanges(db.pool, world.organizationId, 100)).toBeNull();
    await expectNextRun();
  });

  test('while a replan of the contact is under way', async () => {
    const commit = await beginChange(3);
    const summary = await replanWhile([3, 5], commit);
    // Whether the replan has read the change or not, it is in force once what is pending has been planned.
    const pending = await findPendingChanges(db.pool, world.organizationId, 100);
    await takeStored();
    if (pending !== null) {
      expect(pending.contactIds).toEqual([3]);
      await replan(world, [3]);
    }
    expect(summary.contacts).toBe(2);
    await expectNothingLeftToPlan(3);
  });

  test('while a run publishes: it is still to be planned', async () => {
    const commit = await beginChange(3);
    const gate = await closeGate(db.owner, 'publish', world.organizationId);
    gates.push(gate);
    const running = world.plan({ batchSize: BATCH_SIZE }).then(
      () => null,
      (error: unknown) => error,
    );
    await until('the run at the gate', async () => (await gate.waiting()) === 1);
    await commit();
    await gate.open();
    // By the contacts as they are now the model has other rows: the run could not know.
    await running;
    await expectPending([3]);
    await takeStored();
    await replan(world, [3]);
    await expectNothingLeftToPlan(3);
  });

  test('begun before a run and committed in its midst, then planned again: the run has it, too', async () => {
    world.input.config.features.load_balancing = false;
    await world.configuration.write(world.input.config, world.input.rules);
    await world.plan();
    nextMorning();
    const commit = await beginChange(3);
    let isDone = false;
    const commitAndReplan = async (): Promise<void> => {
      if (isDone) return;
      isDone = true;
      await commit();
      await expectPending([3]);
      await replan(world, [3]);
      expect(await findPendingChanges(db.pool, world.organizationId, 100)).toBeNull();
    };
    await world.plan({ batchSize: BATCH_SIZE, before: { apply: commitAndReplan } });
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });

  test('than a replan in the midst of a run, and than the run: it is planned in the end', async () => {
    world.input.config.features.load_balancing = false;
    await world.configuration.write(world.input.config, world.input.rules);
    await world.plan();
    nextMorning();
    const commits: (() => Promise<void>)[] = [];
    await world.runner.run({
      organization: world.name,
      batchSize: BATCH_SIZE,
      before: {
        apply: async () => {
          if (commits.length > 0) return;
          commits.push(await beginChange(3));
          await replan(world, [3]);
        },
      },
    });
    await commits[0]!();
    await expectPending([3]);
    await expectNextRun();
    expect(await findPendingChanges(db.pool, world.organizationId, 100)).toBeNull();
  });
});
