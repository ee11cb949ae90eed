import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ScheduleRunInput } from '../../src/contracts/schedule-run.ts';
import { claimDay } from '../../src/db/claim.ts';
import { lockOrganization } from '../../src/db/organizations.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { buildGates, closeGate } from '../support/gates.ts';
import { insertContacts } from '../support/insert-contacts.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { randomFrom, Storm, type EndedRun, type Victim } from '../support/storm.ts';
import { until } from '../support/until.ts';

const CONTACTS = 20_000;
const BATCH_SIZE = 500;
/** Batches of two phases (the day that is too full is foreseen), and three steps of the whole run. */
const CHECKPOINTS = 2 * (CONTACTS / BATCH_SIZE + 1) + 3;
const FIRST_DAY = '2026-11-23';
const NEXT_DAY = '2026-11-24';
const WORKERS = 2;
const RUNS = 8;
/** In every run, in an order and at moments that are drawn; the last one kills two at once. */
const KILLS_PER_RUN: readonly (readonly Victim[])[] = [
  ...([['worker'], ['temporal'], ['postgres'], ['worker'], ['temporal'], ['postgres']] as const),
  ...([['worker'], ['postgres', 'temporal'], ['worker', 'postgres']] as const),
];
const RUN_TIMEOUT_MS = 6 * 60_000;

const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
let storm: Storm;
let calmId: number;
let stormyId: number;
let calm: EndedRun;

beforeAll(async () => {
  storm = await Storm.begin(random);
  await buildGates(storm.owner);
  calmId = await insertContacts(storm.owner, 'calm', CONTACTS);
  stormyId = await insertContacts(storm.owner, 'stormy', CONTACTS);
  await storm.employ(WORKERS);
  calm = await runInCalm('calm-first', 'calm', FIRST_DAY);
});

afterAll(async () => {
  await storm.end();
});

async function runInCalm(workflowId: string, organization: string, asOf: string): Promise<EndedRun> {
  await storm.start(workflowId, { organization, asOf, batchSize: BATCH_SIZE });
  return storm.untilEnded(workflowId, RUN_TIMEOUT_MS);
}

async function runInStorm(
  workflowId: string,
  input: Omit<ScheduleRunInput, 'organization'>,
): Promise<EndedRun> {
  const kills = KILLS_PER_RUN.map((victims) => ({ victims, order: random() }));
  kills.sort((a, b) => a.order - b.order);
  await storm.start(workflowId, { organization: 'stormy', batchSize: BATCH_SIZE, ...input });
  for (const [index, { victims }] of kills.entries()) {
    const moment = Math.floor(((index + random()) / kills.length) * CHECKPOINTS);
    await until(
      `${moment} checkpoints of ${workflowId} are done`,
      async () => ((await storm.checkpointsDone(workflowId)) ?? -1) >= moment,
      RUN_TIMEOUT_MS,
    );
    await storm.kill(victims);
  }
  return storm.untilEnded(workflowId, RUN_TIMEOUT_MS);
}

test.each(Array.from({ length: RUNS }, (_, index) => index + 1))(
  `run %d of ${RUNS} that is drawn anew under kills is the undisturbed one (KILL_SEED=${seed})`,
  async (number) => {
    const ended = await runInStorm(`stormy-${number}`, { asOf: FIRST_DAY, fresh: true });
    expect(ended).toEqual({ ...calm, runId: ended.runId });
    expect(await auditOrganization(storm.owner, stormyId)).toEqual([]);
    expect(storm.fallen).toEqual([]);
  },
);

test(`a run of the next day under kills is the undisturbed one (KILL_SEED=${seed})`, async () => {
  for (const id of [calmId, stormyId]) await passDay(id);
  const calmNext = await runInCalm('calm-next', 'calm', NEXT_DAY);
  const next = await runInStorm('stormy-next', { asOf: NEXT_DAY });
  expect(next).toEqual({ ...calmNext, runId: next.runId });
  for (const id of [calmId, stormyId]) expect(await auditOrganization(storm.owner, id)).toEqual([]);
});

/** Some mails of the day are sent, some are not; some contacts change. */
async function passDay(organizationId: number): Promise<void> {
  await inTransaction(storm.owner, async (client) => {
    await lockOrganization(client, { id: organizationId });
    await claimDay(client, organizationId, parseDay(FIRST_DAY)!);
  });
  await storm.owner.query(
    `UPDATE ledger SET status = 'sent', actual_send_at = now()
     WHERE organization_id = $1 AND contact_id % 5 < 4`,
    [organizationId],
  );
  await storm.owner.query(
    `UPDATE contacts SET state = 'CA' WHERE organization_id = $1 AND id % 40 = 0 AND state IS NOT NULL`,
    [organizationId],
  );
}

test(`an earlier plan that is put back under kills is the undisturbed one (KILL_SEED=${seed})`, async () => {
  const asOf = NEXT_DAY;
  await storm.start('earlier', { organization: 'stormy', asOf, batchSize: BATCH_SIZE });
  const { runId } = await storm.untilEnded('earlier', RUN_TIMEOUT_MS);
  await storm.owner.query(
    `UPDATE contacts SET birth_date = '1951-05-05' WHERE organization_id = $1 AND id % 30 = 0`,
    [stormyId],
  );
  await storm.start('later', { organization: 'stormy', asOf, fresh: true, batchSize: BATCH_SIZE });
  await storm.untilEnded('later', RUN_TIMEOUT_MS);
  const { rows } = await storm.owner.query<{ number: number }>('SELECT number FROM plans WHERE run_id = $1', [
    runId,
  ]);
  const input = { asOf, restore: rows[0]!.number };
  await storm.start('restore-calm', { organization: 'stormy', ...input, dryRun: true });
  const { checksum } = await storm.untilEnded('restore-calm', RUN_TIMEOUT_MS);
  expect(await runInStorm('restore-stormy', input)).toMatchObject({
    state: 'published',
    error: null,
    checksum,
  });
  expect(await auditOrganization(storm.owner, stormyId)).toEqual([]);
  expect(storm.fallen).toEqual([]);
});

test('a worker that is stopped in the midst of its batches holds up nothing for long, and does no harm when it wakes', async () => {
  const gate = await closeGate(storm.owner, 'apply', stormyId);
  await storm.start('stuck', { organization: 'stormy', asOf: NEXT_DAY, fresh: true, batchSize: BATCH_SIZE });
  await until('batches wait', async () => (await gate.waiting()) > 0);
  const handle = storm.client.workflow.getHandle('stuck');
  const stuck = await until('a worker has a batch', async () => {
    const { pendingActivities } = (await handle.describe()).raw;
    return storm.workers.find(({ pid }) =>
      pendingActivities?.some(({ lastWorkerIdentity }) => lastWorkerIdentity?.startsWith(`${pid}@`)),
    );
  });
  stuck.signal('SIGSTOP');
  await gate.open();
  const ended = await storm.untilEnded('stuck', RUN_TIMEOUT_MS);
  expect(ended).toMatchObject({ state: 'published', error: null });

  // Its connections are gone, so that it can neither finish nor undo anything.
  const linesBefore = stuck.lines.length;
  stuck.signal('SIGCONT');
  await until(
    'it has noticed that its batches are no longer its own',
    () => stuck.lines.length > linesBefore,
  );
  expect(await auditOrganization(storm.owner, stormyId)).toEqual([]);
  const again = await runInCalm('after-stuck', 'stormy', NEXT_DAY);
  expect(again).toMatchObject({ state: 'published', checksum: ended.checksum });
  expect(storm.fallen).toEqual([]);
});
