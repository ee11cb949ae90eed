/** Steps that are done twice, runs that end in the middle, books that do not balance, contacts that cannot be planned. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { endRun } from '../../activities/end-run.ts';
import type { OpenedRun, RunSummary } from '../../src/contracts/schedule-run.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import type { TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { buildGates, closeGate, type GatedPhase } from '../support/gates.ts';
import { readPlan, readSchedules } from '../support/model-database.ts';
import { AS_OF, PlainWorlds } from '../support/plain-worlds.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import type { PlanningWorld } from '../support/planning-world.ts';
import { newWorkflow, PlanRunner } from '../support/run-planning.ts';
import { completePhase, stepsOf as stepsBy, type RunStep } from '../support/run-steps.ts';
import { until } from '../support/until.ts';

const CONTACTS = 120;

let db: TestDatabase;
let world: PlanningWorld;
let worlds: PlainWorlds;

beforeAll(async () => {
  worlds = await PlainWorlds.begin('endings');
  ({ db } = worlds);
  await buildGates(db.owner);
});

afterAll(async () => {
  await worlds.end();
});

beforeEach(async () => {
  world = await worlds.create({ seed: 31, contacts: CONTACTS });
});

const open = (): Promise<OpenedRun> =>
  world.runner.open({ organization: world.name, asOf: world.input.asOf, batchSize: 40 });

async function stateOf(runId: number): Promise<Record<string, unknown>> {
  const { rows } = await db.pool.query<Record<string, unknown>>(
    `SELECT state, error->>'code' AS code FROM scheduler_runs WHERE id = $1`,
    [runId],
  );
  return rows[0]!;
}

const stepsOf = (run: OpenedRun): readonly RunStep[] => stepsBy(world.runner, run);
const complete = (run: OpenedRun, phase: GatedPhase): Promise<void> =>
  completePhase(world.runner, run, phase);

describe('every step may be done twice, also at once', () => {
  test.each(['the first plan', 'a plan of what has changed'])('%s comes out the same', async (kind) => {
    if (kind !== 'the first plan') {
      await world.plan();
      const next = addDays(AS_OF, 1);
      world.setDays(next, next);
    }
    const expected = await world.planDry({ batchSize: 40 });
    const run = await open();
    for (const { phase, work } of stepsOf(run)) {
      const gate = await closeGate(db.owner, phase, world.organizationId);
      const attempts = [work(), work()];
      await until(`one attempt at ${phase} at the gate`, async () => (await gate.waiting()) >= 1);
      await gate.open();
      const [first, second] = await Promise.all(attempts);
      const third = await work();
      if (phase === 'publish') expect([second, third]).toEqual([first, first]);
      await complete(run, phase);
    }
    const { rows } = await db.pool.query('SELECT state, plan_checksum FROM scheduler_runs WHERE id = $1', [
      run.runId,
    ]);
    expect(rows).toEqual([{ state: 'published', plan_checksum: expected.checksum }]);
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });
});

describe('a run that is ended while a step is under way', () => {
  const PHASES: readonly GatedPhase[] = ['place', 'shape', 'collect', 'redistribute', 'apply', 'seal'];

  test.each(PHASES)('waits for %s, then leaves nothing of it; what comes later is refused', async (phase) => {
    await world.plan();
    const next = addDays(AS_OF, 3);
    world.setDays(next, next);
    const seen = await readSchedules(db.pool, world.organizationId);
    const workflow = newWorkflow();
    const options = { organization: world.name, asOf: next, batchSize: 40, fresh: phase === 'apply' };
    const run = await world.runner.open(options, workflow);
    const steps = stepsOf(run);
    const position = steps.findIndex((step) => step.phase === phase);
    for (const step of steps.slice(0, position)) {
      await step.work();
      await complete(run, step.phase);
    }
    const gate = await closeGate(db.owner, phase, world.organizationId);
    const working = steps[position]!.work();
    await until('the step at the gate', async () => (await gate.waiting()) === 1);
    const ending = endRun(world.runner.dependencies, {
      workflow,
      state: 'cancelled',
      code: 'CANCELLED',
      message: 'The run was cancelled.',
    });
    await gate.open();
    await Promise.all([working, ending]);
    expect(await stateOf(run.runId)).toEqual({ state: 'cancelled', code: 'CANCELLED' });
    for (const { work } of steps) await expect(work()).rejects.toMatchObject({ code: 'RUN_NOT_RUNNING' });
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    expect(await readSchedules(db.pool, world.organizationId)).toEqual(seen);
    await world.plan({ batchSize: 40 });
  });

  test('keeps the end that it had: a second one, or one of a run that was published, changes nothing', async () => {
    const workflow = newWorkflow();
    const run = await world.runner.open({ organization: world.name, asOf: AS_OF }, workflow);
    const end = (state: 'failed' | 'cancelled'): Promise<void> =>
      endRun(world.runner.dependencies, { workflow, state, code: state.toUpperCase(), message: state });
    await world.runner.finish(run);
    await end('failed');
    expect(await stateOf(run.runId)).toEqual({ state: 'published', code: null });
    await end('cancelled');
    expect(await readPlan(db.pool, world.organizationId)).not.toEqual([]);
  });

  test('of a workflow that never opened a run ends quietly', async () => {
    const ending = endRun(world.runner.dependencies, {
      workflow: newWorkflow(),
      state: 'failed',
      code: 'INVALID_INPUT',
      message: 'Wrong input.',
    });
    await expect(ending).resolves.toBeUndefined();
  });
});

describe('two runs of an organization at once', () => {
  const request = (ifRunning?: 'queue') => ({
    organization: world.name,
    asOf: world.input.asOf,
    ...(ifRunning === undefined ? {} : { ifRunning }),
  });

  test('the second is refused, and names the first', async () => {
    const workflow = newWorkflow();
    const run = await world.runner.open(request(), workflow);
    const refused = world.runner.tryOpen(request(), newWorkflow());
    await expect(refused).rejects.toMatchObject({
      code: 'RUN_ALREADY_GOING',
      message: expect.stringMatching(new RegExp(`Run ${run.runId} .*${workflow.workflowId}`)) as string,
    });
    const { rows } = await db.pool.query('SELECT id FROM scheduler_runs WHERE organization_id = $1', [
      world.organizationId,
    ]);
    expect(rows).toHaveLength(1);
    await world.runner.finish(run);
  });

  test('the second waits, if it was asked to, and then plans from what the first has published', async () => {
    const first = await world.runner.open(request());
    const workflow = newWorkflow();
    for (let asked = 0; asked < 3; asked += 1) {
      expect(await world.runner.tryOpen(request('queue'), workflow)).toEqual({
        outcome: 'queued',
        behindRunId: first.runId,
      });
    }
    const { checksum } = await world.runner.finish(first);
    const second = await world.runner.open(request('queue'), workflow);
    const summary = await world.runner.finish(second);
    expect(summary).toMatchObject({ planNumber: 2, checksum, counts: { changes: { added: 0, changed: 0 } } });
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });

  test('both started in the same moment: one opens, the other is refused', async () => {
    const attempts = await Promise.allSettled(
      [1, 2, 3].map(() => world.runner.tryOpen(request(), newWorkflow())),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('opening again by the same workflow comes to the same run', async () => {
    const workflow = newWorkflow();
    const [first, second] = await Promise.all([
      world.runner.tryOpen(request(), workflow),
      world.runner.tryOpen(request(), workflow),
    ]);
    expect(second).toEqual(first);
  });

  test('runs of two organizations go on side by side', async () => {
    const first = world;
    const other = await worlds.open(first.input);
    const [mine, theirs] = await Promise.all([first.plan({ batchSize: 30 }), other.plan({ batchSize: 50 })]);
    expect(mine.checksum).toBe(theirs.checksum);
  });
});

describe('a run whose workflow is gone', () => {
  test.each(['place', 'collect', 'apply', 'seal'] as const)(
    'after %s is ended as failed, and nothing of it is left',
    async (last) => {
      await world.plan();
      const seen = await readSchedules(db.pool, world.organizationId);
      const abandoned = await world.runner.open({
        organization: world.name,
        asOf: AS_OF,
        fresh: true,
        batchSize: 40,
      });
      for (const { phase, work } of stepsOf(abandoned)) {
        await work();
        await complete(abandoned, phase);
        if (phase === last) break;
      }
      const { dependencies } = world.runner;
      const runner = new PlanRunner({ ...dependencies, isWorkflowOpen: () => Promise.resolve(false) });
      const summary = await runner.run({ organization: world.name, asOf: AS_OF });
      expect(summary).toMatchObject({ state: 'published', planNumber: 2 });
      expect(await stateOf(abandoned.runId)).toEqual({ state: 'failed', code: 'RUN_ABANDONED' });
      expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
      expect(await readSchedules(db.pool, world.organizationId)).toEqual(seen);
    },
  );
});

describe('books that do not balance: the run fails and publishes nothing', () => {
  async function publishTampered(tamper: (run: OpenedRun) => Promise<unknown>): Promise<void> {
    await world.plan();
    const { contacts, suppressions } = world.input;
    const edited = contacts.map((contact) =>
      contact.id % 3 === 0 ? { ...contact, birth_date: '1949-09-09' } : contact,
    );
    await world.editContacts({ contacts: edited, suppressions });
    const run = await open();
    const publishing = world.runner.finish(run, { before: { seal: () => tamper(run) } });
    await expect(publishing).rejects.toMatchObject({ code: 'RUN_OUT_OF_BALANCE' });
    const { rows } = await db.pool.query(
      'SELECT max(number) AS number FROM plans WHERE organization_id = $1',
      [world.organizationId],
    );
    expect(rows).toEqual([{ number: 1 }]);
    expect(await stateOf(run.runId)).toMatchObject({ state: 'running' });
  }

  test('the books of a batch are gone', async () => {
    await publishTampered(({ runId }) =>
      db.owner.query("DELETE FROM scheduler_shares WHERE run_id = $1 AND kind = 'books' AND batch = 1", [
        runId,
      ]),
    );
  });

  test('the books of a batch are there twice', async () => {
    await publishTampered(({ runId }) =>
      db.owner.query(
        `INSERT INTO scheduler_shares (run_id, kind, batch, data)
         SELECT run_id, kind, 99, data FROM scheduler_shares WHERE run_id = $1 AND kind = 'books' AND batch = 0`,
        [runId],
      ),
    );
  });

  test('a contact that nobody has planned', async () => {
    await publishTampered(async () => {
      const client = await db.owner.connect();
      try {
        await client.query('SET session_replication_role = replica');
        await client.query(
          "INSERT INTO contacts (organization_id, id, external_id, email) VALUES ($1, 5000, 'ghost', 'ghost@example.com')",
          [world.organizationId],
        );
        await client.query('RESET session_replication_role');
      } finally {
        client.release();
      }
    });
  });

  test('a row that the run was to close and that is closed already', async () => {
    await publishTampered(({ runId }) =>
      db.owner.query(
        `UPDATE plan_rows r SET ended_in = pg_current_xact_id() FROM (
           SELECT row_id FROM plan_closings WHERE run_id = $1 LIMIT 1) c
         WHERE r.id = c.row_id AND r.organization_id = $2`,
        [runId, world.organizationId],
      ),
    );
  });

  test('a row of the new plan that has got lost', async () => {
    await publishTampered(({ runId }) =>
      db.owner.query(
        `DELETE FROM plan_rows WHERE organization_id = $2 AND segment_run_id = $1
           AND id = (SELECT min(id) FROM plan_rows WHERE segment_run_id = $1)`,
        [runId, world.organizationId],
      ),
    );
  });
});

describe('a contact whose planning fails', () => {
  /** A hash that fails for one contact, once it is told to. */
  async function failingRunner(contactId: number, now: () => number): Promise<PlanRunner> {
    const hash = await loadHash32();
    return new PlanRunner({
      ...world.runner.dependencies,
      now,
      hash: (text, seed) => {
        if (text.startsWith(`${contactId}:`)) throw new TypeError('no hash today');
        return hash(text, seed);
      },
    });
  }

  async function planWithFailing(dates: {
    birth_date: string | null;
    effective_date: string | null;
  }): Promise<RunSummary> {
    const { contacts, suppressions } = world.input;
    const place = { state: 'TX', zip_code: null };
    const crowd = contacts.map((contact) => {
      if (contact.id === 50) return { id: 50, email: 'odd@example.com', ...place, ...dates };
      if (contact.id > 40) return contact;
      return { ...contact, email: `c${contact.id}@example.com`, ...place, effective_date: '2012-06-01' };
    });
    await world.editContacts({ contacts: crowd, suppressions });
    const runner = await failingRunner(50, world.runner.dependencies.now);
    const summary = await runner.run({ organization: world.name, asOf: AS_OF, batchSize: 40 });
    expect(summary.counts.contacts.planned).toBeGreaterThan(80);
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    return summary;
  }

  test('in redistribution only is not moved, and stops nobody', async () => {
    const { counts } = await planWithFailing({ birth_date: null, effective_date: null });
    expect(counts.moves.redistributed).toBeGreaterThan(0);
    const plan = await readPlan(db.pool, world.organizationId);
    const ofOdd = plan.filter((row) => row.contact_id === 50);
    expect(ofOdd.map((row) => row.scheduled_send_date)).toEqual(['2027-09-15']);
  });

  test.each([
    ['in placing: a mail to be caught up', { birth_date: '1950-03-12', effective_date: null }],
    ['in smoothing: a mail on a crowded day', { birth_date: null, effective_date: '2010-06-01' }],
    [
      'in the limit: three mails within two weeks',
      { birth_date: '1950-09-25', effective_date: '2010-10-15' },
    ],
  ])('%s is rejected, and nobody else', async (_where, dates) => {
    const { runId, counts } = await planWithFailing(dates);
    const { rows } = await db.pool.query(
      "SELECT contact_id::integer AS contact_id, code FROM rejected_contacts WHERE run_id = $1 AND reason = 'internal_error'",
      [runId],
    );
    expect(rows).toEqual([
      { contact_id: 50, code: expect.stringMatching(/^TypeError at [\w.-]+\.ts:\d+$/) as string },
    ]);
    expect(counts.rejected.internal_error).toBe(1);
    const plan = await readPlan(db.pool, world.organizationId);
    expect(plan.filter((row) => row.contact_id === 50)).toEqual([]);
  });

  test('keeps its rows, on the base or on a new one, until it can be planned again', async () => {
    const { contacts, suppressions } = world.input;
    const odd = {
      id: 50,
      email: 'odd@example.com',
      state: 'TX',
      zip_code: null,
      birth_date: '1950-03-25',
      effective_date: '2010-06-01',
    };
    const edited = contacts.map((contact) => (contact.id === 50 ? odd : contact));
    await world.editContacts({ contacts: edited, suppressions });
    await world.plan();
    const rowsOfOdd = async (): Promise<unknown[]> =>
      (await readPlan(db.pool, world.organizationId))
        .filter((row) => row.contact_id === 50)
        .map((row) => ({ ...row, over_cap: false }));
    const before = await rowsOfOdd();
    expect(before.length).toBeGreaterThan(1);
    // Its birthday mail is overdue: catching up needs the hash.
    const later = '2027-03-15';
    world.setDays(later, later);
    const runner = await failingRunner(50, world.runner.dependencies.now);
    for (const fresh of [false, true, false]) {
      const { counts } = await runner.run({ organization: world.name, asOf: later, fresh });
      expect(counts.rejected.internal_error).toBe(1);
      expect(await rowsOfOdd()).toEqual(before);
    }
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
    await world.runner.run({ organization: world.name, asOf: later });
    expect(await rowsOfOdd()).not.toEqual(before);
  });

  test('and is edited in mid-run: struck out of the books with all its rows', async () => {
    const { contacts, suppressions } = world.input;
    const odd = {
      id: 50,
      email: 'odd@example.com',
      state: 'TX',
      zip_code: null,
      birth_date: '1950-03-25',
      effective_date: null,
    };
    await world.editContacts({ contacts: contacts.map((one) => (one.id === 50 ? odd : one)), suppressions });
    await world.plan();
    const later = '2027-03-15';
    world.setDays(later, later);
    const runner = await failingRunner(50, world.runner.dependencies.now);
    await runner.run({
      organization: world.name,
      asOf: later,
      before: {
        publish: () =>
          db.owner.query(
            "UPDATE contacts SET email = 'odder@example.com' WHERE organization_id = $1 AND id = 50",
            [world.organizationId],
          ),
      },
    });
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });
});
