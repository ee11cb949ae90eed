/** `runs list|show|retry` as a person types them, on real servers. */
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RunReport } from '../../src/cli/run-findings.ts';
import type { RunList } from '../../src/cli/run-list.ts';
import { runCommand, runForJson, type CommandPlace } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { buildGates, closeGate as close, type ClosedGate, type GatedPhase } from '../support/gates.ts';
import { insertContacts } from '../support/insert-contacts.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.ts';

const CONTACTS = 1_000;
const AS_OF = '2026-11-23';
const DAY_SECONDS = 86_400;
const TIMEOUT_MS = 120_000;
const namespace = `runs-test-${randomBytes(4).toString('hex')}`;
const temporalAddress = process.env.TEMPORAL_ADDRESS ?? '';
const configurationFolder = mkdtempSync(join(tmpdir(), 'email-scheduler-runs-'));
const cleanUps: (() => Promise<unknown>)[] = [];
const gates: ClosedGate[] = [];
let database: TestDatabase;
let client: Client;
let place: CommandPlace;
let worker: WorkerProcess;

beforeAll(async () => {
  correctConfiguration();
  database = await createTestDatabase();
  cleanUps.push(() => database.drop());
  await buildGates(database.owner);
  const connection = await Connection.connect({ address: temporalAddress });
  cleanUps.push(() => connection.close());
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: DAY_SECONDS as unknown as Long },
  });
  client = new Client({ connection, namespace });
  place = { databaseUrl: database.databaseUrl, temporalAddress, namespace, configurationFolder };
  await employ();
});

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  rmSync(configurationFolder, { recursive: true });
});

afterEach(async () => {
  for (const gate of gates.splice(0)) await gate.open();
});

async function employ(): Promise<void> {
  worker = await startWorkerProcess(place);
  const { kill } = worker;
  cleanUps.push(() => kill());
}

function correctConfiguration(): void {
  cpSync(fileURLToPath(new URL('../../config', import.meta.url)), configurationFolder, { recursive: true });
}

async function closeGate(phase: GatedPhase, organizationId: number): Promise<ClosedGate> {
  const gate = await close(database.owner, phase, organizationId);
  gates.push(gate);
  return gate;
}

async function start(organization: string, more: object = {}): Promise<string> {
  const workflowId = `plan-${organization}-${randomBytes(3).toString('hex')}`;
  await client.workflow.start('scheduleRun', {
    ...{ taskQueue: 'email-scheduler', workflowId },
    args: [{ organization, asOf: AS_OF, batchSize: 100, ...more }],
  });
  return workflowId;
}

function show(organization: string, ...more: string[]): Promise<RunReport> {
  return runForJson(place, 'runs', 'show', '--organization', organization, ...more) as Promise<RunReport>;
}

function list(organization: string): Promise<RunList> {
  return runForJson(place, 'runs', 'list', '--organization', organization) as Promise<RunList>;
}

function retry(organization: string, runId: number, ...more: string[]) {
  return runCommand(place, 'runs', 'retry', String(runId), '--organization', organization, '--json', ...more);
}

/** Terminated in the midst of applying. */
async function leaveHalfDone(organization: string, more: object = {}): Promise<RunReport> {
  const { rows } = await database.owner.query<{ id: string }>(
    'SELECT id FROM organizations WHERE name = $1',
    [organization],
  );
  const gate = await closeGate('apply', Number(rows[0]!.id));
  const workflowId = await start(organization, more);
  await until('the run is at the gate', async () => (await gate.waiting()) > 0);
  await client.workflow.getHandle(workflowId).terminate();
  await gate.open();
  return show(organization);
}

describe('a run that goes on', () => {
  test(
    'is shown with its phase, batches and workers, is not retried, and can be taken over when it was terminated',
    async () => {
      const organizationId = await insertContacts(database.owner, 'going', CONTACTS);
      const gate = await closeGate('apply', organizationId);
      const workflowId = await start('going', { fresh: true, dryRun: true });
      await until('the run is at the gate', async () => (await gate.waiting()) > 0);
      const going = await show('going');
      expect(going).toMatchObject({
        situation: 'running',
        phase: 'apply',
        run: { workflowId, asOf: AS_OF, isFresh: true, isDryRun: true, batchSize: 100 },
        temporal: { problem: null, workflow: { status: 'RUNNING', isOpen: true } },
        next: { section: 'the-run-is-still-going' },
      });
      expect(going.temporal.workers).toMatchObject([
        { identity: expect.stringContaining(String(worker.pid)) as string },
      ]);
      expect(going.phases.find(({ phase }) => phase === 'place')).toMatchObject({
        batchesDone: 10,
        batches: 10,
      });
      const refused = await retry('going', going.run!.id);
      expect(refused).toMatchObject({ code: 1, stdout: '' });
      expect(JSON.parse(refused.stderr)).toMatchObject({ error: { code: 'RUN_ALREADY_GOING' } });

      await client.workflow.getHandle(workflowId).terminate();
      await gate.open();
      expect(await show('going')).toMatchObject({
        situation: 'lost',
        temporal: { workflow: { status: 'TERMINATED', isOpen: false } },
        next: { section: 'run_abandoned' },
      });
      const retried = await retry('going', going.run!.id);
      expect(retried.code).toBe(0);
      expect(JSON.parse(retried.stdout)).toMatchObject({ state: 'dry_run', planNumber: null, asOf: AS_OF });
      const { run } = await show('going');
      expect(run).toMatchObject({
        state: 'dry_run',
        asOf: AS_OF,
        isFresh: true,
        isDryRun: true,
        batchSize: 100,
      });
      expect(await show('going', String(going.run!.id))).toMatchObject({
        situation: 'failed',
        cause: { code: 'RUN_ABANDONED' },
      });
      const { rows } = await database.owner.query(
        `SELECT action, entity_id, actor LIKE 'cli:%' AS by_operator FROM audit_log WHERE entity = 'run'`,
      );
      expect(rows).toEqual([{ action: 'retry', entity_id: String(going.run!.id), by_operator: true }]);
      expect(await auditOrganization(database.owner, organizationId)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('retry', () => {
  test(
    'plans as of the day that is the default if the old one has passed, and says so; what was published is refused',
    async () => {
      await insertContacts(database.owner, 'later', CONTACTS);
      const { run } = await leaveHalfDone('later');
      await database.owner.query(
        `UPDATE organizations SET sandbox_today = '2026-11-25' WHERE name = 'later'`,
      );
      const { code, stdout, stderr } = await retry('later', run!.id);
      expect(stderr).toContain(
        `Run ${run!.id} was as of 2026-11-23, which has passed; this one is as of the day that is the default now.`,
      );
      const summary = JSON.parse(stdout) as { runId: number; asOf: string };
      expect({ code, summary }).toMatchObject({
        code: 0,
        summary: { state: 'published', asOf: '2026-11-25' },
      });
      const again = await retry('later', summary.runId);
      expect(again.code).toBe(2);
      expect(JSON.parse(again.stderr)).toMatchObject({
        error: {
          code: 'INVALID_INPUT',
          message: expect.stringContaining('there is nothing to retry') as string,
        },
      });
    },
    TIMEOUT_MS,
  );

  test(
    'of a restore puts the same plan back',
    async () => {
      const organizationId = await insertContacts(database.owner, 'restored', CONTACTS);
      for (const fresh of [false, true])
        await client.workflow.getHandle(await start('restored', { fresh })).result();
      const { run } = await leaveHalfDone('restored', { restore: 1 });
      expect(run).toMatchObject({ kind: 'restore', restoredPlanNumber: 1 });
      const { stdout } = await retry('restored', run!.id, '--as', 'anna');
      expect(JSON.parse(stdout)).toMatchObject({ state: 'published', planNumber: 3, restoredPlan: 1 });
      expect((await show('restored')).run).toMatchObject({ kind: 'restore', restoredPlanNumber: 1 });
      const named = ['--organization', 'restored', '--as', 'bob'];
      expect(await runCommand(place, 'plan', 'restore', '2', ...named)).toMatchObject({ code: 0 });
      const { rows } = await database.owner.query<{ actor: string; action: string }>(
        `SELECT actor, action FROM audit_log WHERE organization_id = $1 AND entity IN ('run', 'plan')
         ORDER BY id`,
        [organizationId],
      );
      const commands = rows.filter(({ actor }) => actor === 'anna' || actor === 'bob');
      expect(commands).toEqual([
        { actor: 'anna', action: 'retry' },
        { actor: 'anna', action: 'restore' },
        { actor: 'bob', action: 'restore' },
      ]);
      expect(await auditOrganization(database.owner, organizationId)).toEqual([]);
    },
    TIMEOUT_MS,
  );
});

describe('what has no record', () => {
  test(
    'a run that failed by its configuration is found, of this organization only; once corrected the next one goes',
    async () => {
      await insertContacts(database.owner, 'wrong', CONTACTS);
      await insertContacts(database.owner, 'wrong-west', CONTACTS);
      writeFileSync(join(configurationFolder, 'scheduler.yaml'), "plan_time: '25:00'\n");
      const workflowId = await start('wrong');
      await client.workflow
        .getHandle(workflowId)
        .result()
        .catch(() => undefined);
      const found = await until('it is listed', async () => {
        const report = await show('wrong');
        return report.situation === 'failed' && report;
      });
      expect(found).toMatchObject({
        run: null,
        unrecorded: { workflowId, status: 'FAILED' },
        cause: { code: 'INVALID_CONFIGURATION' },
        next: { section: 'invalid_configuration' },
      });
      expect(found.cause!.message).toContain('plan_time: "25:00" is not allowed');
      expect((await list('wrong')).runs).toMatchObject([{ id: null, state: 'failed', workflowId }]);

      // `plan-wrong-west-…` begins like the ids of "wrong".
      await client.workflow
        .getHandle(await start('wrong-west', { restore: 1 }))
        .result()
        .catch(() => undefined);
      await until('it is listed', async () => (await list('wrong-west')).runs.length === 1);
      expect((await list('wrong-west')).runs).toMatchObject([{ kind: 'restore', state: 'failed' }]);
      expect((await list('wrong')).runs).toHaveLength(1);

      correctConfiguration();
      await client.workflow.getHandle(await start('wrong')).result();
      expect(await show('wrong')).toMatchObject({ situation: 'published', unrecorded: null });
      expect((await list('wrong')).runs.map(({ state }) => state)).toEqual(['published', 'failed']);
    },
    TIMEOUT_MS,
  );

  test(
    'a run that no worker has taken yet waits',
    async () => {
      await insertContacts(database.owner, 'alone', CONTACTS);
      await worker.kill();
      const workflowId = await start('alone');
      const waiting = await until('it is listed', async () => {
        const report = await show('alone');
        return report.situation === 'waiting' && report;
      });
      expect(waiting).toMatchObject({ run: null, unrecorded: { workflowId, isOpen: true } });
      await employ();
      await client.workflow.getHandle(workflowId).result();
      expect(await show('alone')).toMatchObject({ situation: 'published', run: { workflowId } });
    },
    TIMEOUT_MS,
  );
});

test(
  'a preview that failed before it had a record is listed as one',
  async () => {
    await insertContacts(database.owner, 'previewed', 10);
    const workflowId = await start('previewed', { preview: 'nothing', dryRun: true });
    await expect(client.workflow.getHandle(workflowId).result()).rejects.toThrow();
    await until('it is found', async () => (await list('previewed')).runs.length > 0);
    expect((await list('previewed')).runs).toMatchObject([
      { id: null, previewedInstance: 'nothing', state: 'failed', cause: { code: 'UNKNOWN_CAMPAIGN' } },
    ]);
    const { stdout } = await runCommand(place, 'runs', 'list', '--organization', 'previewed');
    expect(stdout).toMatch(/^none +preview +failed/m);
  },
  TIMEOUT_MS,
);

describe('servers that are not there', () => {
  test('without Temporal the records are told; without PostgreSQL one sentence says so', async () => {
    await insertContacts(database.owner, 'quiet', 10);
    const withoutTemporal = { ...place, temporalAddress: '127.0.0.1:1' };
    const shown = await runCommand(withoutTemporal, 'runs', 'show', '--organization', 'quiet');
    expect(shown.stdout).toContain('Temporal at 127.0.0.1:1 does not answer');
    expect(shown.code).toBe(0);
    const listed = await runCommand(withoutTemporal, 'runs', 'list', '--organization', 'quiet');
    expect(listed.stdout).toContain('quiet has no run yet');
    expect(listed.code).toBe(0);
    const withoutDatabase = { ...place, databaseUrl: 'postgresql://me:secret@127.0.0.1:1/there' };
    const failed = await runCommand(withoutDatabase, 'runs', 'show', '--organization', 'quiet');
    expect(failed).toMatchObject({ code: 1, stdout: '' });
    expect(failed.stderr).toMatch(/^PostgreSQL at 127\.0\.0\.1:1\/there does not answer .*ECONNREFUSED/);
    expect(failed.stderr.trim().split('\n')).toHaveLength(1);
    expect(failed.stderr).not.toContain('secret');
  });

  test.each([
    ['an organization that is none', ['show', '--organization', 'nobody'], 1, 'UNKNOWN_ORGANIZATION'],
    ['a run that is none', ['show', '999999', '--organization', 'quiet'], 1, 'UNKNOWN_RUN'],
    ['a retry of none', ['retry', '999999', '--organization', 'quiet'], 1, 'UNKNOWN_RUN'],
    ['a list of nobody’s', ['list', '--organization', 'nobody'], 1, 'UNKNOWN_ORGANIZATION'],
  ])('%s is refused', async (_, args, code, errorCode) => {
    const ending = await runCommand(place, 'runs', ...args, '--json');
    expect(ending).toMatchObject({ code, stdout: '' });
    expect(JSON.parse(ending.stderr)).toMatchObject({ error: { code: errorCode } });
  });
});
