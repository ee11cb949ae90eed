/** The audit log: every change has its entries, written by the database itself, and nothing personal is in them. */
import { createHmac } from 'node:crypto';
import type { PoolClient } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { actAs } from '../../src/db/act-as.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { runCommand, type CommandPlace } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
let organizationId: string;
let organization: string;

interface Entry {
  readonly actor: string;
  readonly entity: string;
  readonly entity_id: string | null;
  readonly action: string;
  readonly field: string | null;
  readonly old: string | null;
  readonly new: string | null;
}

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  await db.drop();
});
beforeEach(async () => {
  const { rows } = await db.pool.query<{ id: string; name: string }>(
    `INSERT INTO organizations (name, time_zone)
     SELECT 'agency-' || count(*), 'America/Chicago' FROM organizations RETURNING id, name`,
  );
  ({ id: organizationId, name: organization } = rows[0]!);
});

/** Does it in Ann's name, and gives the entries that it leaves, in their order. */
async function audited(work: (client: PoolClient) => Promise<unknown>): Promise<Entry[]> {
  const { rows: before } = await db.pool.query<{ id: string }>(
    'SELECT coalesce(max(id), 0) AS id FROM audit_log',
  );
  await inTransaction(db.pool, async (client) => {
    await actAs(client, 'ann');
    await work(client);
  });
  const { rows } = await db.pool.query<Entry>(
    `SELECT actor, entity, entity_id, action, field, old, new FROM audit_log
     WHERE organization_id = $1 AND id > $2 ORDER BY id`,
    [organizationId, before[0]!.id],
  );
  return rows;
}

function sql(text: string, values: unknown[] = []): Promise<Entry[]> {
  return audited((client) => client.query(text, [organizationId, ...values]));
}

async function idOf(text: string): Promise<string> {
  const { rows } = await db.pool.query<{ id: string }>(text, [organizationId]);
  return rows[0]!.id;
}

const BLANK = { actor: 'ann', field: null, old: null, new: null };

function entry(entity: string, entityId: string | null, action: string, rest: Partial<Entry> = {}): Entry {
  return { ...BLANK, entity, entity_id: entityId, action, ...rest };
}

/** What came or went: JSON, whose order of keys is the database's. */
function parsed({ old, new: now, ...rest }: Entry): object {
  return {
    ...rest,
    old: old === null ? null : (JSON.parse(old) as unknown),
    new: now === null ? null : (JSON.parse(now) as unknown),
  };
}

function addType(name = 'vip'): Promise<Entry[]> {
  return sql(
    `INSERT INTO campaign_types (organization_id, name, priority, days_before_event) VALUES ($1, $2, 3, 4)`,
    [name],
  );
}

async function addInstance(): Promise<string> {
  await sql(
    `INSERT INTO campaign_instances (organization_id, campaign_type_id, name, metadata)
     SELECT $1, id, 'spring', '{"priority": 2}' FROM campaign_types WHERE organization_id = $1 AND name = 'rate_increase'`,
  );
  return idOf(`SELECT id FROM campaign_instances WHERE organization_id = $1`);
}

async function addContact(externalId = 'S-1'): Promise<string> {
  await sql(
    `INSERT INTO contacts (organization_id, external_id, email) VALUES ($1, $2, 'ann.lee@example.com')`,
    [externalId],
  );
  return idOf('SELECT max(id) AS id FROM contacts WHERE organization_id = $1');
}

describe('campaign types and instances', () => {
  test('a type: its fields when it comes and goes, one entry per field when it changes', async () => {
    const added = await addType();
    const id = await idOf(`SELECT id FROM campaign_types WHERE organization_id = $1 AND name = 'vip'`);
    const fields = {
      name: 'vip',
      respect_exclusion_windows: true,
      legal_basis: null,
      enable_followups: true,
      days_before_event: 4,
      target_all_contacts: false,
      priority: 3,
      transactional: false,
      active: true,
    };
    expect(added.map(parsed)).toEqual([{ ...entry('campaign_type', id, 'add'), new: fields }]);

    const changed = await sql(
      `UPDATE campaign_types SET respect_exclusion_windows = false, legal_basis = 'the law', enable_followups = false,
         priority = 3 WHERE organization_id = $1 AND name = 'vip'`,
    );
    expect(changed).toEqual([
      entry('campaign_type', id, 'change', { field: 'enable_followups', old: 'true', new: 'false' }),
      entry('campaign_type', id, 'change', { field: 'legal_basis', old: null, new: 'the law' }),
      entry('campaign_type', id, 'change', { field: 'respect_exclusion_windows', old: 'true', new: 'false' }),
    ]);

    const removed = await sql(`DELETE FROM campaign_types WHERE organization_id = $1 AND name = 'vip'`);
    expect(removed.map(parsed)).toMatchObject([
      { ...entry('campaign_type', id, 'remove'), old: { name: 'vip', legal_basis: 'the law' } },
    ]);
  });

  test('an instance, with its metadata as text', async () => {
    const id = await addInstance();
    const changed = await sql(
      `UPDATE campaign_instances SET status = 'active', active_end_date = '2027-03-01', enable_followups = false,
         metadata = '{"priority": 7}' WHERE organization_id = $1`,
    );
    const change = (field: string, old: string | null, now: string): Entry =>
      entry('campaign_instance', id, 'change', { field, old, new: now });
    expect(changed).toEqual([
      change('active_end_date', null, '2027-03-01'),
      change('enable_followups', null, 'false'),
      change('metadata', '{"priority": 2}', '{"priority": 7}'),
      change('status', 'draft', 'active'),
    ]);
    const [removed] = await sql('DELETE FROM campaign_instances WHERE organization_id = $1');
    expect(removed).toMatchObject(entry('campaign_instance', id, 'remove', { old: removed!.old }));
    expect(JSON.parse(removed!.old!)).toMatchObject({ name: 'spring', status: 'active' });
  });

  test('what changes nothing leaves no entry', async () => {
    await addType();
    await addInstance();
    expect(await sql('UPDATE campaign_types SET priority = priority WHERE organization_id = $1')).toEqual([]);
    expect(await sql('UPDATE campaign_instances SET metadata = metadata WHERE organization_id = $1')).toEqual(
      [],
    );
  });
});

describe('targets', () => {
  test('by instance and contact, with dates and templates', async () => {
    const instance = await addInstance();
    const contact = await addContact();
    const id = `${instance}:${contact}`;
    const added = await sql(
      `INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, trigger_date, metadata)
       VALUES ($1, $2, $3, '2027-01-01', '{"email_template": "warm"}')`,
      [contact, instance],
    );
    expect(added.map(parsed)).toEqual([
      {
        ...entry('target', id, 'add'),
        new: { trigger_date: '2027-01-01', metadata: { email_template: 'warm' } },
      },
    ]);
    const changed = await sql(
      `UPDATE contact_campaigns SET trigger_date = '2027-01-02', metadata = '{}' WHERE organization_id = $1`,
    );
    expect(changed).toEqual([
      entry('target', id, 'change', { field: 'trigger_date', old: '2027-01-01', new: '2027-01-02' }),
      entry('target', id, 'change', { field: 'metadata', old: '{"email_template": "warm"}', new: '{}' }),
    ]);
    const removed = await sql('DELETE FROM contact_campaigns WHERE organization_id = $1');
    expect(removed.map(parsed)).toEqual([
      { ...entry('target', id, 'remove'), old: { trigger_date: '2027-01-02', metadata: {} } },
    ]);
  });

  test('one that a statement gives to another contact went here and came there', async () => {
    const instance = await addInstance();
    const [first, second] = [await addContact('S-1'), await addContact('S-2')];
    await sql(
      `INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id) VALUES ($1, $2, $3)`,
      [first, instance],
    );
    const moved = await sql('UPDATE contact_campaigns SET contact_id = $2 WHERE organization_id = $1', [
      second,
    ]);
    expect(moved.map(({ entity_id: id, action }) => [id, action]).sort()).toEqual([
      [`${instance}:${first}`, 'remove'],
      [`${instance}:${second}`, 'add'],
    ]);
  });

  test('values of metadata that nobody plans by are marks: the same mark is the same value', async () => {
    const instance = await addInstance();
    const contact = await addContact();
    await sql(
      `INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, metadata)
       VALUES ($1, $2, $3, '{"greeting": "Dear Ann", "agent": "Bo"}')`,
      [contact, instance],
    );
    const [changed] = await sql(
      `UPDATE contact_campaigns SET metadata = '{"greeting": "Dear Annie", "agent": "Bo"}' WHERE organization_id = $1`,
    );
    const [old, now] = [changed!.old!, changed!.new!].map(
      (text) => JSON.parse(text) as Record<string, string>,
    );
    expect(old!['greeting']).toMatch(/^#[0-9a-f]{8}$/);
    expect(now!['greeting']).not.toBe(old!['greeting']);
    expect(now!['agent']).toBe(old!['agent']);
  });
});

describe('suppressions', () => {
  test('by an HMAC of the address, never by the address', async () => {
    const { rows } = await db.owner.query<{ inner_pad: Buffer }>('SELECT inner_pad FROM hashing_key');
    const key = rows[0]!.inner_pad.map((byte) => byte ^ 0x36);
    const id = createHmac('sha256', key).update('ann@example.com').digest('hex');
    const added = await sql(
      `INSERT INTO suppressions (organization_id, address, scope, reason)
       VALUES ($1, ' Ann@Example.com ', 'all', '550 <ann@example.com>: no such user')`,
    );
    expect(added.map(parsed)).toEqual([
      { ...entry('suppression', id, 'add'), new: { scope: 'all', reason: '550 … no such user' } },
    ]);
    const changed = await sql(`UPDATE suppressions SET reason = 'asked us to' WHERE organization_id = $1`);
    expect(changed).toEqual([
      entry('suppression', id, 'change', { field: 'reason', old: '550 … no such user', new: 'asked us to' }),
    ]);
    const rescoped = await sql(`UPDATE suppressions SET scope = 'marketing' WHERE organization_id = $1`);
    expect(rescoped.map(({ action }) => action).sort()).toEqual(['add', 'remove']);
    const removed = await sql('DELETE FROM suppressions WHERE organization_id = $1');
    expect(removed.map(parsed)).toEqual([
      { ...entry('suppression', id, 'remove'), old: { scope: 'marketing', reason: 'asked us to' } },
    ]);
  });

  test('the key is for nobody but the owner', async () => {
    await expect(db.pool.query('SELECT * FROM hashing_key')).rejects.toMatchObject({ code: '42501' });
  });
});

describe('organizations', () => {
  test('a new one has one entry, and none for the types that it is given', async () => {
    const { rows } = await db.pool.query<Entry>(
      'SELECT entity, entity_id, action, new FROM audit_log WHERE organization_id = $1',
      [organizationId],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ entity: 'organization', entity_id: organizationId, action: 'add' });
    expect(JSON.parse(rows[0]!.new!)).toEqual({
      name: organization,
      time_zone: 'America/Chicago',
      sandbox: false,
    });
  });

  test('name, zone and kind are logged; plan numbers, clocks and claims are not', async () => {
    expect(
      await sql(`UPDATE organizations SET time_zone = 'America/New_York', sandbox = true WHERE id = $1`),
    ).toEqual([
      entry('organization', organizationId, 'change', { field: 'sandbox', old: 'false', new: 'true' }),
      entry('organization', organizationId, 'change', {
        field: 'time_zone',
        old: 'America/Chicago',
        new: 'America/New_York',
      }),
    ]);
    expect(
      await sql(
        `UPDATE organizations SET last_plan_number = 3, sandbox_today = '2027-01-01', claimed_through = '2027-01-01',
           name = name WHERE id = $1`,
      ),
    ).toEqual([]);
  });
});

describe('contacts', () => {
  test('by id and action, without a value', async () => {
    const id = await addContact();
    const where = 'WHERE organization_id = $1';
    expect(await sql(`UPDATE contacts SET email = 'new@example.com', first_name = 'Bo' ${where}`)).toEqual([
      entry('contact', id, 'change'),
    ]);
    expect(await sql(`UPDATE contacts SET external_id = 'S-9' ${where}`)).toEqual([
      entry('contact', id, 'change'),
    ]);
    expect(await sql(`UPDATE contacts SET updated_at = now(), email = email ${where}`)).toEqual([]);
    expect(await sql(`UPDATE contacts SET deleted_at = now() ${where}`)).toEqual([
      entry('contact', id, 'delete'),
    ]);
    expect(await sql(`UPDATE contacts SET deleted_at = NULL ${where}`)).toEqual([
      entry('contact', id, 'restore'),
    ]);
    const { rows } = await db.pool.query(
      `SELECT FROM audit_log WHERE entity LIKE 'contact%' AND entity <> 'contacts' AND (old, new) IS DISTINCT FROM (NULL, NULL)`,
    );
    expect(rows).toEqual([]);
  });

  test('more than a thousand in one statement are one entry with their number', async () => {
    const add = `INSERT INTO contacts (organization_id, external_id) SELECT $1, 'C' || n FROM generate_series(1, $2::integer) n`;
    expect(await sql(add, [1_001])).toEqual([entry('contacts', null, 'add', { new: '{"contacts": 1001}' })]);
    expect(await sql(`UPDATE contacts SET state = 'TX' WHERE organization_id = $1`)).toEqual([
      entry('contacts', null, 'change', { new: '{"contacts": 1001}' }),
    ]);
    const some = `UPDATE contacts SET state = 'OH' WHERE organization_id = $1
      AND id IN (SELECT id FROM contacts WHERE organization_id = $1 LIMIT 1000)`;
    expect(await sql(some)).toHaveLength(1_000);
  });

  test('are kept count of', async () => {
    const count = async (): Promise<number> => Number(await idOf('SELECT contact_count($1) AS id'));
    const rowsOf = async (): Promise<number> =>
      Number(await idOf('SELECT count(*) AS id FROM contact_counts WHERE organization_id = $1'));
    expect(await count()).toBe(0);
    await sql(
      `INSERT INTO contacts (organization_id, external_id, deleted_at) VALUES ($1, 'a', NULL), ($1, 'b', NULL), ($1, 'c', now())`,
    );
    expect([await count(), await rowsOf()]).toEqual([2, 1]);
    await sql(`UPDATE contacts SET state = 'TX' WHERE organization_id = $1`);
    // One goes, one comes back: no row.
    await sql(
      `UPDATE contacts SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END
       WHERE organization_id = $1 AND external_id IN ('a', 'c')`,
    );
    expect([await count(), await rowsOf()]).toEqual([2, 1]);
    await sql(`UPDATE contacts SET deleted_at = now() WHERE organization_id = $1 AND external_id = 'b'`);
    expect([await count(), await rowsOf()]).toEqual([1, 2]);
  });
});

test('a change that fails leaves no entry, and one by another program has the database’s own user', async () => {
  await expect(
    audited(async (client) => {
      await client.query(
        `INSERT INTO campaign_types (organization_id, name, priority) VALUES ($1, 'one', 1)`,
        [organizationId],
      );
      await client.query(
        `INSERT INTO campaign_types (organization_id, name, priority) VALUES ($1, 'two', -1)`,
        [organizationId],
      );
    }),
  ).rejects.toMatchObject({ code: '23514' });
  await db.owner.query(
    `UPDATE campaign_types SET active = false WHERE organization_id = $1 AND name = 'policy_update'`,
    [organizationId],
  );
  const { rows } = await db.pool.query<Entry>(
    `SELECT actor = session_user AS actor, entity, action, field FROM audit_log WHERE organization_id = $1 ORDER BY id`,
    [organizationId],
  );
  expect(rows).toEqual([
    { actor: true, entity: 'organization', action: 'add', field: null },
    { actor: true, entity: 'campaign_type', action: 'change', field: 'active' },
  ]);
});

describe('the command audit-log', () => {
  function auditLog(...args: string[]) {
    const place: CommandPlace = {
      databaseUrl: db.databaseUrl,
      temporalAddress: '127.0.0.1:1',
      namespace: 'default',
    };
    return runCommand(place, 'audit-log', '--organization', organization, ...args);
  }

  async function entriesOf(...args: string[]): Promise<{ action: string; entityId: string; name: string }[]> {
    const { code, stdout, stderr } = await auditLog(...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return (JSON.parse(stdout) as { entries: { action: string; entityId: string; name: string }[] }).entries;
  }

  test('tells people what changed, newest first, with names beside ids', async () => {
    const id = await addInstance();
    await sql(`UPDATE campaign_instances SET status = 'paused', name = 'may' WHERE organization_id = $1`);
    const { stdout } = await auditLog('--actor', 'ann');
    const [heading, ...lines] = stdout.trimEnd().split('\n');
    expect(heading).toBe(`Audit log of ${organization}, newest first (America/Chicago)`);
    expect(lines[0]).toMatch(
      new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d {2}changed campaign instance ${id} \\(may\\), by ann$`),
    );
    expect(lines.slice(1, 3)).toEqual(['    name: spring → may', '    status: draft → paused']);
    expect(lines[3]).toContain(`added campaign instance ${id} (may), by ann`);
    expect(lines[4]).toMatch(/name: spring, .*campaign_type_id: \d+ \(rate_increase\)/);
  });

  test('finds what is asked for: kind, id, person, days, and a suppression by its address', async () => {
    const id = await addInstance();
    await addType('gone');
    await sql(`DELETE FROM campaign_types WHERE organization_id = $1 AND name = 'gone'`);
    await sql(
      `INSERT INTO suppressions (organization_id, address, scope, reason) VALUES ($1, 'bo@example.com', 'all', 'asked')`,
    );
    expect((await entriesOf('--entity', 'campaign_type')).map(({ action, name }) => [action, name])).toEqual([
      ['remove', 'gone'],
      ['add', 'gone'],
    ]);
    expect(await entriesOf('--entity', 'campaign_instance', '--entity-id', id)).toMatchObject([
      { name: 'spring' },
    ]);
    expect(await entriesOf('--entity-id', 'Bo@example.com')).toMatchObject([{ action: 'add' }]);
    expect(await entriesOf('--limit', '2')).toHaveLength(2);
    await db.owner.query(
      `UPDATE audit_log SET at = '2026-03-09T04:30:00Z' WHERE organization_id = $1 AND entity = 'suppression'`,
      [organizationId],
    );
    // Late on the 8th in Chicago.
    expect(await entriesOf('--from', '2026-03-08', '--to', '2026-03-08')).toHaveLength(1);
    expect(await entriesOf('--from', '2026-03-09', '--to', '2026-03-09')).toHaveLength(0);
    const { stdout } = await auditLog('--actor', 'nobody');
    expect(stdout).toContain('No entry');
    expect(stdout).toContain('campaign_instance, campaign_type');
  });

  /** Each statement is a moment of its own. */
  async function addSuppressions(count: number, prefix: string): Promise<void> {
    await sql(
      `INSERT INTO suppressions (organization_id, address, scope, reason)
       SELECT $1, $2::text || n || '@example.com', 'all', 'asked' FROM generate_series(1, $3::integer) n`,
      [prefix, count],
    );
  }

  test('leaves kinds out', async () => {
    await addInstance();
    await addSuppressions(1, 'a');
    const all = await entriesOf();
    const kinds = (entries: object[]) => [...new Set(entries.map((one) => (one as Entry).entity))].sort();
    expect(kinds(all)).toEqual(['campaign_instance', 'organization', 'suppression']);
    const some = await entriesOf('--except', 'suppression', '--except', 'organization');
    expect(kinds(some)).toEqual(['campaign_instance']);
  });

  test.each([
    [20, 100, 20, null],
    [21, 100, 3, '18'],
    [1_500, 100, 3, '1,497'],
    [1_500, 5, 3, '1,497'],
    [30, 2, 2, null],
  ])(
    'of %i alike of one moment, up to %i: tells %i and counts the rest',
    async (count, limit, told, rest) => {
      await addInstance();
      await addSuppressions(count, 'many');
      await addSuppressions(1, 'later');
      const { stdout } = await auditLog('--actor', 'ann', '--limit', String(limit + 1));
      expect(stdout.match(/added suppression/g)).toHaveLength(told + 1);
      if (rest === null) expect(stdout).not.toContain('more of this moment');
      else expect(stdout).toContain(`\n… and ${rest} more of this moment (\`--json\` has all)\n`);
      const isWhole = limit > told;
      expect(stdout.includes('added campaign instance')).toBe(isWhole);
      expect(stdout.includes('There are older entries')).toBe(!isWhole);
      expect(await entriesOf('--actor', 'ann', '--limit', '10000')).toHaveLength(count + 2);
    },
  );

  test('has an organization that was created in the name that --as gives', async () => {
    const place = { databaseUrl: db.databaseUrl, temporalAddress: '127.0.0.1:1', namespace: 'default' };
    const name = `${organization}-new`;
    const args = ['--time-zone', 'America/Chicago', '--as', 'anna'];
    expect(await runCommand(place, 'organizations', 'create', name, ...args)).toMatchObject({ code: 0 });
    const { rows } = await db.owner.query(
      `SELECT a.actor, a.action FROM audit_log a JOIN organizations o ON o.id = a.organization_id
       WHERE o.name = $1 AND entity = 'organization'`,
      [name],
    );
    expect(rows).toEqual([{ actor: 'anna', action: 'add' }]);
  });

  test.each([
    [['--from', '2026-02-30'], 'a day that exists'],
    [['--from', '2026-03-02', '--to', '2026-03-01'], '--to 2026-03-01 is before --from 2026-03-02'],
    [['--limit', '0'], 'a whole number from 1'],
  ])('refuses %j', async (args, sentence) => {
    const { code, stderr } = await auditLog(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
  });
});
