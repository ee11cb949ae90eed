/** What a published plan writes and leaves, what a dry run does not, and which days may be planned for (SPEC 2, 9). */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDay } from '../../src/domain/calendar.ts';
import { instantOf } from '../../src/domain/time-zone.ts';
import type { TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { readPlan, readSchedules, TIME_ZONE } from '../support/model-database.ts';
import { AS_OF, PlainWorlds } from '../support/plain-worlds.ts';
import { auditOrganization } from '../support/plan-audit.ts';
import type { PlanningWorld } from '../support/planning-world.ts';
import { createRunner, type RunOptions } from '../support/run-planning.ts';

let db: TestDatabase;
let worlds: PlainWorlds;

beforeAll(async () => {
  worlds = await PlainWorlds.begin('publication');
  ({ db } = worlds);
});

afterAll(async () => {
  await worlds.end();
});

function createWorld(
  options: { sandbox?: boolean; contacts?: number; seed?: number } = {},
): Promise<PlanningWorld> {
  return worlds.create({ contacts: 60, seed: 5, ...options });
}

async function rowsWritten(world: PlanningWorld): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    'SELECT count(*)::integer AS count FROM plan_rows WHERE organization_id = $1',
    [world.organizationId],
  );
  return rows[0]!.count;
}

async function basesOf(world: PlanningWorld): Promise<number[]> {
  const { rows } = await db.pool.query<{ base_id: number }>(
    'SELECT base_id::integer AS base_id FROM plans WHERE organization_id = $1 ORDER BY number',
    [world.organizationId],
  );
  return rows.map((row) => row.base_id);
}

describe('a plan that follows another', () => {
  test('on the same day changes nothing and writes no row', async () => {
    const world = await createWorld();
    const first = await world.plan();
    const written = await rowsWritten(world);
    const seen = await readSchedules(db.pool, world.organizationId);
    const second = await world.plan({ batchSize: 7, shuffleSeed: 3 });
    expect(second.checksum).toBe(first.checksum);
    expect(second.counts.changes).toEqual({
      added: 0,
      changed: 0,
      removed: 0,
      missed: 0,
      unchanged: first.counts.occurrences.total,
    });
    expect(await rowsWritten(world)).toBe(written);
    expect(await readSchedules(db.pool, world.organizationId)).toEqual(seen);
    expect([first.planNumber, second.planNumber]).toEqual([1, 2]);
  });

  test('writes the rows of the contacts that changed, on the base of the first; those of the first are still there', async () => {
    const world = await createWorld();
    await world.plan();
    const earlier = await readPlan(db.pool, world.organizationId);
    const written = await rowsWritten(world);
    const { contacts, suppressions } = world.input;
    const moved = contacts.map((contact) =>
      contact.id === 2 ? { ...contact, state: 'TX', zip_code: null, birth_date: '1950-08-08' } : contact,
    );
    await world.editContacts({ contacts: moved, suppressions });
    const { changes } = (await world.plan()).counts;
    expect(changes.added + changes.changed).toBeGreaterThan(0);
    expect((await rowsWritten(world)) - written).toBe(changes.added + changes.changed);
    const [first, second] = await basesOf(world);
    expect(second).toBe(first);

    const { rows } = await db.pool.query<{ id: number }>(
      `SELECT r.id::integer AS id FROM plan_rows r JOIN plan_segments s ON s.base_id = r.base_id AND s.run_id = r.segment_run_id
       WHERE r.organization_id = $1 AND s.plan_number <= 1 AND (closed_plan IS NULL OR closed_plan > 1) ORDER BY r.id`,
      [world.organizationId],
    );
    expect(rows.map(({ id }) => id)).toEqual(earlier.map(({ id }) => id));
  });

  test('drawn anew stands on a base of its own and closes no row of the former', async () => {
    const world = await createWorld();
    await world.plan();
    await world.plan({ fresh: true });
    const [first, second] = await basesOf(world);
    expect(second).not.toBe(first);
    const { rows } = await db.pool.query(
      'SELECT count(*)::integer AS ended FROM plan_rows WHERE base_id = $1 AND ended_in IS NOT NULL',
      [first],
    );
    expect(rows).toEqual([{ ended: 0 }]);
  });

  test('after most of the plan has changed stands on a new base, too', async () => {
    const world = await createWorld();
    await world.plan();
    const config = structuredClone(world.input.config);
    config.email_types.birthday.days_before = 20;
    config.email_types.effective_date.days_before = 25;
    await world.configuration.write(config, world.input.rules);
    world.input = { ...world.input, config };
    await world.plan();
    const [first, second] = await basesOf(world);
    expect(second).not.toBe(first);
  });

  test('leaves the flag of rows before the as-of date, which stay as they are', async () => {
    const world = await createWorld({ contacts: 40, seed: 9 });
    const onOneDay = world.input.contacts.map((contact) => ({
      ...contact,
      email: `person${contact.id}@example.com`,
      state: 'TX',
      zip_code: null,
      birth_date: '1950-03-16',
      effective_date: null,
    }));
    await world.editContacts({ contacts: onOneDay, suppressions: [] });
    const config = structuredClone(world.input.config);
    config.load.redistribute_within_days = 1;
    await world.configuration.write(config, world.input.rules);
    world.input = { ...world.input, config };
    world.setDays('2027-03-02', '2027-03-02');
    await world.plan();
    const flagged = world.input.planInForce.filter(
      (row) => row.over_cap && row.scheduled_send_date === '2027-03-02',
    );
    expect(flagged.length).toBeGreaterThan(0);
    world.setDays('2027-03-02', '2027-03-03');
    await world.plan();
    await world.dispatchAll('2027-03-02');
    expect(world.input.ledger.filter((row) => row.over_cap)).toHaveLength(flagged.length);
  });

  test('is a bigger number each time, also when a dry run or a failed one came between', async () => {
    const world = await createWorld();
    await world.plan();
    await world.planDry();
    const { runner, name } = world;
    const failing = await runner.open({ organization: name, asOf: AS_OF });
    await db.owner.query("UPDATE scheduler_runs SET state = 'failed' WHERE id = $1", [failing.runId]);
    expect((await world.plan()).planNumber).toBe(2);
  });
});

describe('the plan does not depend on how it is made', () => {
  test('batch size, order, dry run, run before in another database', async () => {
    const world = await createWorld({ contacts: 130, seed: 12 });
    const others = await PlainWorlds.begin('twin');
    try {
      const twin = await others.open(world.input);
      for (let day = 0; day < 3; day += 1) {
        const dry = await world.planDry({ batchSize: 1 + 30 * day, shuffleSeed: day + 1 });
        const dryAgain = await world.planDry({ batchSize: 17 });
        const published = await world.plan({ batchSize: 64, shuffleSeed: 2 });
        const twinned = await twin.plan();
        const checksums = [dry, dryAgain, published, twinned].map(({ checksum }) => checksum);
        expect(new Set(checksums).size).toBe(1);
        expect(dry.counts).toEqual(published.counts);
        for (const each of [world, twin]) await each.goToNextDay(900 + day);
      }
    } finally {
      await others.end();
    }
  });
});

describe('a dry run', () => {
  test('shows nothing to readers, keeps its rows, and is counted like the plan that it would be', async () => {
    const world = await createWorld();
    await world.plan();
    await world.editContacts({ contacts: world.input.contacts.slice(5), suppressions: [] });
    const before = await readSchedules(db.pool, world.organizationId);
    const dry = await world.planDry({ fresh: true });
    expect(dry).toMatchObject({ state: 'dry_run', planNumber: null });
    expect(await readSchedules(db.pool, world.organizationId)).toEqual(before);
    const { rows } = await db.pool.query(
      'SELECT count(*)::integer AS rows FROM plan_rows WHERE segment_run_id = $1',
      [dry.runId],
    );
    expect(rows).toEqual([{ rows: dry.counts.occurrences.total }]);
    const published = await world.plan({ fresh: true });
    expect(published.checksum).toBe(dry.checksum);
    expect(published.counts).toEqual(dry.counts);
  });

  test('of changes only does not disturb the run that publishes them after it', async () => {
    const world = await createWorld();
    await world.plan();
    const { contacts } = world.input;
    const edited = contacts.map((contact) =>
      contact.id % 9 === 0 ? { ...contact, birth_date: '1951-05-05' } : contact,
    );
    await world.editContacts({ contacts: edited, suppressions: [] });
    const dry = await world.planDry();
    const again = await world.planDry({ batchSize: 10 });
    const published = await world.plan();
    expect([again.checksum, published.checksum]).toEqual([dry.checksum, dry.checksum]);
    await world.plan();
    expect(await auditOrganization(db.owner, world.organizationId)).toEqual([]);
  });

  test('of a sandbox does not move its clock', async () => {
    const world = await createWorld({ sandbox: true });
    await world.plan();
    await world.runner.run({ organization: world.name, asOf: '2027-04-01', dryRun: true });
    const summary = await world.runner.run({ organization: world.name });
    expect(summary.asOf).toBe(AS_OF);
  });
});

describe('readers', () => {
  test('see the former plan or the new one, never a mixture, while plans are published', async () => {
    const world = await createWorld({ contacts: 150 });
    const { pool } = db;
    let isOver = false;
    const seen = new Set<string>();
    const read = async (): Promise<void> => {
      while (!isOver) {
        const { rows } = await pool.query<{ told: string }>(
          `SELECT count(*) || ' ' || coalesce(sum(id), 0) || ' ' || count(DISTINCT (contact_id, email_type, event_date)) AS told
           FROM email_schedules WHERE organization_id = $1`,
          [world.organizationId],
        );
        seen.add(rows[0]!.told);
      }
    };
    const reader = read();
    const published = ['0 0 0'];
    try {
      for (let round = 0; round < 4; round += 1) {
        await world.plan({ fresh: round === 2, batchSize: 40 });
        const rows = await readSchedules(pool, world.organizationId);
        published.push(`${rows.length} ${rows.reduce((sum, { id }) => sum + id, 0)} ${rows.length}`);
        const { contacts, suppressions } = world.input;
        await world.editContacts({ contacts: contacts.slice(10), suppressions });
      }
    } finally {
      isOver = true;
      await reader;
    }
    expect([...seen].filter((told) => !published.includes(told))).toEqual([]);
    expect(seen.size).toBeGreaterThan(1);
  });
});

describe('the as-of date', () => {
  async function runAt(
    world: PlanningWorld,
    at: { day: string; time: string },
    options: Partial<RunOptions> = {},
  ): Promise<{ asOf: string; state: string; today: string }> {
    const runner = await createRunner({
      pool: db.pool,
      configurationFolder: world.configuration.folder,
      now: () => instantOf(parseDay(at.day)!, at.time, TIME_ZONE),
    });
    const { asOf, state, runId } = await runner.run({ organization: world.name, ...options });
    const { rows } = await db.pool.query<{ today: string }>(
      'SELECT today::text AS today FROM scheduler_runs WHERE id = $1',
      [runId],
    );
    return { asOf, state, today: rows[0]!.today };
  }

  const DST_DAYS = ['2027-03-14', '2027-11-07'];

  test.each([
    ['just after midnight', '00:00', 0],
    ['before the sending hours', '04:00', 0],
    ['a minute before they end', '19:59', 0],
    ['when they have ended', '20:00', 1],
    ['just before midnight', '23:59', 1],
  ])('of a real organization is by default, %s, %s: %i days from today', async (_when, time, days) => {
    for (const day of ['2027-03-01', ...DST_DAYS]) {
      const world = await createWorld({ contacts: 3 });
      expect(await runAt(world, { day, time })).toEqual({
        asOf: addDays(day, days),
        state: 'published',
        today: day,
      });
    }
  });

  test('is tomorrow by default once today is claimed', async () => {
    const world = await createWorld({ contacts: 20 });
    await world.plan();
    await world.claim(AS_OF);
    expect((await runAt(world, { day: AS_OF, time: '09:00' })).asOf).toBe('2027-03-02');
    expect((await runAt(world, { day: '2027-03-02', time: '09:00' })).asOf).toBe('2027-03-02');
  });

  test.each([
    ['today', '2027-03-01', 'published'],
    ['tomorrow', '2027-03-02', 'published'],
    ['the day after', '2027-03-03', 'dry_run'],
    ['a year later', '2028-03-01', 'dry_run'],
  ])('%s, %s: %s', async (_what, asOf, state) => {
    const world = await createWorld({ contacts: 10 });
    expect(await runAt(world, { day: AS_OF, time: '09:00' }, { asOf })).toEqual({
      asOf,
      state,
      today: AS_OF,
    });
  });

  test('before today is refused with the day that is allowed', async () => {
    const world = await createWorld({ contacts: 1 });
    const run = runAt(world, { day: AS_OF, time: '00:30' }, { asOf: '2027-02-28' });
    await expect(run).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('2027-03-01') as string,
      detail: { place: 'asOf', value: '2027-02-28' },
    });
  });

  test('of a sandbox may be any day the first time, and goes forwards only', async () => {
    const world = await createWorld({ sandbox: true, contacts: 10 });
    const now = { day: AS_OF, time: '23:00' };
    expect(await runAt(world, now, { asOf: '2024-02-29' })).toMatchObject({
      asOf: '2024-02-29',
      today: '2024-02-29',
    });
    await expect(runAt(world, now, { asOf: '2024-02-28' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect((await runAt(world, now)).asOf).toBe('2024-02-29');
    expect(await runAt(world, now, { asOf: '2031-01-01' })).toEqual({
      asOf: '2031-01-01',
      state: 'published',
      today: '2031-01-01',
    });
    expect((await runAt(world, now)).asOf).toBe('2031-01-01');
  });

  test('of a sandbox is by default the zone’s day before its first run', async () => {
    const world = await createWorld({ sandbox: true, contacts: 3 });
    expect((await runAt(world, { day: AS_OF, time: '23:30' })).asOf).toBe(AS_OF);
  });

  test('of a sandbox is by default the next day once its today is claimed', async () => {
    const world = await createWorld({ sandbox: true, contacts: 10 });
    await world.plan();
    await world.claim(AS_OF);
    expect((await runAt(world, { day: '2026-01-01', time: '09:00' })).asOf).toBe('2027-03-02');
  });

  test.each(['0001-01-01', '1900-01-01', '1969-12-31', '2199-12-31', '9999-12-31'])(
    'of a sandbox may be as far away as %s',
    async (asOf) => {
      const world = await createWorld({ sandbox: true, contacts: 30 });
      expect((await runAt(world, { day: AS_OF, time: '09:00' }, { asOf })).asOf).toBe(asOf);
    },
  );

  test('an organization without any contact has an empty plan', async () => {
    const world = await createWorld({ contacts: 2 });
    await world.editContacts({ contacts: [], suppressions: [] });
    const summary = await world.plan();
    expect(summary.counts.contacts.read).toBe(0);
    await world.plan();
  });
});

describe('the ledger keeps by itself', () => {
  const insert = (fields: Record<string, string | number | null>): Promise<unknown> => {
    const row: Record<string, string | number | null> = {
      email_type: 'birthday',
      campaign_instance_id: null,
      event_date: '2027-06-15',
      ideal_date: '2027-06-01',
      scheduled_send_date: '2027-06-01',
      scheduled_send_time: '08:30',
      status: 'sent',
      skip_reason: null,
      priority: 5,
      email_template: 'birthday',
      parent_id: null,
      contact_id: 1,
      ...fields,
    };
    const columns = Object.keys(row);
    return db.owner.query(
      `INSERT INTO ledger (organization_id, run_id, ${columns.join(', ')})
       VALUES (${world.organizationId}, ${runId}, ${columns.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(row),
    );
  };
  let world: PlanningWorld;
  let runId: number;

  beforeAll(async () => {
    world = await createWorld({ contacts: 5 });
    ({ runId } = await world.plan());
    await insert({ id: 1 });
    await insert({
      id: 2,
      email_type: 'campaign_rate_increase',
      campaign_instance_id: 1,
      event_date: '2027-07-01',
    });
    await insert({ id: 3, email_type: 'followup_1_cold', parent_id: 1 });
  });

  test.each([
    ['an occurrence twice, without instance', { id: 11 }, 'ledger_occurrence'],
    [
      'the same occurrence in another status',
      { id: 11, status: 'skipped', skip_reason: 'missed' },
      'ledger_occurrence',
    ],
    [
      'two mails of one instance to one contact, whatever their events',
      { id: 11, email_type: 'campaign_rate_increase', campaign_instance_id: 1, event_date: '2027-08-01' },
      'ledger_campaign_instance',
    ],
    [
      'two follow-ups of one mail',
      { id: 11, email_type: 'followup_2_clicked_no_hq', parent_id: 1 },
      'ledger_follow_up',
    ],
    ['one id twice', { id: 1, event_date: '2028-06-15' }, 'ledger_pkey'],
    ['a contact of nobody', { id: 11, contact_id: 999_999 }, 'ledger_organization_id_contact_id_fkey'],
    [
      'an instance of nobody',
      { id: 11, event_date: '2029-01-01', campaign_instance_id: 99 },
      'ledger_organization_id_campaign_instance_id_fkey',
    ],
    ['a skip without a reason', { id: 11, event_date: '2029-01-01', status: 'skipped' }, 'ledger_check'],
    ['a reason without a skip', { id: 11, event_date: '2029-01-01', skip_reason: 'missed' }, 'ledger_check'],
    [
      'a planned mail that is no follow-up',
      { id: 11, event_date: '2029-01-01', status: 'pre-scheduled' },
      'ledger_check',
    ],
  ])('refuses %s', async (_what, fields, constraint) => {
    await expect(insert(fields)).rejects.toMatchObject({
      constraint: expect.stringContaining(constraint) as string,
    });
  });

  test.each([
    ['an occurrence that was requeued, beside its new row', { id: 21, status: 'requeued' }],
    [
      'a follow-up of another mail with the same event date',
      { id: 22, email_type: 'followup_1_cold', parent_id: 2 },
    ],
    [
      'a skipped mail of an instance that has one',
      {
        id: 23,
        email_type: 'campaign_rate_increase',
        campaign_instance_id: 1,
        event_date: '2027-09-01',
        status: 'skipped',
        skip_reason: 'campaign_conflict',
      },
    ],
    [
      'a planned follow-up',
      { id: 24, parent_id: 21, email_type: 'followup_1_cold', status: 'pre-scheduled' },
    ],
  ])('takes %s', async (_what, fields) => {
    await expect(insert(fields)).resolves.toBeDefined();
  });
});
