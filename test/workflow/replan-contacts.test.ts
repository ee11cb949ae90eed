/** `replanContacts` on a real Temporal and a worker of its own: enrolment, bad input, workers that die, the sweep. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Pool } from 'pg';
import { ApplicationFailure } from '@temporalio/common';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { enrollContact, type Enrolment } from '../../src/client/enroll.ts';
import { planChanges } from '../../src/client/plan-changes.ts';
import { replanContacts } from '../../src/client/replan-contacts.ts';
import type { ReplanSummary } from '../../src/contracts/replan-contacts.ts';
import type { RunSummary } from '../../src/contracts/schedule-run.ts';
import { runCommand, runForJson, type CommandPlace } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { buildGates, closeGate as close, type ClosedGate } from '../support/gates.ts';
import { insertContacts } from '../support/insert-contacts.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { temporalCli, type TemporalCli } from '../support/temporal-cli.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const CONTACTS = 300;
/** More than one replan takes. */
const MANY = 1_200;
const AS_OF = '2026-11-23';
const TRIGGER = '2027-02-10';
const DAY_SECONDS = 86_400;

/** Its own, so that its worker takes no work of another file's. */
const namespace = `replan-test-${randomBytes(4).toString('hex')}`;
const temporalAddress = process.env.TEMPORAL_ADDRESS ?? '';
const gates: ClosedGate[] = [];
const cleanUps: (() => Promise<unknown>)[] = [];
let database: TestDatabase;
let owner: Pool;
let client: Client;
let cli: TemporalCli;
let place: CommandPlace;
let worker: WorkerProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  cleanUps.push(() => database.drop());
  ({ owner } = database);
  await buildGates(owner);
  const connection = await Connection.connect({ address: temporalAddress });
  cleanUps.push(() => connection.close());
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: DAY_SECONDS as unknown as Long },
  });
  client = new Client({ connection, namespace });
  cli = await temporalCli(temporalAddress, namespace);
  place = { databaseUrl: database.databaseUrl, temporalAddress, namespace };
  worker = await startWorker();
});

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

/** A test that fails must not hold up the others. */
afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.open();
  if (worker.hasEnded()) worker = await startWorker();
});

async function startWorker(): Promise<WorkerProcess> {
  const started = await startWorkerProcess(place);
  cleanUps.push(() => started.kill());
  return started;
}

async function closeGate(
  gate: Parameters<typeof close>[1],
  { organizationId }: Planned,
): Promise<ClosedGate> {
  const closed = await close(owner, gate, organizationId);
  gates.push(closed);
  return closed;
}

interface Planned {
  readonly name: string;
  readonly organizationId: number;
}

/** An organization with a published plan and an active campaign named `spring`. */
async function planned(name: string, contacts = CONTACTS): Promise<Planned> {
  const organizationId = await insertContacts(owner, name, contacts);
  await owner.query(
    `INSERT INTO campaign_instances (organization_id, campaign_type_id, name, status)
     SELECT $1, id, 'spring', 'active' FROM campaign_types WHERE organization_id = $1 AND name = 'seasonal_promo'`,
    [organizationId],
  );
  await run(name, { asOf: AS_OF });
  return { name, organizationId };
}

function startRun(organization: string, more: object = {}): Promise<WorkflowHandle> {
  return client.workflow.start('scheduleRun', {
    taskQueue: 'email-scheduler',
    workflowId: `plan-${organization}-${randomBytes(4).toString('hex')}`,
    args: [{ organization, ...more }],
  });
}

async function run(organization: string, more: object = {}): Promise<RunSummary> {
  return (await startRun(organization, more)).result() as Promise<RunSummary>;
}

function enroll({ name }: Planned, contact: string, triggerDate = TRIGGER): Promise<Enrolment> {
  return enrollContact(database.pool, client, {
    ...{ organization: name, instance: 'spring', contact, triggerDate, actor: 'the test' },
  });
}

/** What readers see of the contact, without what a run may still give back. */
async function mailsOf({ organizationId }: Planned, contactId: number): Promise<string[]> {
  const { rows } = await owner.query<{ mail: string }>(
    `SELECT concat_ws(' ', email_type, event_date, scheduled_send_date, status) AS mail FROM email_schedules
     WHERE organization_id = $1 AND contact_id = $2 ORDER BY 1`,
    [organizationId, contactId],
  );
  return rows.map(({ mail }) => mail);
}

/** How many replans are on record, without those that a sweep has started: of them there may be one too many. */
async function replansOf({ organizationId }: Planned): Promise<number> {
  const { rows } = await owner.query<{ replans: number }>(
    `SELECT count(*)::integer AS replans FROM scheduler_runs
     WHERE organization_id = $1 AND kind = 'replan' AND workflow_id NOT LIKE '%-swept'`,
    [organizationId],
  );
  return rows[0]!.replans;
}

async function pendingOf({ organizationId }: Planned): Promise<number> {
  const { rows } = await owner.query<{ pending: number }>(
    'SELECT count(*)::integer AS pending FROM planning_changes WHERE organization_id = $1',
    [organizationId],
  );
  return rows[0]!.pending;
}

/** As if it had been made so long ago. */
async function grownOld({ organizationId }: Planned): Promise<void> {
  await owner.query(
    `UPDATE planning_changes SET changed_at = changed_at - interval '10 seconds' WHERE organization_id = $1`,
    [organizationId],
  );
}

/** All is well, and a run from here has nothing left to change. */
async function expectInOrder({ name, organizationId }: Planned): Promise<void> {
  expect(await auditOrganization(owner, organizationId)).toEqual([]);
  const { counts } = await run(name);
  expect(counts.changes).toMatchObject({ added: 0, changed: 0, removed: 0, missed: 0 });
  expect(await auditOrganization(owner, organizationId)).toEqual([]);
}

describe('an enrolment', () => {
  test('by the function returns when the mail is in force, with its rows', async () => {
    const organization = await planned('enrolled');
    const enrolment = await enroll(organization, 'external:c10');
    expect(enrolment.planning).toMatchObject({
      outcome: 'replanned',
      replan: { planNumber: 1, contacts: 1, changes: { added: 1, removed: 0 } },
    });
    expect(enrolment.rows[0]).toMatchObject({
      ...{ emailType: 'campaign_seasonal_promo', campaign: 'spring', isOfInstance: true },
      ...{ eventDate: TRIGGER },
    });
    const mails = await mailsOf(organization, 10);
    expect(enrolment.rows).toHaveLength(mails.length);
    expect(mails.filter((mail) => mail.startsWith('campaign_seasonal_promo'))).toHaveLength(1);
    expect(await pendingOf(organization)).toBe(0);
    await expectInOrder(organization);
  });

  test('by the command says what goes out when, and it is in force by then', async () => {
    const organization = await planned('enrolled-by-command');
    const command = [
      ...['campaigns', 'enroll', '--organization', organization.name, '--instance', 'spring'],
      ...['--contact', 'external:c11', '--trigger-date', TRIGGER],
    ];
    const enrolment = (await runForJson(place, ...command)) as Enrolment;
    expect(enrolment.planning.outcome).toBe('replanned');
    const mail = `campaign_seasonal_promo ${TRIGGER} ${enrolment.rows[0]!.scheduledSendDate} ${enrolment.rows[0]!.status}`;
    expect(await mailsOf(organization, 11)).toContain(mail);

    const again = await runCommand(place, ...command);
    expect(again.code).not.toBe(0);
    expect(again.stderr).toContain(TRIGGER);
    expect(await replansOf(organization)).toBe(1);
    await expectInOrder(organization);
  });

  test('of many at once: each has its mail, and each is planned', async () => {
    const organization = await planned('enrolled-at-once');
    const ids = Array.from({ length: 20 }, (_, index) => index + 101);
    const enrolments = await Promise.all(ids.map((id) => enroll(organization, `external:c${id}`)));
    for (const [index, { planning, contact, rejection, rows }] of enrolments.entries()) {
      expect(contact.id).toBe(ids[index]);
      expect(planning.outcome).toBe('replanned');
      expect(rows.some(({ isOfInstance }) => isOfInstance)).toBe(rejection === null);
    }
    expect(await replansOf(organization)).toBe(ids.length);
    await expectInOrder(organization);
  });

  test('while a run is going on does not wait for it; what the run publishes has it', async () => {
    const organization = await planned('enrolled-in-run');
    const gate = await closeGate('apply', organization);
    const running = await startRun(organization.name, { fresh: true });
    await until('the run is at the gate', async () => (await gate.waiting()) > 0);
    const { planning, rows } = await enroll(organization, 'external:c12');
    expect(planning).toMatchObject({ outcome: 'replanned', replan: { planNumber: 1 } });
    expect(rows[0]).toMatchObject({ isOfInstance: true });
    await gate.open();
    expect(await running.result()).toMatchObject({ state: 'published', planNumber: 2 });
    expect((await mailsOf(organization, 12)).join()).toContain(`campaign_seasonal_promo ${TRIGGER}`);
    expect(await pendingOf(organization)).toBe(0);
    await expectInOrder(organization);
  });

  test('while a run publishes waits for that, and is then in the new plan', async () => {
    const organization = await planned('enrolled-in-publication');
    const gate = await closeGate('publish', organization);
    const running = await startRun(organization.name);
    await until('the run is at the gate', async () => (await gate.waiting()) > 0);
    const enrolling = enroll(organization, 'external:c13');
    await until('the replan waits', async () => {
      const { rows } = await owner.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
           AND query LIKE '%FROM organizations%'`,
      );
      return rows.length > 0;
    });
    await gate.open();
    const [{ planNumber }, { planning }] = await Promise.all([
      running.result() as Promise<RunSummary>,
      enrolling,
    ]);
    expect(planNumber).toBe(2);
    expect(planning).toMatchObject({ outcome: 'replanned', replan: { planNumber: 2 } });
    expect((await mailsOf(organization, 13)).join()).toContain(`campaign_seasonal_promo ${TRIGGER}`);
    await expectInOrder(organization);
  });
});

describe('a workflow that is started by hand', () => {
  let started = 0;

  /** As Temporal's own command line starts it, and what a person then reads in Temporal Web. */
  async function failureOf(input: string | null): Promise<ApplicationFailure> {
    started += 1;
    const workflowId = `by-hand-${started}`;
    await cli(
      ...['workflow', 'start', '--type', 'replanContacts', '--task-queue', 'email-scheduler'],
      ...['--workflow-id', workflowId, ...(input === null ? [] : ['--input', input])],
    );
    const error: unknown = await client.workflow
      .getHandle(workflowId)
      .result()
      .catch((rejection: unknown) => rejection);
    expect(error).toBeInstanceOf(WorkflowFailedError);
    const { cause } = error as WorkflowFailedError;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    return cause as ApplicationFailure;
  }

  const IDS = 'a list of 1 to 1000 contact ids';
  const ID = 'a contact’s id, a whole number';
  const named = (contactIds: unknown): string => JSON.stringify({ organization: 'by-hand', contactIds });

  beforeAll(async () => {
    await insertContacts(owner, 'by-hand', 10);
    await run('by-hand', { asOf: AS_OF });
  });

  test.each([
    ['without input', null, 'it is missing, allowed: an object'],
    ['with null', 'null', 'it is null, allowed: an object'],
    ['with a text', '"by-hand"', 'it is "by-hand", allowed: an object'],
    [
      'without an organization',
      '{"contactIds":[1]}',
      'organization is missing, allowed: the name of an organization',
    ],
    [
      'with an organization that is a number',
      '{"organization":7,"contactIds":[1]}',
      'organization is 7, allowed: the name',
    ],
    [
      'with an empty organization',
      '{"organization":"","contactIds":[1]}',
      'organization is "", allowed: the name',
    ],
    ['without contacts', '{"organization":"by-hand"}', `contactIds is missing, allowed: ${IDS}`],
    ['with no contact in the list', named([]), `contactIds is [], allowed: ${IDS}`],
    ['with a single number', named(7), `contactIds is 7, allowed: ${IDS}`],
    ['with the id 0', named([1, 0]), `contactIds.1 is 0, allowed: ${ID}`],
    ['with half a contact', named([1.5]), `contactIds.0 is 1.5, allowed: ${ID}`],
    ['with an id in words', named(['c1']), `contactIds.0 is "c1", allowed: ${ID}`],
    ['with too many', named(Array.from({ length: 1_001 }, (_, id) => id + 1)), `allowed: ${IDS}`],
    [
      'with an unknown field',
      '{"organization":"by-hand","contactIds":[1],"asOf":"2026-11-23"}',
      'unknown field "asOf", allowed: organization, contactIds',
    ],
    ['with several mistakes', '{"organization":7,"contactIds":[0]}', 'contactIds.0 is 0'],
  ])('%s fails at once, and says what is allowed', async (_what, input, sentence) => {
    const failure = await failureOf(input);
    expect(failure.message).toContain('The input of replanContacts is not allowed');
    expect(failure.message).toContain(sentence);
    expect(failure).toMatchObject({ type: 'INVALID_INPUT', nonRetryable: true });
  });

  test('for an organization that there is not fails at once, and names it', async () => {
    expect(await failureOf('{"organization":"nobody","contactIds":[1]}')).toMatchObject({
      ...{ type: 'UNKNOWN_ORGANIZATION', nonRetryable: true },
      details: [{ place: 'organization', value: 'nobody' }],
    });
  });

  test('for a contact that the organization does not have fails at once, names it, and plans none', async () => {
    expect(await failureOf(named([1, 4711]))).toMatchObject({
      ...{ type: 'UNKNOWN_CONTACT', nonRetryable: true },
      details: [{ place: 'contactIds', value: '4711' }],
    });
    const { rows } = await owner.query(
      `SELECT FROM scheduler_runs WHERE kind = 'replan' AND workflow_id LIKE 'by-hand-%'`,
    );
    expect(rows).toEqual([]);
  });

  test('with all that is needed plans the contacts', async () => {
    await cli(
      ...['workflow', 'start', '--type', 'replanContacts', '--task-queue', 'email-scheduler'],
      ...['--workflow-id', 'by-hand-well', '--input', named([3, 1, 3])],
    );
    expect(await client.workflow.getHandle('by-hand-well').result()).toMatchObject({
      planNumber: 1,
      contacts: 2,
    });
  });
});

describe('a worker that is killed with -9', () => {
  test('in the middle of a replan and started again does it once', async () => {
    const organization = await planned('killed');
    const gate = await closeGate('replan', organization);
    const enrolling = enroll(organization, 'external:c14');
    await until('the replan is at the gate', async () => (await gate.waiting()) === 1);
    await worker.kill();
    await gate.open();
    expect(await mailsOf(organization, 14)).toEqual(
      (await mailsOf(organization, 14)).filter((mail) => !mail.startsWith('campaign_')),
    );
    worker = await startWorker();
    expect((await enrolling).planning).toMatchObject({
      outcome: 'replanned',
      replan: { changes: { added: 1 } },
    });
    expect(await replansOf(organization)).toBe(1);
    await expectInOrder(organization);
  });

  test('again and again, at any moment, while contacts are enrolled: each is planned once', async () => {
    const organization = await planned('killed-often');
    const ids = Array.from({ length: 24 }, (_, index) => index + 201);
    const enrolling = ids.map(async (id, index) => {
      await delay(index * 60);
      return enroll(organization, `external:c${id}`);
    });
    for (const pauseMs of [250, 400]) {
      await delay(pauseMs);
      await worker.kill();
      worker = await startWorker();
    }
    for (const { planning } of await Promise.all(enrolling)) expect(planning.outcome).toBe('replanned');
    expect(await replansOf(organization)).toBe(ids.length);
    expect(await pendingOf(organization)).toBe(0);
    await expectInOrder(organization);
  });
});

describe('a change whose process died before it could ask for a replan', () => {
  test('is found by the sweep, and planned', async () => {
    const organization = await planned('swept');
    await owner.query(
      `UPDATE contacts SET state = 'TX', zip_code = NULL, email = 'c' || id || '@contacts.example', birth_date = '1950-06-20'
       WHERE organization_id = $1 AND id IN (15, 16, 17)`,
      [organization.organizationId],
    );
    expect(await pendingOf(organization)).toBe(3);
    await grownOld(organization);
    await until('the sweep has planned it', async () => (await pendingOf(organization)) === 0);
    for (const id of [15, 16, 17]) {
      expect((await mailsOf(organization, id)).join()).toContain('birthday 2027-06-20');
    }
    expect(await replansOf(organization)).toBe(0);
    await expectInOrder(organization);
  });

  test('whose replan was terminated, too', async () => {
    const organization = await planned('swept-terminated');
    const gate = await closeGate('replan', organization);
    const enrolling = enroll(organization, 'external:c18').catch((error: unknown) => error);
    await until('the replan is at the gate', async () => (await gate.waiting()) === 1);
    await worker.kill();
    const { rows } = await owner.query<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`,
    );
    for (const { pid } of rows) await owner.query('SELECT pg_terminate_backend($1)', [pid]);
    for await (const { workflowId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
      if (workflowId.startsWith(`replan-${organization.name}-`)) {
        await client.workflow.getHandle(workflowId).terminate('a test');
      }
    }
    await gate.open();
    await enrolling;
    expect(await replansOf(organization)).toBe(0);
    await grownOld(organization);
    worker = await startWorker();
    await until('the sweep has planned it', async () => (await pendingOf(organization)) === 0);
    expect((await mailsOf(organization, 18)).join()).toContain(`campaign_seasonal_promo ${TRIGGER}`);
    await expectInOrder(organization);
  });

  test('and that concerns all contacts, is planned by a run', async () => {
    const organization = await planned('swept-all');
    await enroll(organization, 'external:c19');
    await owner.query(`UPDATE campaign_instances SET status = 'ended' WHERE organization_id = $1`, [
      organization.organizationId,
    ]);
    await grownOld(organization);
    await until('the run has published', async () => (await pendingOf(organization)) === 0, 45_000);
    expect((await mailsOf(organization, 19)).join()).not.toContain('campaign_');
    await expectInOrder(organization);
  });
});

test('what concerns all is planned by a run, though one waits for its turn that nobody goes on with', async () => {
  const organization = await planned('swept-behind-the-dead');
  await owner.query(
    `INSERT INTO scheduler_runs (organization_id, state, today, as_of, configuration_version, batch_size,
       workflow_id, workflow_chain_id, snapshot)
     SELECT organization_id, 'queued', today, as_of, configuration_version, 0, 'gone', 'gone', pg_current_snapshot()
     FROM scheduler_runs WHERE organization_id = $1`,
    [organization.organizationId],
  );
  await owner.query(
    `UPDATE campaign_instances SET active_end_date = '2027-12-31' WHERE organization_id = $1`,
    [organization.organizationId],
  );
  await grownOld(organization);
  await until('the run has published', async () => (await pendingOf(organization)) === 0, 45_000);
  await expectInOrder(organization);
});

test('an organization that is locked for long holds up no replan of another one', async () => {
  const locked = await planned('locked', 30);
  const other = await planned('not-locked', 30);
  const holder = await owner.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM organizations WHERE id = $1 FOR NO KEY UPDATE', [locked.organizationId]);
    const waiting = ['c1', 'c2', 'c3', 'c4'].map((id) => enroll(locked, `external:${id}`));
    await until('they wait', async () => (await waitingForLock()) >= 3);
    const { planning } = await enroll(other, 'external:c1');
    expect(planning.outcome).toBe('replanned');
    await holder.query('COMMIT');
    const outcomes = (await Promise.all(waiting)).map((enrolment) => enrolment.planning.outcome);
    expect(outcomes).toEqual(['replanned', 'replanned', 'replanned', 'replanned']);
  } finally {
    holder.release();
  }
  await expectInOrder(locked);
});

async function waitingForLock(): Promise<number> {
  const { rows } = await owner.query<{ waiting: number }>(
    `SELECT count(*)::integer AS waiting FROM pg_stat_activity
     WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows[0]!.waiting;
}

describe('a change that concerns', () => {
  const changes = ({ name, organizationId: id }: Planned): ReturnType<typeof planChanges> =>
    planChanges(database.pool, { id, name }, () => Promise.resolve(client));

  test('nobody starts nothing', async () => {
    const organization = await planned('change-of-none');
    expect(await changes(organization)).toEqual({ outcome: 'nothing' });
  });

  test('as many contacts as one replan takes is planned again at once', async () => {
    const organization = await planned('change-of-a-thousand', MANY);
    await owner.query(`UPDATE contacts SET state = 'NV' WHERE organization_id = $1 AND id <= 1000`, [
      organization.organizationId,
    ]);
    expect(await changes(organization)).toMatchObject({ outcome: 'replanned', replan: { planNumber: 1 } });
    expect(await pendingOf(organization)).toBe(0);
    expect(await auditOrganization(owner, organization.organizationId)).toEqual([]);
  });

  test('more starts a run, which publishes a plan with it', async () => {
    const organization = await planned('change-of-many', MANY);
    await owner.query(`UPDATE contacts SET state = 'NV', zip_code = NULL WHERE organization_id = $1`, [
      organization.organizationId,
    ]);
    const planning = await changes(organization);
    expect(planning.outcome).toBe('run_started');
    const { workflowId } = planning as { workflowId: string };
    expect(await client.workflow.getHandle(workflowId).result()).toMatchObject({
      state: 'published',
      planNumber: 2,
    });
    expect(await replansOf(organization)).toBe(0);
    expect(await pendingOf(organization)).toBe(0);
  });

  test('one contact is planned again at once, whatever others have left', async () => {
    const organization = await planned('change-of-one');
    await owner.query(
      `UPDATE campaign_instances SET active_end_date = '2027-12-31' WHERE organization_id = $1`,
      [organization.organizationId],
    );
    const { code, stdout } = await runCommand(
      ...([place, 'contacts', 'change', 'external:c3', '--organization', organization.name] as const),
      ...['--birth-date', '1950-02-01'],
    );
    expect({ code, stdout }).toMatchObject({ code: 0 });
    expect(stdout).toContain('Planned again: 1 contact');
    await grownOld(organization);
    await until('the sweep has planned the rest', async () => (await pendingOf(organization)) === 0, 45_000);
    await expectInOrder(organization);
  });

  test('all, by a command: it says that a run was started', async () => {
    const organization = await planned('change-of-all');
    const { code, stdout, stderr } = await runCommand(
      ...([
        place,
        'campaigns',
        'instances',
        'change',
        'spring',
        '--organization',
        organization.name,
      ] as const),
      ...['--active-end-date', '2027-06-30'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/A run has been started/);
    await until('the run has published', async () => (await pendingOf(organization)) === 0);
    await expectInOrder(organization);
  });
});

test('a replan of an organization that has no plan yet says so, and leaves the contacts to the first run', async () => {
  await insertContacts(owner, 'no-plan', 10);
  const summary: ReplanSummary = await replanContacts(client, {
    organization: 'no-plan',
    contactIds: [1, 2],
  });
  expect(summary).toMatchObject({ runId: null, planNumber: null, contacts: 2 });
});
