import { afterAll, beforeAll, expect, test } from 'vitest';
import { insertContacts } from '../support/insert-contacts.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import { randomFrom, Storm, type Victim } from '../support/storm.ts';
import { until } from '../support/until.ts';

const CONTACTS = 20_000;
const BATCH_SIZE = 1_000;
const AS_OF = '2026-11-23';
const KILLS: readonly Victim[] = ['worker', 'temporal', 'postgres', 'temporal', 'postgres'];
/** Batches of two phases (the day that is too full is foreseen), and three steps of the whole run. */
const CHECKPOINTS = 2 * (CONTACTS / BATCH_SIZE + 1) + 3;
const TIMEOUT_MS = 4 * 60_000;

const seed = Number(process.env.KILL_SEED ?? Date.now() % 1_000_000);
const random = randomFrom(seed);
let storm: Storm;

beforeAll(async () => {
  storm = await Storm.begin(random);
  await storm.employ(1);
});

afterAll(async () => {
  await storm.end();
});

test(
  `kill -9 of worker, Temporal and PostgreSQL in the midst of a run changes nothing (KILL_SEED=${seed})`,
  async () => {
    await insertContacts(storm.owner, 'calm', CONTACTS);
    const stormyId = await insertContacts(storm.owner, 'stormy', CONTACTS);
    const input = { asOf: AS_OF, batchSize: BATCH_SIZE };
    await storm.start('calm', { organization: 'calm', ...input });
    const calm = await storm.untilEnded('calm', TIMEOUT_MS);
    expect(calm).toMatchObject({ state: 'published', error: null });

    // One part of the run for each kill, in which its moment is drawn.
    const kills = KILLS.map((victim) => ({ victim, order: random() })).sort((a, b) => a.order - b.order);
    await storm.start('stormy', { organization: 'stormy', ...input });
    let inTime = 0;
    for (const [index, { victim }] of kills.entries()) {
      const moment = Math.floor(((index + random()) / kills.length) * CHECKPOINTS);
      const done = await until(
        `${moment} checkpoints are done`,
        async () => {
          const count = await storm.checkpointsDone('stormy');
          return count !== undefined && count >= moment ? { count } : undefined;
        },
        TIMEOUT_MS,
      );
      if (done.count !== Infinity) inTime += 1;
      await storm.kill([victim]);
    }
    const stormy = await storm.untilEnded('stormy', TIMEOUT_MS);
    expect(stormy).toEqual({ ...calm, runId: stormy.runId });
    expect(await auditOrganization(storm.owner, stormyId)).toEqual([]);
    expect(storm.fallen).toEqual([]);
    expect(inTime).toBeGreaterThanOrEqual(kills.length - 1);
  },
  TIMEOUT_MS,
);
