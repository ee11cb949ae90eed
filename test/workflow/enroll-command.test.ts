/** `campaigns enroll` as a person or a script uses it, where no worker is. */
import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, type CommandEnding, type CommandPlace } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { importSample } from '../support/import-sample.ts';
import { createRunner } from '../support/run-planning.ts';
import { until } from '../support/until.ts';
import { setTimeout as delay } from 'node:timers/promises';

const DAY_SECONDS = 86_400;
const TIMEOUT_MS = 60_000;
const temporalAddress = process.env.TEMPORAL_ADDRESS ?? '';
const namespace = `enroll-test-${randomBytes(4).toString('hex')}`;
const cleanUps: (() => Promise<unknown>)[] = [];
let db: TestDatabase;
let client: Client;
let place: CommandPlace;

beforeAll(async () => {
  db = await createTestDatabase();
  cleanUps.push(() => db.drop());
  const connection = await Connection.connect({ address: temporalAddress });
  cleanUps.push(() => connection.close());
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: DAY_SECONDS as unknown as Long },
  });
  client = new Client({ connection, namespace });
  place = { databaseUrl: db.databaseUrl, temporalAddress, namespace };
  await importSample(db.pool);
  const runner = await createRunner({ pool: db.pool, configurationFolder: 'config' });
  await runner.run({ organization: 'demo', asOf: '2026-11-23' });
  await runCommand(place, ...instance('rates'));
});

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

function instance(name: string): string[] {
  const fields = ['--type', 'rate_increase', '--status', 'active', '--organization', 'demo'];
  return ['campaigns', 'instances', 'add', name, ...fields];
}

/** Enrols, and gives its replan up after more than the three seconds in which nothing is said. */
async function enrolInVain(contact: string, ...more: string[]): Promise<CommandEnding> {
  const args = ['--instance', 'rates', '--contact', contact, '--trigger-date', '2027-03-01'];
  const ending = runCommand(place, 'campaigns', 'enroll', ...args, '--organization', 'demo', ...more);
  await until('the replan waits', async () => (await openReplans()).length > 0);
  await delay(3_500);
  for (const workflowId of await openReplans()) await client.workflow.getHandle(workflowId).terminate();
  return ending;
}

async function openReplans(): Promise<string[]> {
  const ids: string[] = [];
  const query = "WorkflowType = 'replanContacts' AND ExecutionStatus = 'Running'";
  for await (const { workflowId } of client.workflow.list({ query })) ids.push(workflowId);
  return ids;
}

test(
  'says what it waits for, and ends with 1 if what is stored is not in force',
  async () => {
    const { code, stdout, stderr } = await enrolInVain('S-0001');
    expect(stdout).toContain('It is stored, and the plan in force does not have it yet');
    expect(stderr).toBe(
      'Waiting up to a minute for a worker that plans the contact: `npx email-scheduler worker` starts one, if there is none.\n',
    );
    expect(code).toBe(1);
  },
  TIMEOUT_MS,
);

test(
  'with --json ends with 1, too, and says nothing but the answer',
  async () => {
    const { code, stdout, stderr } = await enrolInVain('S-0002', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ planning: { outcome: 'later' } });
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
  },
  TIMEOUT_MS,
);
