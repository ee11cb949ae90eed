/**
 * Records the histories that replay.test.ts replays:
 *
 *     node --import tsx test/replay/record.ts [PREFIX]
 *
 * Run it when a version is released that has changed workflows/, with the version as prefix (0.1.0), and
 * commit what it writes. Histories of released versions are never recorded again and never removed: while
 * a workflow that began on that version may still be open somewhere, the code must be able to replay it.
 * It starts a PostgreSQL and a Temporal of its own, and needs some 40 seconds.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { ReplanContactsInput } from '../../src/contracts/replan-contacts.ts';
import type { ScheduleRunInput } from '../../src/contracts/schedule-run.ts';
import { buildGates, closeGate, type GatedPhase } from '../support/gates.ts';
import { insertContacts } from '../support/insert-contacts.ts';
import { startTemporalWithShortHistories } from '../support/private-servers.ts';
import { randomFrom, Storm } from '../support/storm.ts';
import { temporalCli, type TemporalCli } from '../support/temporal-cli.ts';
import { until } from '../support/until.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const FOLDER = join(import.meta.dirname, 'histories');
const CONTACTS = 1_300;
const WAIT_MS = 60_000;

const packageFile = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
const { version } = JSON.parse(packageFile) as { version: string };
const prefix = process.argv[2] ?? version;

mkdirSync(FOLDER, { recursive: true });
const storm = await Storm.begin(randomFrom(1));
try {
  await buildGates(storm.owner);
  await storm.employ(1);
  const cli = await temporalCli(storm.servers.temporal.address, 'default');
  await recordRuns(storm, cli);
  await recordReplans(storm, cli);
  await recordContinuedRun(storm);
} finally {
  await storm.end();
}

async function recordRuns({ owner, client }: Storm, cli: TemporalCli): Promise<void> {
  const ids = new Map<string, number>();
  for (const name of ['plain', 'over', 'cancelled']) {
    ids.set(name, await insertContacts(owner, name, CONTACTS));
  }

  await run(client, 'redistributed', inputFor('plain'));
  await run(client, 'plain', inputFor('plain'));
  await run(client, 'dry-run', inputFor('plain', { dryRun: true }));
  await run(client, 'failed-by-input', inputFor('plain', { asOf: '2026-02-30' }));

  const organizationId = ids.get('plain')!;
  await whileAt('place', organizationId, 'first-of-two', inputFor('plain'), async () => {
    await run(client, 'refused', inputFor('plain'));
    await client.workflow.start(
      'scheduleRun',
      optionsOf('queued', inputFor('plain', { ifRunning: 'queue' })),
    );
    await until('it is queued', async () => (await phaseOf(client, 'queued')) === 'queued');
  });
  await client.workflow.getHandle('queued').result();

  await whileAt('seal', ids.get('over')!, 'started-over', inputFor('over'), async () => {
    await owner.query(`UPDATE contacts SET state = 'NV' WHERE organization_id = $1`, [ids.get('over')]);
  });
  await whileAt('apply', ids.get('cancelled')!, 'cancelled', inputFor('cancelled'), async () => {
    const handle = client.workflow.getHandle('cancelled');
    await handle.cancel();
    await until('it ends', async () => {
      const { pendingActivities } = (await handle.describe()).raw;
      return pendingActivities?.some(({ activityType }) => activityType?.name === 'endRun') ?? false;
    });
  });

  for (const id of ['redistributed', 'plain', 'dry-run', 'failed-by-input', 'refused', 'queued']) {
    await keep(cli, id, id);
  }
  for (const id of ['started-over', 'cancelled']) await keep(cli, id, id);
}

/** Into the plan that the runs above have published. */
async function recordReplans({ owner, client }: Storm, cli: TemporalCli): Promise<void> {
  const { rows } = await owner.query<{ id: string }>(
    `SELECT c.id FROM contacts c JOIN organizations o ON o.id = c.organization_id
     WHERE o.name = 'plain' ORDER BY c.id LIMIT 3`,
  );
  const contactIds = rows.map(({ id }) => Number(id));
  await run(client, 'replanned', { organization: 'plain', contactIds }, 'replanContacts');
  const noList = { organization: 'plain', contactIds: [] };
  await run(client, 'replan-failed-by-input', noList, 'replanContacts');
  for (const id of ['replanned', 'replan-failed-by-input']) await keep(cli, id, id);
}

/** Temporal suggests a fresh history early, so the run has several. */
async function recordContinuedRun({ owner, servers }: Storm): Promise<void> {
  await insertContacts(owner, 'continued', CONTACTS);
  const temporal = await startTemporalWithShortHistories(60);
  const connection = await Connection.connect({ address: temporal.address });
  const worker = await startWorkerProcess({
    databaseUrl: servers.postgres.databaseUrl,
    temporalAddress: temporal.address,
    namespace: 'default',
  });
  try {
    const client = new Client({ connection });
    const cli = await temporalCli(temporal.address, 'default');
    const { firstExecutionRunId } = await client.workflow.start(
      'scheduleRun',
      optionsOf('continued', inputFor('continued')),
    );
    await client.workflow.getHandle('continued').result();
    const { execution } = (await client.workflow.getHandle('continued').describe()).raw
      .workflowExecutionInfo!;
    await keep(cli, 'continued-as-new-first', 'continued', firstExecutionRunId);
    await keep(cli, 'continued-as-new-last', 'continued', execution!.runId!);
  } finally {
    await worker.kill();
    await connection.close();
    await temporal.stop();
  }
}

function inputFor(organization: string, more: Partial<ScheduleRunInput> = {}): ScheduleRunInput {
  return { organization, asOf: '2026-11-23', batchSize: 100, ...more };
}

function optionsOf(workflowId: string, input: ScheduleRunInput | ReplanContactsInput) {
  return { taskQueue: 'email-scheduler', workflowId, args: [input] };
}

/** To its end, whatever that is. */
async function run(
  client: Client,
  workflowId: string,
  input: ScheduleRunInput | ReplanContactsInput,
  workflowType = 'scheduleRun',
): Promise<void> {
  await client.workflow.start(workflowType, optionsOf(workflowId, input));
  await client.workflow
    .getHandle(workflowId)
    .result()
    .catch(() => undefined);
}

/** Does the work while the run waits in the phase, then lets it go on to its end. */
async function whileAt(
  phase: GatedPhase,
  organizationId: number,
  workflowId: string,
  input: ScheduleRunInput,
  work: () => Promise<void>,
): Promise<void> {
  const gate = await closeGate(storm.owner, phase, organizationId);
  await storm.client.workflow.start('scheduleRun', optionsOf(workflowId, input));
  await until('the run is at the gate', async () => (await gate.waiting()) > 0, WAIT_MS);
  await work();
  await gate.open();
  await storm.client.workflow
    .getHandle(workflowId)
    .result()
    .catch(() => undefined);
}

async function phaseOf(client: Client, workflowId: string): Promise<string> {
  const { phase } = await client.workflow.getHandle(workflowId).query<{ phase: string }>('progress');
  return phase;
}

async function keep(cli: TemporalCli, name: string, workflowId: string, runId?: string): Promise<void> {
  const ofRun = runId === undefined ? [] : ['--run-id', runId];
  const shown = await cli('workflow', 'show', '--workflow-id', workflowId, ...ofRun, '--output', 'json');
  const text = JSON.stringify(scrub(JSON.parse(shown)), null, 1);
  writeFileSync(join(FOLDER, `${prefix}-${name}.json`), `${text}\n`);
}

/** What names a machine, a process or a folder plays no part in a replay. */
function scrub(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(scrub);
  if (typeof value === 'string') return value.replaceAll(hostname(), 'host');
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, of]) => {
      if (key === 'identity') return [key, 'recorded'];
      return [key, key === 'stackTrace' ? '' : scrub(of)];
    }),
  );
}
