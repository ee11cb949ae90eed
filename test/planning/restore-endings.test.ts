/** Restores that are refused, disturbed, done twice or ended in the middle; and what else happens while one goes on. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endRun } from '../../activities/end-run.ts';
import { tidyUp } from '../../activities/tidy-up.ts';
import { migrate } from '../../src/db/migrate.ts';
import type { TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { buildGates, closeGate, type GatedPhase } from '../support/gates.ts';
import { readPlan, readSchedules } from '../support/model-database.ts';
import { AS_OF, PlainWorlds } from '../support/plain-worlds.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import type { PlanningWorld } from '../support/planning-world.ts';
import { planAndKeep, restore, type KeptPlan } from '../support/restoring.ts';
import { newWorkflow, PlanRunner, type RunOptions } from '../support/run-planning.ts';
import { completePhase, stepsOf } from '../support/run-steps.ts';
import { until } from '../support/until.ts';

const CONTACTS = 120;
const BATCH_SIZE = 40;

let db: TestDatabase;
let world: PlanningWorld;
let first: KeptPlan;
let worlds: PlainWorlds;

beforeAll(async () => {
  worlds = await PlainWorlds.begin('restore-endings');
  ({ db } = worlds);
  await buildGates(db.owner);
});

afterAll(async () => {
  await worlds.end();
});

/** Two plans; contacts have changed between them, and mails of the first day were sent. */
beforeEach(async () => {
  world = await worlds.create({ seed: 31, contacts: CONTACTS });
  first = await planAndKeep(world);
  await change((id) => id % 10 === 3, { birth_date: '1953-06-13' });
  await world.dispatchAll(AS_OF);
  const next = addDays(AS_OF, 1);
  world.setDays(next, next);
  await world.plan({ fresh: true });
});

async function change(isChanged: (id: number) => boolean, values: object): Promise<number[]> {
  const { contacts, suppressions } = world.input;
  const ids = contacts.map(({ id }) => id).filter(isChanged);
  const edited = contacts.map((one) => (ids.includes(one.id) ? { ...one, ...values } : one));
  await world.editContacts({ contacts: edited, suppressions });
  return ids;
}

function request(more: Partial<RunOptions> = {}): RunOptions {
  return {
    ...{ organization: world.name, asOf: world.input.asOf, restore: first.number, batchSize: BATCH_SIZE },
    ...more,
  };
}

async function stateOf(runId: number): Promise<Record<string, unknown>> {
  const { rows } = await db.pool.query<Record<string, unknown>>(
    `SELECT state, kind, restored_plan_number, error->>'code' AS code FROM scheduler_runs WHERE id = $1`,
    [runId],
  );
  return rows[0]!;
}

async function auditLog(): Promise<unknown[]> {
  const { rows } = await db.pool.query<Record<string, unknown>>(
    `SELECT actor, entity, entity_id, action, new FROM audit_log
     WHERE organization_id = $1 AND action = 'restore' ORDER BY id`,
    [world.organizationId],
  );
  return rows;
}

/** As if the plans of now had been published, and everything covered, so many hours ago. */
async function makeOlder(hours: number): Promise<void> {
  for (const statement of [
    'UPDATE plans SET published_at = published_at - make_interval(hours => $2) WHERE organization_id = $1',
    'UPDATE covered_changes SET covered_at = covered_at - make_interval(hours => $2) WHERE organization_id = $1',
  ]) {
    await db.owner.query(statement, [world.organizationId, hours]);
  }
}

describe('is refused', () => {
  test.each([
    ['a plan that there never was', { restore: 99 }, 'UNKNOWN_PLAN', 'There is no plan "99"'],
    [
      'the plan in force',
      { restore: 2 },
      'INVALID_INPUT',
      'Plan 2 of .* is in force: there is nothing to put',
    ],
    ['drawn anew at once', { fresh: true }, 'INVALID_INPUT', 'fresh is true together with restore'],
    ['a day in the past', { asOf: AS_OF }, 'INVALID_INPUT', 'asOf is 2027-03-01'],
  ])('%s', async (_what, more, code, message) => {
    const { rows: before } = await db.pool.query('SELECT count(*) FROM scheduler_runs');
    await expect(world.runner.tryOpen(request(more), newWorkflow())).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message) as string,
    });
    expect((await db.pool.query('SELECT count(*) FROM scheduler_runs')).rows).toEqual(before);
    expect(await auditLog()).toEqual([]);
  });

  test('a plan whose rows are gone, or that was replaced more than seven days ago', async () => {
    await makeOlder(8 * 24);
    const refused = { code: 'PLAN_GONE', message: expect.stringContaining('no longer kept') as string };
    await expect(world.runner.open(request())).rejects.toMatchObject(refused);
    await tidyUp(db.pool, world.organizationId);
    await expect(world.runner.open(request())).rejects.toMatchObject(refused);
  });

  test('while another run is going on; or it waits for its turn, if it was asked to', async () => {
    const running = await world.runner.open({ organization: world.name, asOf: world.input.asOf });
    await expect(world.runner.tryOpen(request(), newWorkflow())).rejects.toMatchObject({
      code: 'RUN_ALREADY_GOING',
    });
    const workflow = newWorkflow();
    // What is in force now is an earlier plan by then.
    const waiting = request({ restore: 2, ifRunning: 'queue' });
    expect(await world.runner.tryOpen(waiting, workflow)).toMatchObject({ outcome: 'queued' });
    await world.runner.finish(running);
    const run = await world.runner.open(waiting, workflow);
    expect(await world.runner.finish(run)).toMatchObject({ planNumber: 4, restoredPlan: 2 });
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });
});

describe('the audit log', () => {
  test('has who put which plan back, once, however often the run was opened; of a dry run nothing', async () => {
    const requestedBy = 'cli:operator';
    await world.runner.run(request({ requestedBy, dryRun: true }));
    expect(await auditLog()).toEqual([]);
    const workflow = newWorkflow();
    await world.runner.tryOpen(request({ requestedBy }), workflow);
    const run = await world.runner.open(request({ requestedBy }), workflow);
    await world.runner.finish(run);
    const entry = {
      entity: 'plan',
      entity_id: '1',
      action: 'restore',
      new: JSON.stringify({ run: run.runId }),
    };
    expect(await auditLog()).toEqual([{ actor: requestedBy, ...entry }]);
  });

  test('names the workflow where nobody said who it was', async () => {
    const workflow = newWorkflow();
    await world.runner.open(request(), workflow);
    expect(await auditLog()).toMatchObject([{ actor: `workflow:${workflow.workflowId}` }]);
  });
});

describe('every step may be done twice, also at once', () => {
  test('comes out the same', async () => {
    const expected = await world.runner.run(request({ dryRun: true }));
    const run = await world.runner.open(request());
    for (const { phase, work } of stepsOf(world.runner, run)) {
      const gate = await closeGate(db.owner, phase, world.organizationId);
      const attempts = [work(), work()];
      await until(`one attempt at ${phase} at the gate`, async () => (await gate.waiting()) >= 1);
      await gate.open();
      const [one, other] = await Promise.all(attempts);
      if (phase === 'publish') expect([other, await work()]).toEqual([one, one]);
      await completePhase(world.runner, run, phase);
    }
    const { rows } = await db.pool.query('SELECT state, plan_checksum FROM scheduler_runs WHERE id = $1', [
      run.runId,
    ]);
    expect(rows).toEqual([{ state: 'published', plan_checksum: expected.checksum }]);
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });
});

describe('a restore that is ended while a step is under way', () => {
  const PHASES: readonly GatedPhase[] = ['place', 'shape', 'collect', 'redistribute', 'apply', 'seal'];

  test.each(PHASES)('in %s leaves nothing behind, and can be asked for again', async (phase) => {
    const seen = await readSchedules(db.pool, world.organizationId);
    const workflow = newWorkflow();
    const run = await world.runner.open(request(), workflow);
    const steps = stepsOf(world.runner, run);
    const position = steps.findIndex((step) => step.phase === phase);
    for (const step of steps.slice(0, position)) {
      await step.work();
      await completePhase(world.runner, run, step.phase);
    }
    const gate = await closeGate(db.owner, phase, world.organizationId);
    const working = steps[position]!.work();
    await until('the step at the gate', async () => (await gate.waiting()) === 1);
    const ending = endRun(world.runner.dependencies, {
      ...{ workflow, state: 'cancelled', code: 'CANCELLED', message: 'The run was cancelled.' },
    });
    await gate.open();
    await Promise.all([working, ending]);
    for (const { work } of steps) await expect(work()).rejects.toMatchObject({ code: 'RUN_NOT_RUNNING' });
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    expect(await readSchedules(db.pool, world.organizationId)).toEqual(seen);
    await restore(world, first, { batchSize: BATCH_SIZE });
  });
});

describe('a restore whose workflow is gone', () => {
  test.each(['place', 'collect', 'redistribute', 'apply', 'seal'] as const)(
    'after %s is taken over by the next run, a restore or not',
    async (last) => {
      const abandoned = await world.runner.open(request());
      for (const { phase, work } of stepsOf(world.runner, abandoned)) {
        await work();
        await completePhase(world.runner, abandoned, phase);
        if (phase === last) break;
      }
      const { dependencies } = world.runner;
      const runner = new PlanRunner({ ...dependencies, isWorkflowOpen: () => Promise.resolve(false) });
      const expected = { state: 'failed', kind: 'restore', restored_plan_number: 1, code: 'RUN_ABANDONED' };
      if (last === 'apply') {
        await runner.run({ organization: world.name, asOf: world.input.asOf });
        expect(await stateOf(abandoned.runId)).toEqual(expected);
        world.input = { ...world.input, planInForce: await readPlan(db.pool, world.organizationId) };
      } else {
        expect(await runner.run(request({ dryRun: true }))).toMatchObject({ state: 'dry_run' });
        expect(await stateOf(abandoned.runId)).toEqual(expected);
      }
      await restore(world, first);
    },
  );
});

test('the rows that are put back stay as long as the run goes on, however old the plan becomes', async () => {
  const { checksum } = await world.runner.run(request({ dryRun: true }));
  const run = await world.runner.open(request());
  await makeOlder(7 * 24 + 12);
  await world.runner.prepare(run, {
    before: { apply: () => tidyUp(db.pool, world.organizationId) },
  });
  await tidyUp(db.pool, world.organizationId);
  const result = await world.runner.publish(run);
  expect(result).toMatchObject({ outcome: 'ended', summary: { planNumber: 3, checksum } });
  expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  await expect(world.runner.open(request())).rejects.toMatchObject({ code: 'PLAN_GONE' });
});

describe('in mid-run', () => {
  const MOMENTS = ['shape', 'redistribute', 'apply', 'seal', 'publish'] as const;

  test.each(MOMENTS)(
    'contacts that change before %s are planned again over the rows put back',
    async (moment) => {
      let changedIds: number[] = [];
      const edit = async (): Promise<void> => {
        changedIds = await change((id) => id % 20 === 7 || id % 20 === 3, {
          state: 'CA',
          zip_code: null,
          birth_date: '1951-04-20',
        });
      };
      await restore(world, first, {
        ...{
          batchSize: BATCH_SIZE,
          shuffleSeed: 4,
          before: { [moment]: edit },
          changedIds: () => changedIds,
        },
      });
      expect(changedIds.length).toBeGreaterThan(0);
    },
  );

  test('contacts that are deleted and added are planned as they are then', async () => {
    const { contacts, suppressions } = world.input;
    const added = { email: 'new@example.com', zip_code: '75201', state: null, effective_date: null };
    const edited = [
      ...contacts.filter(({ id }) => id !== 8 && id !== 13),
      { ...added, id: 9_000, birth_date: '1951-05-20' },
    ];
    await restore(world, first, {
      batchSize: BATCH_SIZE,
      before: { publish: () => world.editContacts({ contacts: edited, suppressions }) },
      changedIds: () => [8, 13, 9_000],
    });
  });

  test.each(['place', 'apply', 'publish'] as const)(
    'mails that are claimed before %s are the ledger’s, and in no plan',
    async (moment) => {
      const { today } = world.input;
      await restore(world, first, {
        batchSize: BATCH_SIZE,
        before: { [moment]: () => world.claim(today) },
        changedIds: () =>
          world.input.ledger.filter((row) => row.scheduled_send_date === today).map((row) => row.contact_id),
      });
      const claimed = world.input.ledger.filter((row) => row.scheduled_send_date === today);
      expect(claimed.length).toBeGreaterThan(0);
    },
  );

  test('so much changes that it starts over: still the same plan is put back', async () => {
    let isDone = false;
    await restore(world, first, {
      batchSize: BATCH_SIZE,
      before: {
        publish: async () => {
          if (isDone) return;
          isDone = true;
          await db.owner.query("INSERT INTO planning_changes (organization_id, cause) VALUES ($1, 'test')", [
            world.organizationId,
          ]);
        },
      },
      plannedAgain: world.input.contacts.map(({ id }) => id),
    });
    const { rows } = await db.pool.query(
      `SELECT rounds, restored_plan_number FROM scheduler_runs WHERE organization_id = $1 AND kind = 'restore'`,
      [world.organizationId],
    );
    expect(rows).toEqual([{ rounds: 2, restored_plan_number: 1 }]);
  });
});

test('in a database that was restored into another server, contacts with a history are planned again', async () => {
  const changedIds = await change((id) => id % 10 === 5, { state: 'NY', zip_code: null });
  await world.plan();
  await db.owner.query('UPDATE server_identity SET system_identifier = 42');
  await migrate(db.databaseUrl, () => undefined);
  const { touchedIds } = await restore(world, first);
  expect(touchedIds).toEqual(expect.arrayContaining(changedIds));
});
