import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { ActivityFailure, ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { Client, Connection, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { RunProgress, RunSummary, ScheduleRunInput } from '../../src/contracts/schedule-run.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { buildGates, closeGate as close, type ClosedGate, type GatedPhase } from '../support/gates.ts';
import { insertContacts } from '../support/insert-contacts.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { startTemporalWithShortHistories } from '../support/private-servers.ts';
import { temporalCli, type TemporalCli } from '../support/temporal-cli.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const CONTACTS = 2_000;
const BATCH_SIZE = 100;
const BATCHES = CONTACTS / BATCH_SIZE;
const AS_OF = '2026-11-23';
const DAY_SECONDS = 86_400;

/** Its own, so that its worker takes no work of another file's. */
const namespace = `workflow-test-${randomBytes(4).toString('hex')}`;
const temporalAddress = process.env.TEMPORAL_ADDRESS ?? '';
const gates: ClosedGate[] = [];
const cleanUps: (() => Promise<unknown>)[] = [];
let database: TestDatabase;
let owner: Pool;
let client: Client;
let cli: TemporalCli;
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
  worker = await startWorker();
});

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

/** A test that fails must not hold up the others. */
afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.open();
});

async function closeGate(pool: Pool, phase: GatedPhase, organizationId: number): Promise<ClosedGate> {
  const gate = await close(pool, phase, organizationId);
  gates.push(gate);
  return gate;
}

async function startWorker(address = temporalAddress, inNamespace = namespace): Promise<WorkerProcess> {
  const place = { databaseUrl: database.databaseUrl, temporalAddress: address, namespace: inNamespace };
  const started = await startWorkerProcess(place);
  cleanUps.push(() => started.kill());
  return started;
}

function start(workflowId: string, input: unknown, by = client): Promise<WorkflowHandle> {
  return by.workflow.start('scheduleRun', {
    taskQueue: 'email-scheduler',
    workflowId,
    args: input === undefined ? [] : [input],
  });
}

function inputFor(organization: string, more: Partial<ScheduleRunInput> = {}): ScheduleRunInput {
  return { organization, asOf: AS_OF, batchSize: BATCH_SIZE, ...more };
}

function progressOf(handle: WorkflowHandle): Promise<RunProgress> {
  return handle.query<RunProgress>('progress');
}

async function runOf(handle: WorkflowHandle): Promise<{ id: number; state: string; error: unknown }> {
  const { rows } = await owner.query<{ id: string; state: string; error: unknown }>(
    'SELECT id, state, error FROM scheduler_runs WHERE workflow_id = $1',
    [handle.workflowId],
  );
  return { ...rows[0]!, id: Number(rows[0]!.id) };
}

/** The activity `endRun` waits for the transactions of the batches that it ends. */
async function untilEnding(handle: WorkflowHandle): Promise<void> {
  await until('the run is being ended', async () => {
    const { raw } = await handle.describe();
    return raw.pendingActivities?.some(({ activityType }) => activityType?.name === 'endRun') ?? false;
  });
}

/** The failure that a person reads in Temporal Web. */
async function failureOf(handle: WorkflowHandle): Promise<ApplicationFailure> {
  const error: unknown = await handle.result().then(
    () => new Error('The workflow did not fail.'),
    (rejection: unknown) => rejection,
  );
  if (!(error instanceof WorkflowFailedError)) throw error;
  const cause = error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
  if (!(cause instanceof ApplicationFailure)) throw error;
  return cause;
}

async function expectPublished(handle: WorkflowHandle): Promise<RunSummary> {
  const summary = (await handle.result()) as RunSummary;
  expect(summary.state).toBe('published');
  return summary;
}

test('a run is started, watched and found by Temporal’s own command line', async () => {
  const organizationId = await insertContacts(owner, 'demo', CONTACTS);
  const gate = await closeGate(owner, 'apply', organizationId);
  await cli(
    ...['workflow', 'start', '--type', 'scheduleRun', '--task-queue', 'email-scheduler'],
    ...['--workflow-id', 'plan-demo', '--input', `{"organization":"demo","asOf":"${AS_OF}"}`],
  );
  const handle = client.workflow.getHandle('plan-demo');
  await until('the run applies', async () => (await gate.waiting()) > 0);

  const { id: runId } = await runOf(handle);
  const query = ['workflow', 'query', '--type', 'progress', '--workflow-id', 'plan-demo'];
  expect(await cli(...query)).toMatch(/"phase":\s*"apply"/);
  expect(await progressOf(handle)).toMatchObject({
    phase: 'apply',
    runId,
    asOf: AS_OF,
    contacts: CONTACTS,
    batches: 1,
    batchesDone: 0,
    round: 1,
  });
  const described = await cli('workflow', 'describe', '--workflow-id', 'plan-demo');
  expect(described).toMatch(/EmailSchedulerOrganization.*demo/);
  const listed = ['workflow', 'list', '--query', 'EmailSchedulerOrganization="demo"'];
  await until('the workflow is listed', async () => (await cli(...listed)).includes('plan-demo'));

  await gate.open();
  const { planNumber, checksum, counts } = await expectPublished(handle);
  expect(planNumber).toBe(1);
  expect(counts.contacts.read).toBe(CONTACTS);
  expect(await cli(...query)).toMatch(/"phase":\s*"ended"/);
  const metadata: { currentDetails: string } = await handle.query('__temporal_workflow_metadata');
  expect(metadata.currentDetails).toContain(`Run ${runId}, as of ${AS_OF}, ${CONTACTS} contacts`);
  expect(metadata.currentDetails).toContain('Plan **1** is in force.');
  expect(metadata.currentDetails).toContain(checksum);
  expect(await auditOrganization(owner, organizationId)).toEqual([]);
});

test.each([
  ['no input', undefined, 'it is missing, allowed: an object'],
  ['null', null, 'it is null, allowed: an object'],
  ['a text', 'demo', 'it is "demo", allowed: an object'],
  ['no organization', {}, 'organization is missing, allowed: the name of an organization'],
  ['an organization that is a number', { organization: 7 }, 'organization is 7, allowed: the name of an'],
  ['an empty organization', { organization: '' }, 'organization is "", allowed: the name of an'],
  [
    'a day that does not exist',
    inputFor('demo', { asOf: '2026-02-30' }),
    'asOf is "2026-02-30", allowed: a day',
  ],
  ['a day in words', inputFor('demo', { asOf: 'tomorrow' }), 'asOf is "tomorrow", allowed: a day'],
  ['a day in the past', inputFor('demo', { asOf: '2026-11-22' }), 'asOf is 2026-11-22'],
  [
    'a tiny batch',
    inputFor('demo', { batchSize: 99 }),
    'batchSize is 99, allowed: a whole number from 100 to',
  ],
  [
    'a huge batch',
    inputFor('demo', { batchSize: 1e6 }),
    'batchSize is 1000000, allowed: a whole number from',
  ],
  ['half a contact', inputFor('demo', { batchSize: 100.5 }), 'batchSize is 100.5, allowed: a whole number'],
  ['fresh in words', { ...inputFor('demo'), fresh: 'yes' }, 'fresh is "yes", allowed: true or false'],
  [
    'another choice',
    { ...inputFor('demo'), ifRunning: 'wait' },
    'ifRunning is "wait", allowed: refuse or queue',
  ],
  [
    'an unknown field',
    { ...inputFor('demo'), asof: AS_OF },
    'unknown field "asof", allowed: organization, asOf',
  ],
  ['what only the workflow sets', { ...inputFor('demo'), resume: { runId: 1 } }, 'unknown field "resume"'],
])('an input with %s fails once, and the failure says what is allowed', async (name, input, sentence) => {
  const failure = await failureOf(await start(`wrong-input ${name}`, input));
  expect(failure.message).toContain(sentence);
  expect(failure).toMatchObject({ type: 'INVALID_INPUT', nonRetryable: true });
});

test('a run of an unknown organization fails once, and names it', async () => {
  const handle = await start('unknown-organization', inputFor('nobody'));
  expect(await failureOf(handle)).toMatchObject({
    type: 'UNKNOWN_ORGANIZATION',
    nonRetryable: true,
    details: [{ place: 'organization', value: 'nobody', allowed: 'the name of an organization' }],
  });
  expect(await progressOf(handle)).toMatchObject({ phase: 'ended', runId: null });
});

test('two workers share a run, and come to the same plan as one', async () => {
  await insertContacts(owner, 'shared', CONTACTS);
  const second = await startWorker();
  const handle = await start('shared', inputFor('shared'));
  const { checksum } = await expectPublished(handle);
  const { rows } = await owner.query(
    `SELECT plan_checksum FROM scheduler_runs WHERE workflow_id IN ('shared', 'plan-demo')`,
  );
  expect(rows).toEqual([{ plan_checksum: checksum }, { plan_checksum: checksum }]);

  const identities = new Set<string>();
  for (const event of (await handle.fetchHistory()).events ?? []) {
    const { identity } = event.activityTaskStartedEventAttributes ?? {};
    if (identity) identities.add(identity.split('@')[0]!);
  }
  expect([...identities].sort()).toEqual([String(worker.pid), String(second.pid)].sort());
  await second.kill();
});

test.each(['place', 'redistribute', 'apply', 'publish'] as const)(
  'a run that is cancelled in its phase %s leaves nothing behind, and the next one goes',
  async (phase) => {
    const organization = `cancelled-${phase}`;
    const organizationId = await insertContacts(owner, organization, CONTACTS);
    const gate = await closeGate(owner, phase, organizationId);
    const handle = await start(organization, inputFor(organization));
    await until('the run is at the gate', async () => (await gate.waiting()) > 0);
    await handle.cancel();
    await untilEnding(handle);
    await gate.open();

    const error: unknown = await handle.result().catch((rejection: unknown) => rejection);
    const run = await runOf(handle);
    if (phase === 'publish') {
      // Whichever came first; both are whole.
      expect(['published', 'cancelled']).toContain(run.state);
    } else {
      expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
      expect(run).toMatchObject({ state: 'cancelled', error: { code: 'CANCELLED' } });
    }
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(await auditOrganization(owner, organizationId)).toEqual([]);
    await expectPublished(await start(`${organization}-next`, inputFor(organization)));
    expect(await auditOrganization(owner, organizationId)).toEqual([]);
  },
);

test('a run that is cancelled while it is being opened does not stay open', async () => {
  const organizationId = await insertContacts(owner, 'cancelled-open', CONTACTS);
  const holder = await owner.connect();
  try {
    await holder.query('BEGIN');
    await holder.query('SELECT FROM organizations WHERE id = $1 FOR UPDATE', [organizationId]);
    const handle = await start('cancelled-open', inputFor('cancelled-open'));
    const pending = async () => (await handle.describe()).raw.pendingActivities ?? [];
    await until('it is being opened', async () => (await pending()).length > 0);
    await handle.cancel();
    await until('the activity has been told, or the workflow did not wait for it', async () => {
      const { status } = await handle.describe();
      const [activity] = await pending();
      return status.name !== 'RUNNING' || Boolean(activity?.lastHeartbeatTime);
    });
    await holder.query('ROLLBACK');
    await handle.result().catch(() => undefined);
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    expect(await runOf(handle)).toMatchObject({ state: 'cancelled' });
    expect(await auditOrganization(owner, organizationId)).toEqual([]);
  } finally {
    holder.release(true);
  }
});

test('a run that was terminated is taken over by the next one, and says what became of it', async () => {
  const organizationId = await insertContacts(owner, 'terminated', CONTACTS);
  const gate = await closeGate(owner, 'apply', organizationId);
  const handle = await start('terminated', inputFor('terminated'));
  await until('the run is at the gate', async () => (await gate.waiting()) > 0);
  await cli('workflow', 'terminate', '--workflow-id', 'terminated', '--reason', 'a test');

  const next = await start('terminated-next', inputFor('terminated'));
  await until('the next one waits for the batches of the first', async () => {
    const { rows } = await owner.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
         AND query LIKE 'UPDATE scheduler_runs%'`,
    );
    return rows.length > 0;
  });
  await gate.open();
  await expectPublished(next);
  expect(await runOf(handle)).toMatchObject({ state: 'failed', error: { code: 'RUN_ABANDONED' } });
  expect(JSON.stringify((await runOf(handle)).error)).toContain('it was terminated, timed out, or');
  expect(await auditOrganization(owner, organizationId)).toEqual([]);
});

test('a second run at once is refused by name, or queued and run afterwards', async () => {
  const organizationId = await insertContacts(owner, 'twice', CONTACTS);
  const gate = await closeGate(owner, 'place', organizationId);
  const first = await start('twice-first', inputFor('twice'));
  await until('the first is at the gate', async () => (await gate.waiting()) > 0);
  const { id } = await runOf(first);

  expect(await failureOf(await start('twice-refused', inputFor('twice')))).toMatchObject({
    type: 'RUN_ALREADY_GOING',
    nonRetryable: true,
    message: `Run ${id} of twice (workflow twice-first) is going on; wait for it, or start with ifRunning "queue" (--if-running queue).`,
  });
  const queued = await start('twice-queued', inputFor('twice', { ifRunning: 'queue' }));
  await until('the second waits', async () => (await progressOf(queued)).phase === 'queued');
  expect((await runOf(queued)).state).toBe('queued');

  await gate.open();
  expect((await expectPublished(first)).planNumber).toBe(1);
  expect((await expectPublished(queued)).planNumber).toBe(2);
  expect(await auditOrganization(owner, organizationId)).toEqual([]);
});

test('a queued run that was cancelled or terminated is not left as queued', async () => {
  const organizationId = await insertContacts(owner, 'waiting', CONTACTS);
  const gate = await closeGate(owner, 'place', organizationId);
  const first = await start('waiting-first', inputFor('waiting'));
  await until('the first is at the gate', async () => (await gate.waiting()) > 0);
  const cancelled = await start('waiting-cancelled', inputFor('waiting', { ifRunning: 'queue' }));
  const terminated = await start('waiting-terminated', inputFor('waiting', { ifRunning: 'queue' }));
  for (const handle of [cancelled, terminated]) {
    await until('it waits', async () => (await progressOf(handle)).phase === 'queued');
  }
  await cancelled.cancel();
  await cancelled.result().catch(() => undefined);
  expect(await runOf(cancelled)).toMatchObject({ state: 'cancelled' });
  await terminated.terminate();

  await gate.open();
  await expectPublished(first);
  await expectPublished(await start('waiting-next', inputFor('waiting')));
  expect(await runOf(terminated)).toMatchObject({ state: 'failed', error: { code: 'RUN_ABANDONED' } });
  expect(await auditOrganization(owner, organizationId)).toEqual([]);
});

test('a run that takes longer than its longest time fails with its cause', async () => {
  const organizationId = await insertContacts(owner, 'slow', CONTACTS);
  await owner.query(`
    CREATE FUNCTION begin_long_ago() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.started_at := now() - interval '3 hours' + interval '2 seconds'; RETURN NEW; END $$;
    CREATE TRIGGER begin_long_ago BEFORE INSERT ON scheduler_runs FOR EACH ROW
      WHEN (NEW.organization_id = ${organizationId}) EXECUTE FUNCTION begin_long_ago()`);
  const gate = await closeGate(owner, 'apply', organizationId);
  const handle = await start('slow', inputFor('slow'));
  await untilEnding(handle);
  await gate.open();
  expect(await failureOf(handle)).toMatchObject({ type: 'RUN_TOO_LONG', nonRetryable: true });
  const { state, error } = await runOf(handle);
  expect(state).toBe('failed');
  expect(error).toMatchObject({ code: 'RUN_TOO_LONG' });
  expect(JSON.stringify(error)).toContain('took longer than 10800 seconds (run.max_duration)');
  expect(await auditOrganization(owner, organizationId)).toEqual([]);
  await owner.query('DROP TRIGGER begin_long_ago ON scheduler_runs');
  await expectPublished(await start('slow-next', inputFor('slow')));
});

test('contacts that change while a run goes on are planned as they are in the end', async () => {
  const editedId = await insertContacts(owner, 'edited-meanwhile', CONTACTS);
  const edit = `UPDATE contacts SET state = 'CA', birth_date = '1950-12-20' WHERE organization_id = $1 AND id <= $2`;
  const gate = await closeGate(owner, 'seal', editedId);
  const handle = await start('edited-meanwhile', inputFor('edited-meanwhile'));
  await until('the run is at the gate', async () => (await gate.waiting()) > 0);
  await owner.query(edit, [editedId, 40]);
  await gate.open();
  await expectPublished(handle);
  expect((await progressOf(handle)).round).toBe(1);
  expect(await auditOrganization(owner, editedId)).toEqual([]);
  const { rows } = await owner.query(
    `SELECT DISTINCT state, birth_date::text, count(*)::integer AS mails FROM contacts c
     JOIN email_schedules s USING (organization_id) WHERE c.organization_id = $1 AND c.id <= 40
       AND s.contact_id = c.id AND s.email_type = 'birthday' AND s.event_date <> '2026-12-20' GROUP BY 1, 2`,
    [editedId],
  );
  expect(rows).toEqual([]);
});

test('a run starts over when too many contacts have changed, and then publishes the same as one begun later', async () => {
  const laterId = await insertContacts(owner, 'begun-later', CONTACTS);
  const overId = await insertContacts(owner, 'started-over', CONTACTS);
  const edit = `UPDATE contacts SET state = 'NV' WHERE organization_id = $1 AND id % 10 < 8`;
  await owner.query(edit, [laterId]);
  const later = await expectPublished(await start('begun-later', inputFor('begun-later')));

  const gate = await closeGate(owner, 'seal', overId);
  const handle = await start('started-over', inputFor('started-over'));
  await until('the run is at the gate', async () => (await gate.waiting()) > 0);
  await owner.query(edit, [overId]);
  await gate.open();
  const { checksum } = await expectPublished(handle);
  expect(await progressOf(handle)).toMatchObject({ round: 2, batches: BATCHES });
  expect(checksum).toBe(later.checksum);
  expect(await auditOrganization(owner, overId)).toEqual([]);
});

test('a run goes on with fresh histories as often as Temporal suggests, without doing anything twice', async () => {
  const organizationId = await insertContacts(owner, 'long-history', CONTACTS);
  const short = await startTemporalWithShortHistories(60);
  const connection = await Connection.connect({ address: short.address });
  const theirs = await startWorker(short.address, 'default');
  try {
    const by = new Client({ connection });
    const handle = await start('long-history', inputFor('long-history'), by);
    const { runId, checksum } = await expectPublished(handle);
    const { raw } = await by.workflow.getHandle('long-history').describe();
    expect(raw.workflowExecutionInfo?.firstRunId).not.toBe(raw.workflowExecutionInfo?.execution?.runId);
    expect(raw.workflowExecutionInfo?.searchAttributes?.indexedFields).toHaveProperty('EmailSchedulerRun');
    expect(await progressOf(by.workflow.getHandle('long-history'))).toMatchObject({ phase: 'ended', runId });
    const { rows } = await owner.query(
      `SELECT DISTINCT plan_checksum FROM scheduler_runs WHERE workflow_id IN ('plan-demo', 'long-history')`,
    );
    expect(rows).toEqual([{ plan_checksum: checksum }]);
    expect(await auditOrganization(owner, organizationId)).toEqual([]);
  } finally {
    await theirs.kill();
    await connection.close();
    await short.stop();
  }
});

test('an earlier plan is put back, also when the worker is killed in the midst of it', async () => {
  const organizationId = await insertContacts(owner, 'restored', CONTACTS);
  const first = await expectPublished(await start('restored-first', inputFor('restored')));
  await owner.query(
    `UPDATE contacts SET state = 'CA', birth_date = '1950-12-20' WHERE organization_id = $1 AND id <= 40`,
    [organizationId],
  );
  await expectPublished(await start('restored-second', inputFor('restored', { fresh: true })));
  const input = inputFor('restored', { restore: first.planNumber! });
  const dry = (await (await start('restored-dry', { ...input, dryRun: true })).result()) as RunSummary;

  const gate = await closeGate(owner, 'apply', organizationId);
  const handle = await start('restored-third', input);
  await until('the run is at the gate', async () => (await gate.waiting()) > 0);
  await worker.kill();
  await gate.open();
  worker = await startWorker();
  expect(await expectPublished(handle)).toMatchObject({
    ...{ checksum: dry.checksum, planNumber: 3, restoredPlan: 1 },
  });
  expect(await auditOrganization(owner, organizationId)).toEqual([]);
});
