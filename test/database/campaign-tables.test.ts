/** What the database itself holds of campaigns: the types of every organization, values, notes for planning. */
import { runner } from 'node-pg-migrate';
import type { Client, ClientBase } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { migrate } from '../../src/db/migrate.ts';
import { shippedCampaignTypes } from '../model/defaults.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';

const MIGRATIONS_FOLDER = new URL('../../src/db/migrations', import.meta.url).pathname;
const MIGRATIONS_BEFORE_CAMPAIGNS = 2;

let db: TestDatabase;
let organizationId: string;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

beforeEach(async () => {
  organizationId = await addOrganization(db);
});

async function addOrganization({ owner }: TestDatabase): Promise<string> {
  const { rows } = await owner.query<{ id: string }>(
    `INSERT INTO organizations (name, time_zone)
     SELECT 'agency-' || count(*), 'America/Chicago' FROM organizations RETURNING id`,
  );
  return rows[0]!.id;
}

const SHIPPED = shippedCampaignTypes().map(({ id: _id, legal_basis: basis, ...type }) => ({
  ...type,
  has_basis: basis !== null,
}));

async function typesOf({ owner }: TestDatabase, id: string): Promise<object[]> {
  const { rows } = await owner.query<object>(
    `SELECT name, respect_exclusion_windows, legal_basis IS NOT NULL AS has_basis, enable_followups,
       days_before_event, target_all_contacts, priority, transactional, active
     FROM campaign_types WHERE organization_id = $1 ORDER BY id`,
    [id],
  );
  return rows;
}

describe('the types shipped', () => {
  test('belong to a new organization', async () => {
    expect(await typesOf(db, organizationId)).toEqual(SHIPPED);
  });

  test('are given to those that exist, and leave their own as they are', async () => {
    const former = await createEmptyDatabase();
    try {
      const client = await former.owner.connect();
      await migrateUpTo(client, MIGRATIONS_BEFORE_CAMPAIGNS);
      client.release();
      const id = await addOrganization(former);
      await former.owner.query(
        `INSERT INTO campaign_types (organization_id, name, priority) VALUES ($1, 'policy_update', 9)`,
        [id],
      );
      await migrate(former.databaseUrl, () => undefined);
      const types = await typesOf(former, id);
      expect(types).toHaveLength(SHIPPED.length);
      expect(types).toEqual(expect.arrayContaining(SHIPPED.slice(0, 4)));
      expect(types).toContainEqual(expect.objectContaining({ name: 'policy_update', priority: 9 }));
    } finally {
      await former.drop();
    }
  });
});

async function migrateUpTo(client: ClientBase, count: number): Promise<void> {
  await runner({
    dbClient: client as unknown as Client,
    dir: MIGRATIONS_FOLDER,
    direction: 'up',
    count,
    migrationsTable: 'schema_migrations',
    verbose: false,
    log: () => undefined,
  });
}

async function typeId(name: string): Promise<string> {
  const { rows } = await db.owner.query<{ id: string }>(
    'SELECT id FROM campaign_types WHERE organization_id = $1 AND name = $2',
    [organizationId, name],
  );
  return rows[0]!.id;
}

async function addInstance(status: string, type = 'seasonal_promo'): Promise<string> {
  const { rows } = await db.pool.query<{ id: string }>(
    `INSERT INTO campaign_instances (organization_id, campaign_type_id, name, status)
     SELECT $1, $2, 'instance ' || count(*), $3 FROM campaign_instances WHERE organization_id = $1
     RETURNING id`,
    [organizationId, await typeId(type), status],
  );
  return rows[0]!.id;
}

async function addContacts(count: number): Promise<string[]> {
  const { rows } = await db.pool.query<{ id: string }>(
    `INSERT INTO contacts (organization_id, external_id, email, state)
     SELECT $1, 'C' || n, 'c' || n || '@example.com', 'TX' FROM generate_series(1, $2::integer) n RETURNING id`,
    [organizationId, count],
  );
  return rows.map(({ id }) => id);
}

async function addTargets(instanceId: string, contactIds: readonly string[]): Promise<void> {
  await db.pool.query(
    `INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, trigger_date)
     SELECT $1, unnest($2::bigint[]), $3, '2027-03-20'`,
    [organizationId, contactIds, instanceId],
  );
}

/** What is noted since the last time: the contact, or `all`. */
async function notes(): Promise<string[]> {
  const { rows } = await db.pool.query<{ contact_id: string | null }>(
    'DELETE FROM planning_changes WHERE organization_id = $1 RETURNING contact_id',
    [organizationId],
  );
  return rows.map(({ contact_id: id }) => id ?? 'all').sort();
}

const CHECK_VIOLATION = { code: '23514' };

describe('values that cannot be planned by are refused', () => {
  test.for([
    `respect_exclusion_windows = false`,
    `respect_exclusion_windows = false, legal_basis = ' '`,
    `name = 'a:b'`,
    `name = ''`,
    `days_before_event = 366`,
    `days_before_event = -366`,
    `priority = -1`,
    `priority = 1001`,
  ])('of a type: %s', async (assignment) => {
    const change = db.pool.query(
      `UPDATE campaign_types SET ${assignment} WHERE organization_id = $1 AND name = 'seasonal_promo'`,
      [organizationId],
    );
    await expect(change).rejects.toMatchObject(CHECK_VIOLATION);
  });

  test.for([
    `active_start_date = '2027-03-02', active_end_date = '2027-03-01'`,
    `active_start_date = 'infinity'`,
    `active_end_date = '2200-01-01'`,
    `respect_exclusion_windows = false`,
    `status = 'running'`,
    `metadata = '[]'`,
    `metadata = '{"priority": "1"}'`,
    `metadata = '{"priority": 1.5}'`,
    `metadata = '{"priority": -1}'`,
    `metadata = '{"days_before_event": 400}'`,
    `metadata = '{"days_before_event": null}'`,
    `metadata = '{"email_template": 7}'`,
    `metadata = '{"sms_template": {}}'`,
  ])('of an instance: %s', async (assignment) => {
    const id = await addInstance('active');
    const change = db.pool.query(
      `UPDATE campaign_instances SET ${assignment} WHERE organization_id = $1 AND id = $2`,
      [organizationId, id],
    );
    await expect(change).rejects.toMatchObject(CHECK_VIOLATION);
  });

  test.for([
    `trigger_date = 'infinity'`,
    `trigger_date = '1899-12-31'`,
    `metadata = '{"email_template": 7}'`,
  ])('of a target: %s', async (assignment) => {
    await addTargets(await addInstance('active'), await addContacts(1));
    const change = db.pool.query(`UPDATE contact_campaigns SET ${assignment} WHERE organization_id = $1`, [
      organizationId,
    ]);
    await expect(change).rejects.toMatchObject(CHECK_VIOLATION);
  });
});

describe('a change of a type', () => {
  test.for([
    [`priority = 7`, 1],
    [`days_before_event = 3`, 1],
    [`active = false`, 1],
    [`transactional = true`, 1],
    [`target_all_contacts = true`, 1],
    [`legal_basis = 'a ruling'`, 1],
    [`respect_exclusion_windows = false, legal_basis = 'a ruling'`, 1],
    [`name = 'promo'`, 1],
    [`enable_followups = false`, 0],
    [`priority = priority`, 0],
  ] as const)('matters to planning by what it changes: %s', async ([assignment, noted]) => {
    await addInstance('paused');
    await notes();
    await db.pool.query(
      `UPDATE campaign_types SET ${assignment} WHERE organization_id = $1 AND name = 'seasonal_promo'`,
      [organizationId],
    );
    expect(await notes()).toEqual(Array.from({ length: noted }, () => 'all'));
  });

  test('that has only drafts concerns nobody', async () => {
    await addInstance('draft');
    await db.pool.query('UPDATE campaign_types SET priority = 7 WHERE organization_id = $1', [
      organizationId,
    ]);
    expect(await notes()).toEqual([]);
  });
});

describe('a change of an instance', () => {
  test.for([
    ['draft', `active_end_date = '2027-05-01'`, 0],
    ['draft', `status = 'ended'`, 0],
    ['draft', `status = 'active'`, 1],
    ['active', `status = 'draft'`, 1],
    ['active', `status = 'paused'`, 0],
    ['paused', `status = 'ended'`, 1],
    ['active', `active_end_date = '2027-05-01'`, 1],
    ['paused', `active_start_date = '2027-05-01'`, 1],
    ['active', `email_template = 'other'`, 1],
    ['active', `sms_template = 'other'`, 1],
    ['active', `respect_exclusion_windows = true`, 1],
    ['active', `metadata = '{"priority": 2}'`, 1],
    ['active', `metadata = '{"followup_delay": "3d"}'`, 0],
    ['active', `name = 'another name'`, 0],
    ['active', `enable_followups = false`, 0],
    ['ended', `active_end_date = '2027-05-01'`, 0],
  ] as const)('that is %s, to %s', async ([status, assignment, noted]) => {
    const id = await addInstance(status);
    await notes();
    await db.pool.query(
      `UPDATE campaign_instances SET ${assignment} WHERE organization_id = $1 AND id = $2`,
      [organizationId, id],
    );
    expect(await notes()).toEqual(Array.from({ length: noted }, () => 'all'));
  });

  test('a new one concerns everybody unless it is a draft or ended', async () => {
    for (const status of ['draft', 'ended']) await addInstance(status);
    expect(await notes()).toEqual([]);
    for (const status of ['active', 'paused']) await addInstance(status);
    expect(await notes()).toEqual(['all', 'all']);
  });

  test('a removed one that was planned concerns everybody', async () => {
    await addInstance('draft');
    await addInstance('active');
    await notes();
    await db.pool.query('DELETE FROM campaign_instances WHERE organization_id = $1', [organizationId]);
    expect(await notes()).toEqual(['all']);
  });
});

describe('a change of targets', () => {
  test('concerns the contacts, each once', async () => {
    const [first, second] = (await addContacts(2)) as [string, string];
    const instances = [await addInstance('active'), await addInstance('paused')] as const;
    await notes();
    await addTargets(instances[0], [first, second]);
    expect(await notes()).toEqual([first, second].sort());
    await addTargets(instances[1], [second]);
    expect(await notes()).toEqual([second]);
    const change = (assignment: string): Promise<unknown> =>
      db.pool.query(`UPDATE contact_campaigns SET ${assignment} WHERE organization_id = $1`, [
        organizationId,
      ]);
    await change(`trigger_date = '2027-03-21'`);
    expect(await notes()).toEqual([first, second].sort());
    await change(`metadata = '{"sms_template": "other"}'`);
    expect(await notes()).toEqual([first, second].sort());
    await change(`metadata = metadata || '{"source": "fair"}'`);
    expect(await notes()).toEqual([]);
    await db.pool.query('DELETE FROM contact_campaigns WHERE organization_id = $1 AND contact_id = $2', [
      organizationId,
      second,
    ]);
    expect(await notes()).toEqual([second]);
  });

  test('that is given to another contact concerns both', async () => {
    const [first, second] = (await addContacts(2)) as [string, string];
    await addTargets(await addInstance('active'), [first]);
    await notes();
    await db.pool.query('UPDATE contact_campaigns SET contact_id = $2 WHERE organization_id = $1', [
      organizationId,
      second,
    ]);
    expect(await notes()).toEqual([first, second].sort());
  });

  test('of a draft or an ended instance concerns nobody', async () => {
    const contacts = await addContacts(1);
    for (const status of ['draft', 'ended']) {
      const instance = await addInstance(status);
      await notes();
      await addTargets(instance, contacts);
      await db.pool.query(
        `UPDATE contact_campaigns SET trigger_date = '2027-03-21' WHERE organization_id = $1`,
        [organizationId],
      );
      await db.pool.query('DELETE FROM contact_campaigns WHERE organization_id = $1', [organizationId]);
      expect(await notes()).toEqual([]);
    }
  });

  test('of more than 1,000 contacts in one statement is one of all', async () => {
    const contacts = await addContacts(1_001);
    const instance = await addInstance('active');
    await notes();
    await addTargets(instance, contacts);
    expect(await notes()).toEqual(['all']);
  });

  test('of 20,000 contacts takes time by their number, not by its square', async () => {
    const contacts = await addContacts(20_000);
    await db.pool.query('SELECT analyze_contacts()');
    const instance = await addInstance('active');
    const startMs = performance.now();
    await addTargets(instance, contacts);
    await db.pool.query(
      `UPDATE contact_campaigns SET trigger_date = '2027-03-21' WHERE organization_id = $1`,
      [organizationId],
    );
    // A second here; forty where every contact was counted anew for every other.
    expect(performance.now() - startMs).toBeLessThan(15_000);
  });

  test('while its instance is being activated by another: one of the two is noted, whoever is first', async () => {
    const contacts = await addContacts(1);
    for (const isTargetFirst of [true, false]) {
      const instance = await addInstance('draft');
      await notes();
      const statements = [
        `INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, trigger_date)
         VALUES (${organizationId}, ${contacts[0]!}, ${instance}, '2027-03-20')`,
        `UPDATE campaign_instances SET status = 'active' WHERE organization_id = ${organizationId} AND id = ${instance}`,
      ];
      const [first, second] = isTargetFirst ? statements : statements.reverse();
      const client = await db.pool.connect();
      await client.query('BEGIN');
      await client.query(first!);
      const other = db.pool.query(second!);
      await waitingForLock();
      await client.query('COMMIT');
      client.release();
      await other;
      expect(await notes()).not.toEqual([]);
    }
  });
});

/** Until a statement waits for another transaction. */
async function waitingForLock(): Promise<void> {
  for (;;) {
    const { rows } = await db.owner.query<{ waiting: boolean }>(
      `SELECT EXISTS (SELECT FROM pg_stat_activity
         WHERE datname = current_database() AND wait_event_type = 'Lock') AS waiting`,
    );
    if (rows[0]!.waiting) return;
  }
}
