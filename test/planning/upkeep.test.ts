/**
 * What keeps an organization in order over weeks: attempts that come too late, databases that are restored,
 * clocks, bases that are drawn anew and dropped, and rows that nobody may change.
 */
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { applyBatch } from '../../activities/apply-batch.ts';
import { collectMovableMails } from '../../activities/collect-movable-mails.ts';
import { endRun } from '../../activities/end-run.ts';
import { placeBatch } from '../../activities/place-batch.ts';
import { redistributeMails } from '../../activities/redistribute-mails.ts';
import { sealPlan } from '../../activities/seal-plan.ts';
import { shapePlan } from '../../activities/shape-plan.ts';
import { tidyUp } from '../../activities/tidy-up.ts';
import type { OpenedRun, RunSummary } from '../../src/contracts/schedule-run.ts';
import { migrate } from '../../src/db/migrate.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { instantOf } from '../../src/domain/time-zone.ts';
import { generateOrganization } from '../model/generate.ts';
import type { ModelConfig, ModelContact } from '../model/types.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { closeGate } from '../support/gates.ts';
import { interceptedPool } from '../support/intercepted-pool.ts';
import { readLedger, readPlan, readSchedules, TIME_ZONE, type StoredRow } from '../support/model-database.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { PlanningWorld } from '../support/planning-world.ts';
import { newWorkflow, PlanRunner } from '../support/run-planning.ts';
import { until } from '../support/until.ts';

const AS_OF = '2027-03-01';
const CONTACTS = 120;

let db: TestDatabase;
let world: PlanningWorld;
let worlds = 0;
const opened: PlanningWorld[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await Promise.all(opened.map((each) => each.close()));
  await db.drop();
});

beforeEach(async () => {
  world = await createWorld();
});

async function createWorld(database = db, sandbox = false): Promise<PlanningWorld> {
  worlds += 1;
  const input = generateOrganization(53, {
    contacts: CONTACTS,
    rules: 'shipped',
    config: 'default',
    asOf: AS_OF,
    malformedDates: false,
  });
  const name = `upkeep-${worlds}`;
  const created = await PlanningWorld.create(database, { ...input, today: AS_OF }, { name, sandbox });
  opened.push(created);
  return created;
}

function goTo(days: number, of = world): void {
  const day = addDays(AS_OF, days);
  of.setDays(day, day);
}

const open = (options: { fresh?: boolean } = {}, workflow = newWorkflow()): Promise<OpenedRun> =>
  world.runner.open(
    { organization: world.name, asOf: world.input.asOf, batchSize: 40, ...options },
    workflow,
  );

/** Some contacts get other dates; by default few, so that the plan stays on its base. */
async function editSome(of: PlanningWorld, every = 12): Promise<void> {
  const { contacts, suppressions } = of.input;
  const edited = contacts.map((contact) =>
    contact.id % every === 0 ? { ...contact, birth_date: '1949-09-09' } : contact,
  );
  await of.editContacts({ contacts: edited, suppressions });
}

const noteChangeOfAll = (): Promise<unknown> =>
  db.owner.query("INSERT INTO planning_changes (organization_id, cause) VALUES ($1, 'test')", [
    world.organizationId,
  ]);

async function one<Row extends object>(text: string, values: readonly unknown[], from = db): Promise<Row> {
  const { rows } = await from.owner.query<Row>(text, [...values]);
  return rows[0]!;
}

async function endingOf(runId: number, from = db): Promise<object> {
  return one("SELECT state, error->>'code' AS code FROM scheduler_runs WHERE id = $1", [runId], from);
}

const audit = (of = world): Promise<string[]> => auditOrganization(of.db.owner, of.organizationId);

describe('an attempt of a round before the run started over', () => {
  type Work = (run: OpenedRun, batch: number) => Promise<unknown>;

  /** In the order in which a run does them; those of one batch have no batch but the first. */
  const phases = (): readonly { phase: string; isBatched: boolean; work: Work }[] => {
    const { dependencies, planning } = world.runner;
    const ref = ({ runId }: OpenedRun, batch: number) => ({ runId, batch });
    return [
      { phase: 'place', isBatched: true, work: (...of) => placeBatch(dependencies, planning, ref(...of)) },
      { phase: 'shape', isBatched: false, work: (run) => shapePlan(dependencies, planning, run) },
      {
        phase: 'collect',
        isBatched: true,
        work: (...of) => collectMovableMails(dependencies, planning, ref(...of)),
      },
      {
        phase: 'redistribute',
        isBatched: false,
        work: (run) => redistributeMails(dependencies, planning, run),
      },
      { phase: 'apply', isBatched: true, work: (...of) => applyBatch(dependencies, planning, ref(...of)) },
      { phase: 'seal', isBatched: false, work: (run) => sealPlan(dependencies, run) },
    ];
  };

  /** All that a run may have left in the database. */
  const tracesOf = (runId: number): Promise<object> =>
    one(
      `SELECT r.base_id, r.rounds,
         (SELECT count(*)::integer FROM plan_bases WHERE run_id = r.id) AS bases,
         (SELECT count(*)::integer FROM plan_rows WHERE segment_run_id = r.id) AS rows,
         (SELECT count(*)::integer FROM plan_closings WHERE run_id = r.id) AS closings,
         (SELECT count(*)::integer FROM rejected_contacts WHERE run_id = r.id) AS rejected,
         (SELECT array_agg(concat_ws(' ', kind, batch, md5(data)) ORDER BY kind, batch)
          FROM scheduler_shares WHERE run_id = r.id) AS shares,
         (SELECT array_agg(concat_ws(' ', phase, batch) ORDER BY phase, batch)
          FROM scheduler_checkpoints WHERE run_id = r.id AND done) AS done
       FROM scheduler_runs r WHERE r.id = $1`,
      [runId],
    );

  /** Forty contacts of one effective date: days that are too full. */
  async function crowd(of: PlanningWorld): Promise<void> {
    const { contacts, suppressions } = of.input;
    const inTexas = { state: 'TX', zip_code: null, effective_date: '2012-06-01' };
    const crowded = contacts.map((contact) =>
      contact.id > 40 ? contact : { ...contact, email: `c${contact.id}@example.com`, ...inTexas },
    );
    await of.editContacts({ contacts: crowded, suppressions });
  }

  test.each(['the first plan', 'a plan of what has changed'])(
    'is refused until the phases before it are done again, and %s comes out as that of a run begun later',
    async (kind) => {
      const twin = await createWorld();
      for (const each of [world, twin]) {
        await crowd(each);
        if (kind === 'the first plan') continue;
        await each.plan();
        goTo(2, each);
      }
      await editSome(twin);
      const expected = await twin.plan({ batchSize: 40 });

      const first = await open();
      await world.runner.prepare(first);
      await editSome(world);
      await noteChangeOfAll();
      const result = await world.runner.publish(first);
      if (result.outcome !== 'start_over') throw new Error('The run was to start over.');
      const { run } = result;

      let refused = 0;
      const refuseFrom = async (position: number): Promise<void> => {
        const traces = await tracesOf(run.runId);
        for (const { phase, work } of phases().slice(position)) {
          await expect(work(first, 0), phase).rejects.toMatchObject({ code: 'RUN_NOT_RUNNING' });
          refused += 1;
        }
        expect(await tracesOf(run.runId)).toEqual(traces);
      };
      let overfullDays = 0;
      for (const [position, { phase, isBatched, work }] of phases().entries()) {
        // Where no day is too full, nothing is collected and nothing waits for it.
        if (phase === 'collect' && overfullDays === 0) continue;
        await refuseFrom(position + 1);
        const done = await work(run, 0);
        if (phase === 'shape') ({ overfullDays } = done as { overfullDays: number });
        if (!isBatched) continue;
        await refuseFrom(position + 1);
        for (let batch = 1; batch < run.batches; batch += 1) await work(run, batch);
      }
      expect(refused).toBe(kind === 'the first plan' ? 24 : 18);
      expect(overfullDays > 0).toBe(kind === 'the first plan');

      const summary = await world.runner.finish(run);
      expect(summary).toMatchObject({ state: 'published', checksum: expected.checksum });
      expect(await one('SELECT rounds FROM scheduler_runs WHERE id = $1', [run.runId])).toEqual({
        rounds: 2,
      });
      expect(await audit()).toEqual([]);
    },
  );
});

describe('a database that was restored into another server', () => {
  const FAR = '9000000000000';
  let restored: TestDatabase;

  beforeEach(async () => {
    restored = await createTestDatabase();
    world = await createWorld(restored);
    return () => restored.drop();
  });

  /** As if its transactions had been those of a server that has seen far more of them. */
  async function restore(): Promise<void> {
    await restored.owner.query(`UPDATE ledger SET settled_in = '${FAR}'`);
    await restored.owner.query(`UPDATE plan_rows SET ended_in = '${FAR}' WHERE ended_in IS NOT NULL`);
    await restored.owner.query(`UPDATE planning_changes SET changed_in = '${FAR}'`);
    await restored.owner.query('UPDATE server_identity SET system_identifier = 42');
    await migrate(restored.databaseUrl, () => undefined);
  }

  const transactionIds = (): Promise<object> =>
    one(
      `SELECT (SELECT array_agg(settled_in::text ORDER BY id) FROM ledger) AS ledger,
         (SELECT array_agg(ended_in::text ORDER BY id, segment_run_id) FROM plan_rows
          WHERE ended_in IS NOT NULL) AS plan_rows,
         (SELECT array_agg(changed_in::text ORDER BY id) FROM planning_changes) AS changes,
         (SELECT array_agg(concat_ws(' ', id, state, error, finished_at) ORDER BY id) FROM scheduler_runs) AS runs,
         (SELECT array_agg(system_identifier::text) FROM server_identity) AS servers`,
      [],
      restored,
    );

  async function live(of: PlanningWorld): Promise<void> {
    await of.plan();
    for (const day of [0, 1, 2]) await of.dispatchAll(addDays(AS_OF, day));
    goTo(3, of);
    await editSome(of);
    await of.plan();
    await of.dispatchAll(addDays(AS_OF, 3));
    await of.claim(addDays(AS_OF, 4));
    await editSome(of, 9);
    goTo(5, of);
  }

  test('plans as if nothing had happened', async () => {
    const stayed = await createWorld();
    await live(stayed);
    await live(world);
    await restore();
    const ids = (await transactionIds()) as { ledger: string[]; plan_rows: string[]; changes: string[] };
    expect(new Set([...ids.ledger, ...ids.plan_rows, ...ids.changes])).toEqual(new Set(['3']));
    expect((await world.plan()).checksum).toBe((await stayed.plan()).checksum);
    expect(await audit()).toEqual([]);
  });

  test('a second migration changes nothing: neither of what was there nor of what came since', async () => {
    await live(world);
    await restore();
    await world.plan();
    await world.dispatchAll(world.input.today);
    await editSome(world, 7);
    const run = await open();
    const before = await transactionIds();
    await migrate(restored.databaseUrl, () => undefined);
    expect(await transactionIds()).toEqual(before);
    expect((await world.runner.finish(run)).state).toBe('published');
    expect(await audit()).toEqual([]);
  });

  test.each([
    ['queued', false],
    ['on its way to the base in force', false],
    ['on its way to a base of its own', true],
  ])('a run that was %s is abandoned, and nothing of it is left', async (what, fresh) => {
    await live(world);
    const seen = await readSchedules(restored.pool, world.organizationId);
    const run = await open({ fresh });
    await world.runner.prepare(run);
    if (what === 'queued') {
      const request = { organization: world.name, ifRunning: 'queue' } as const;
      await world.runner.tryOpen(request, newWorkflow());
    }
    await restore();
    const { rows } = await restored.owner.query(
      "SELECT DISTINCT state, error->>'code' AS code, finished_at IS NOT NULL AS finished FROM scheduler_runs WHERE id >= $1",
      [run.runId],
    );
    expect(rows).toEqual([{ state: 'failed', code: 'RUN_ABANDONED', finished: true }]);
    await expect(world.runner.publish(run)).rejects.toMatchObject({ code: 'RUN_NOT_RUNNING' });
    expect(await readSchedules(restored.pool, world.organizationId)).toEqual(seen);
    await world.plan();
    expect(await audit()).toEqual([]);
  });
});

describe('the clock of a sandbox', () => {
  const clockOf = (of: PlanningWorld): Promise<object> =>
    one('SELECT sandbox_today::text AS today FROM organizations WHERE id = $1', [of.organizationId]);

  test('goes to the day that is dispatched, and never back', async () => {
    world = await createWorld(db, true);
    const { runner, name } = world;
    await world.plan();
    expect(await clockOf(world)).toEqual({ today: AS_OF });
    const day = addDays(AS_OF, 5);
    await world.claim(day);
    expect(await clockOf(world)).toEqual({ today: day });
    await world.claim(addDays(AS_OF, 2));
    expect(await clockOf(world)).toEqual({ today: day });

    const tooEarly = runner.run({ organization: name, asOf: addDays(day, -1) });
    await expect(tooEarly).rejects.toMatchObject({ code: 'INVALID_INPUT', detail: { place: 'asOf' } });
    const run = await runner.open({ organization: name });
    expect(run.asOf).toBe(addDays(day, 1));
    await runner.finish(run);
    expect(await clockOf(world)).toEqual({ today: addDays(day, 1) });
    expect(await audit()).toEqual([]);
  });

  test('is none of a real organization', async () => {
    await world.plan();
    await world.claim(AS_OF);
    expect(await clockOf(world)).toEqual({ today: null });
  });
});

describe("a real organization's mails that were claimed today and not attempted", () => {
  const runAt = (time: string): Promise<RunSummary> => {
    const now = (): number => instantOf(parseDay(world.input.today)!, time, TIME_ZONE);
    const runner = new PlanRunner({ ...world.runner.dependencies, now });
    return runner.run({ organization: world.name });
  };
  const stillClaimed = async (): Promise<number[]> =>
    (await readLedger(db.pool, world.organizationId))
      .filter(({ status }) => status === 'scheduled')
      .map(({ id }) => id);

  const rowsOf = async (ids: readonly number[]): Promise<StoredRow[]> =>
    (await readPlan(db.pool, world.organizationId)).filter(({ id }) => ids.includes(id));

  test('go back into the plan once the sending hours are over, and not before', async () => {
    const { contacts, suppressions } = world.input;
    const born = contacts.map((contact) =>
      contact.id > 6
        ? contact
        : {
            ...contact,
            email: `c${contact.id}@example.com`,
            state: 'TX',
            zip_code: null,
            birth_date: '1950-03-18',
          },
    );
    await world.editContacts({ contacts: born, suppressions });
    await world.plan();
    goTo(3);
    const { today } = world.input;
    await world.claim(today);
    const claimed = await stillClaimed();
    expect(claimed.length).toBeGreaterThan(2);
    const [attempted] = claimed;
    await db.owner.query(
      `INSERT INTO deliveries (organization_id, schedule_id, channel, attempt, token, status, provider, evidence)
       VALUES ($1, $2, 'email', 1, gen_random_uuid(), 'attempted', 'sandbox', '{}')`,
      [world.organizationId, attempted],
    );

    await runAt('19:59');
    expect(await stillClaimed()).toEqual(claimed);
    await runAt('20:00');
    expect(await stillClaimed()).toEqual([attempted]);
    expect(await audit()).toEqual([]);
    const givenBack = await rowsOf(claimed);
    expect(givenBack.map(({ id }) => id)).toEqual(claimed.slice(1));
    for (const row of givenBack) {
      expect(row).toMatchObject({ status: 'pre-scheduled', scheduled_send_date: today });
    }
    // From the next day on they are overdue, like any mail that did not go out.
    goTo(4);
    await runAt('04:00');
    const caughtUp = await rowsOf(claimed);
    expect(caughtUp.map(({ id }) => id)).toEqual(claimed.slice(1));
    for (const row of caughtUp) {
      expect(row).toMatchObject({ status: 'pre-scheduled', metadata: { placed_by: 'catch_up' } });
    }
    expect(await audit()).toEqual([]);
  });
});

describe('a new base', () => {
  const baseInForce = async (): Promise<number> => {
    const { base } = await one<{ base: string }>(
      'SELECT plan_base_id AS base FROM organizations WHERE id = $1',
      [world.organizationId],
    );
    return Number(base);
  };
  const rowsIn = (base: number): Promise<object> =>
    one(
      'SELECT count(*)::integer AS rows, count(ended_in)::integer AS ended FROM plan_rows WHERE base_id = $1',
      [base],
    );

  const CHANGES: readonly (readonly [string, (config: ModelConfig) => ModelConfig])[] = [
    ['the send time', (config) => ({ ...config, send_time: '10:15' })],
    [
      'the priorities',
      ({ email_types: types, ...config }) => ({
        ...config,
        email_types: {
          ...types,
          birthday: { ...types.birthday, priority: 4 },
          effective_date: { ...types.effective_date, priority: 4 },
        },
      }),
    ],
  ];

  test.each(CHANGES)('is written when %s changed, and no row is closed for it', async (_what, change) => {
    await world.plan();
    const former = await baseInForce();
    const rows = await rowsIn(former);
    const config = change(world.input.config);
    await world.configuration.write(config, world.input.rules);
    world.input = { ...world.input, config };
    const { counts } = await world.plan();
    expect(counts.changes.changed).toBeGreaterThan(counts.changes.unchanged / 3);
    expect(await baseInForce()).not.toBe(former);
    expect(await rowsIn(former)).toEqual(rows);
    expect(rows).toMatchObject({ ended: 0 });
    expect(await audit()).toEqual([]);
  });

  test('is written once ninety runs have added to the one in force', async () => {
    await world.plan();
    const first = await baseInForce();
    // As many runs as published on the base before, each with nothing new.
    await db.owner.query(
      `WITH runs AS (
         INSERT INTO scheduler_runs (organization_id, state, today, as_of, configuration_version, batch_size,
           workflow_id, workflow_chain_id, snapshot, base_id)
         SELECT organization_id, state, today, as_of, configuration_version, batch_size,
           workflow_id || '-' || number, workflow_chain_id, snapshot, base_id
         FROM scheduler_runs, generate_series(1, 88) AS number WHERE organization_id = $1
         RETURNING id, organization_id, base_id
       )
       INSERT INTO plan_segments (base_id, run_id, organization_id, plan_number)
       SELECT base_id, id, organization_id, 1 FROM runs`,
      [world.organizationId],
    );
    await editSome(world);
    await world.plan();
    expect(await baseInForce()).toBe(first);
    await world.plan();
    expect(await baseInForce()).toBeGreaterThan(first);
    expect(await audit()).toEqual([]);
  });
});

describe('tidying up', () => {
  interface Base {
    readonly id: number;
    readonly isThere: boolean;
    readonly rows: number;
  }

  async function bases(): Promise<Base[]> {
    const { rows } = await db.owner.query<Base>(
      `SELECT b.id::integer AS id, b.dropped_at IS NULL AND to_regclass('plan_base_' || b.id) IS NOT NULL AS "isThere",
         (SELECT count(*)::integer FROM plan_rows WHERE base_id = b.id) AS rows
       FROM plan_bases b WHERE organization_id = $1 ORDER BY b.id`,
      [world.organizationId],
    );
    return rows;
  }

  const age = (table: 'plans' | 'scheduler_runs', where: string, days: number): Promise<unknown> =>
    db.owner.query(
      table === 'plans'
        ? `UPDATE plans SET published_at = now() - make_interval(days => $2) WHERE organization_id = $1 AND ${where}`
        : `UPDATE scheduler_runs SET finished_at = now() - make_interval(days => $2) WHERE organization_id = $1 AND ${where}`,
      [world.organizationId, days],
    );

  const keptOfPlan = (number: number): Promise<object> =>
    one(
      `SELECT (SELECT count(*) > 0 FROM plan_days WHERE organization_id = $1 AND plan_number = $2) AS days,
         (SELECT count(*) > 0 FROM rejected_contacts WHERE run_id =
           (SELECT run_id FROM plans WHERE organization_id = $1 AND number = $2)) AS rejected`,
      [world.organizationId, number],
    );

  test('drops the bases of plans that were replaced more than a week ago, and no other', async () => {
    for (const fresh of [false, true, true, true]) await world.plan({ fresh });
    const [, second, third, fourth] = await bases();
    await age('plans', 'number = 2', 8);
    await age('plans', 'number = 3', 6);
    await world.runner.run({ organization: world.name, asOf: AS_OF });
    expect((await bases()).map(({ isThere }) => isThere)).toEqual([false, true, true, true]);
    expect((await bases()).slice(1)).toEqual([second, third, fourth]);
    expect(second!.rows).toBeGreaterThan(100);
    expect(await keptOfPlan(1)).toEqual({ days: false, rejected: false });
    for (const number of [2, 3, 4]) expect(await keptOfPlan(number)).toEqual({ days: true, rejected: true });
    expect(await audit()).toEqual([]);
  });

  test('keeps a base as long as its last plan was in force within the week', async () => {
    await world.plan();
    await editSome(world);
    await world.plan();
    await world.plan({ fresh: true });
    await age('plans', 'number < 3', 60);
    await tidyUp(db.pool, world.organizationId);
    expect((await bases()).map(({ isThere }) => isThere)).toEqual([true, true]);
    expect(await keptOfPlan(1)).toEqual({ days: false, rejected: false });
    expect(await keptOfPlan(2)).toEqual({ days: true, rejected: true });
    await age('plans', 'number = 3', 8);
    await tidyUp(db.pool, world.organizationId);
    expect((await bases()).map(({ isThere }) => isThere)).toEqual([false, true]);
  });

  test.each([
    ['the base in force', false],
    ['a base of its own', true],
  ])('takes away all of a dry run on %s after a week', async (_where, fresh) => {
    await world.plan();
    goTo(9);
    await editSome(world);
    const dry = { organization: world.name, asOf: AS_OF, dryRun: true, fresh };
    const asOf = world.input.asOf;
    const { runId: old } = await world.runner.run({ ...dry, asOf });
    const { runId: young } = await world.runner.run({ ...dry, asOf });
    const keptOf = (runId: number): Promise<object> =>
      one(
        `SELECT (SELECT count(*)::integer FROM plan_rows WHERE segment_run_id = $1) AS rows,
           (SELECT count(*)::integer FROM plan_closings WHERE run_id = $1) AS closings,
           (SELECT count(*)::integer FROM rejected_contacts WHERE run_id = $1) AS rejected`,
        [runId],
      );
    const before = await keptOf(young);
    expect(Object.values(before).filter((count: number) => count > 0)).toHaveLength(3);
    expect(await keptOf(old)).toEqual(before);
    await age('scheduler_runs', `id = ${old}`, 8);
    await age('scheduler_runs', `id = ${young}`, 6);
    await tidyUp(db.pool, world.organizationId);
    expect(await keptOf(old)).toEqual({ rows: 0, closings: 0, rejected: 0 });
    expect(await keptOf(young)).toEqual(before);
    expect((await bases()).map(({ isThere }) => isThere)).toEqual(fresh ? [true, false, true] : [true]);
    expect(await audit()).toEqual([]);
    await world.plan();
  });

  /** Somebody reads, and does not end his transaction. */
  async function startReading(): Promise<Client> {
    const reader = new Client({ connectionString: db.databaseUrl });
    await reader.connect();
    onTestFinished(() => reader.end());
    await reader.query('BEGIN');
    await reader.query('SELECT count(*) FROM plan_rows');
    return reader;
  }

  test('does not hold up a publication while somebody reads: the base goes the next time', async () => {
    await world.plan();
    await world.plan({ fresh: true });
    await age('plans', 'number = 2', 8);
    const reader = await startReading();
    const summary = await world.runner.run({ organization: world.name, asOf: AS_OF, fresh: true });
    expect(summary).toMatchObject({ state: 'published', planNumber: 3 });
    expect((await bases()).map(({ isThere }) => isThere)).toEqual([true, true, true]);
    await reader.query('COMMIT');
    await tidyUp(db.pool, world.organizationId);
    expect((await bases()).map(({ isThere }) => isThere)).toEqual([false, true, true]);
    expect(await audit()).toEqual([]);
  });

  test('does not hold up the end of a run while somebody reads: its base goes the next time', async () => {
    await world.plan();
    const workflow = newWorkflow();
    const run = await open({ fresh: true }, workflow);
    await world.runner.prepare(run);
    const reader = await startReading();
    await endRun(world.runner.dependencies, {
      workflow,
      state: 'cancelled',
      code: 'CANCELLED',
      message: 'The run was cancelled.',
    });
    expect(await endingOf(run.runId)).toEqual({ state: 'cancelled', code: 'CANCELLED' });
    expect((await bases()).map(({ isThere }) => isThere)).toEqual([true, true]);
    await reader.query('COMMIT');
    await world.runner.run({ organization: world.name, asOf: AS_OF });
    expect((await bases()).map(({ isThere }) => isThere)).toEqual([true, false]);
    expect(await audit()).toEqual([]);
  });
});

describe('a suppressed address', () => {
  const BLANKS = '\u00a0\u3000\u2003\ufeff\u2028\t\v';
  const STORED: readonly (readonly [string, string])[] = [
    ['the blanks of Unicode', `${BLANKS}Victor.V@Example.TV${BLANKS}`],
    ['capital letters', 'VICTOR.V@EXAMPLE.TV'],
    ['nothing else', 'victor.v@example.tv'],
  ];
  /** Like it, and not it. */
  const OTHERS = ['ictor.v@example.tv', 'victor.v@example.t', 'victorv@example.tv', 'vvictor.v@example.tvv'];

  const put = async (emails: readonly string[]): Promise<void> => {
    const { contacts, suppressions } = world.input;
    const withEmails = contacts.map((contact): ModelContact => {
      const email = emails[contact.id - 1];
      const dates = { birth_date: '1950-06-10', effective_date: '2012-06-01' };
      return email === undefined ? contact : { ...contact, email, state: 'TX', zip_code: null, ...dates };
    });
    await world.editContacts({ contacts: withEmails, suppressions });
  };
  const suppress = async (address: string): Promise<void> => {
    const { contacts, suppressions } = world.input;
    await world.editContacts({ contacts, suppressions: [...suppressions, { address, scope: 'marketing' }] });
  };
  const rejectedOf = async (runId: number): Promise<number[]> => {
    const { rows } = await db.owner.query<{ id: number }>(
      `SELECT contact_id::integer AS id FROM rejected_contacts
       WHERE run_id = $1 AND reason = 'suppressed' AND contact_id <= $2 ORDER BY 1`,
      [runId, STORED.length + OTHERS.length],
    );
    return rows.map(({ id }) => id);
  };

  test.each(['victor.v@example.tv', 'VICTOR.V@Example.TV', `${BLANKS}Victor.V@EXAMPLE.tv${BLANKS}`])(
    'given as %j is that of contacts stored with blanks or capital letters, and of no other',
    async (address) => {
      await put([...STORED.map(([, email]) => email), ...OTHERS]);
      await suppress(address);
      const { runId } = await world.plan();
      expect(await rejectedOf(runId)).toEqual([1, 2, 3]);
      const { stored } = await one<{ stored: string[] }>(
        'SELECT array_agg(address) AS stored FROM suppressions WHERE organization_id = $1 AND address LIKE $2',
        [world.organizationId, '%victor.v%'],
      );
      expect(stored).toEqual(['victor.v@example.tv']);
    },
  );

  test.each(STORED)('is noticed in mid-run of a contact stored with %s', async (_what, email) => {
    await put([email]);
    const run = await open();
    await world.runner.prepare(run);
    await suppress('VICTOR.V@EXAMPLE.TV');
    await world.runner.finish(run);
    expect(await rejectedOf(run.runId)).toEqual([1]);
    const plan = await readPlan(db.pool, world.organizationId);
    expect(plan.filter((row) => row.contact_id === 1)).toEqual([]);
    expect(await audit()).toEqual([]);
  });
});

describe('rows that are there for good', () => {
  test.each(['the owner', 'the worker'])('contacts are not removed, by %s either', async (who) => {
    const pool = who === 'the owner' ? db.owner : db.pool;
    const code = who === 'the owner' ? 'P0001' : '42501';
    for (const condition of ['id = 1', 'deleted_at IS NOT NULL', 'false']) {
      const removal = pool.query(`DELETE FROM contacts WHERE organization_id = $1 AND ${condition}`, [
        world.organizationId,
      ]);
      await expect(removal).rejects.toMatchObject({ code });
    }
    expect(
      await one('SELECT count(*)::integer AS contacts FROM contacts WHERE organization_id = $1', [
        world.organizationId,
      ]),
    ).toEqual({ contacts: CONTACTS });
  });

  test('of a delivery, the worker records how it ended, and changes nothing else', async () => {
    await world.plan();
    goTo(3);
    const day = (await readPlan(db.pool, world.organizationId)).find(
      (row) => row.status === 'pre-scheduled',
    )!;
    await world.claim(day.scheduled_send_date);
    await db.pool.query(
      `INSERT INTO deliveries (organization_id, schedule_id, channel, attempt, token, status, provider, evidence)
       VALUES ($1, $2, 'email', 1, gen_random_uuid(), 'attempted', 'sandbox', '{"to": "c@example.com"}')`,
      [world.organizationId, day.id],
    );
    for (const assignment of [
      "evidence = '{}'",
      'token = gen_random_uuid()',
      'attempt = 2',
      'attempted_at = now()',
      "provider = 'other'",
      'schedule_id = 1',
      "channel = 'sms'",
    ]) {
      const change = db.pool.query(`UPDATE deliveries SET ${assignment} WHERE organization_id = $1`, [
        world.organizationId,
      ]);
      await expect(change, assignment).rejects.toMatchObject({ code: '42501' });
    }
    await expect(db.pool.query('DELETE FROM deliveries')).rejects.toMatchObject({ code: '42501' });
    const ending = await db.pool.query(
      `UPDATE deliveries SET status = 'accepted', provider_message_id = 'm1', finished_at = now()
       WHERE organization_id = $1`,
      [world.organizationId],
    );
    expect(ending.rowCount).toBe(1);
    expect(
      await one('SELECT evidence, status FROM deliveries WHERE organization_id = $1', [world.organizationId]),
    ).toEqual({ evidence: { to: 'c@example.com' }, status: 'accepted' });
  });
});

describe('contacts that are imported while a run opens', () => {
  const importOne = (): Promise<unknown> =>
    db.owner.query(
      `INSERT INTO contacts (organization_id, id, external_id, email, state, birth_date)
       VALUES ($1, 5000, 'late', 'late@example.com', 'TX', '1950-06-10')`,
      [world.organizationId],
    );
  /** What the run has counted, and how many contacts were there in its snapshot. */
  const countedBy = (runId: number): Promise<{ counted: number; seen: number }> =>
    one(
      `SELECT r.contact_count AS counted, (SELECT count(*)::integer FROM contacts c
         WHERE c.organization_id = r.organization_id AND c.deleted_at IS NULL AND NOT EXISTS (
           SELECT FROM planning_changes p WHERE p.contact_id = c.id AND p.organization_id = c.organization_id
             AND NOT pg_visible_in_snapshot(p.changed_in, r.snapshot))) AS seen
       FROM scheduler_runs r WHERE r.id = $1`,
      [runId],
    );

  async function finishAndAudit(run: OpenedRun): Promise<void> {
    const { counts } = await world.runner.finish(run);
    expect(counts.contacts.read).toBe(CONTACTS + 1);
    const plan = await readPlan(db.pool, world.organizationId);
    expect(plan.filter((row) => row.contact_id === 5000)).not.toEqual([]);
    expect(await audit()).toEqual([]);
  }

  const openBy = (pool: TestDatabase['pool']): Promise<OpenedRun> =>
    new PlanRunner({ ...world.runner.dependencies, pool }).open({ organization: world.name, asOf: AS_OF });

  test('before it takes its snapshot are counted and seen', async () => {
    const run = await openBy(interceptedPool(db.pool, 'INSERT INTO scheduler_runs', importOne));
    expect(run.contacts).toBe(CONTACTS + 1);
    expect(await countedBy(run.runId)).toEqual({ counted: CONTACTS + 1, seen: CONTACTS + 1 });
    await finishAndAudit(run);
  });

  test('after it has taken its snapshot are neither counted nor seen, and planned all the same', async () => {
    await db.owner.query(`
      CREATE FUNCTION pass_opening() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM pg_advisory_xact_lock_shared(hashtext('place'), NEW.organization_id::integer);
        RETURN NEW;
      END $$;
      CREATE TRIGGER opening BEFORE INSERT ON scheduler_runs FOR EACH ROW EXECUTE FUNCTION pass_opening();`);
    const gate = await closeGate(db.owner, 'place', world.organizationId);
    const opening = openBy(db.pool);
    await until('the run at the gate', async () => (await gate.waiting()) === 1);
    await importOne();
    await gate.open();
    const run = await opening;
    await db.owner.query('DROP FUNCTION pass_opening CASCADE');
    expect(run.contacts).toBe(CONTACTS);
    expect(await countedBy(run.runId)).toEqual({ counted: CONTACTS, seen: CONTACTS });
    await finishAndAudit(run);
  });

  test('as it starts over are counted and seen', async () => {
    const first = await open();
    await world.runner.prepare(first);
    await noteChangeOfAll();
    const pool = interceptedPool(db.pool, 'SET rounds = rounds + 1', importOne);
    const result = await new PlanRunner({ ...world.runner.dependencies, pool }).publish(first);
    if (result.outcome !== 'start_over') throw new Error('The run was to start over.');
    expect(result.run.contacts).toBe(CONTACTS + 1);
    expect(await countedBy(first.runId)).toEqual({ counted: CONTACTS + 1, seen: CONTACTS + 1 });
    await finishAndAudit(result.run);
  });
});
