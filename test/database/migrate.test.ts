import { readdirSync } from 'node:fs';
import type { Pool } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { assertSchemaIsKnown, migrate } from '../../src/db/migrate.ts';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';

const MIGRATIONS = readdirSync(new URL('../../src/db/migrations', import.meta.url))
  .map((file) => file.replace(/\.sql$/, ''))
  .sort();

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  await db.drop();
});

async function withDatabase(
  create: () => Promise<TestDatabase>,
  work: (database: TestDatabase) => Promise<void>,
): Promise<void> {
  const database = await create();
  try {
    await work(database);
  } finally {
    await database.drop();
  }
}

describe('migrating', () => {
  test('a second time does nothing', async () => {
    await withDatabase(createEmptyDatabase, async ({ databaseUrl, pool }) => {
      const reported: string[] = [];
      expect(await migrate(databaseUrl, (line) => reported.push(line))).toEqual(MIGRATIONS);
      expect(reported).toEqual(MIGRATIONS.map((name) => `database: ${name}`));
      expect(await migrate(databaseUrl, () => undefined)).toEqual([]);
      await assertSchemaIsKnown(pool);
    });
  });

  test('by several processes at once is done by one of them', async () => {
    await withDatabase(createEmptyDatabase, async ({ databaseUrl, pool }) => {
      const applied = await Promise.all([1, 2, 3].map(() => migrate(databaseUrl, () => undefined)));
      expect(applied.flat()).toEqual(MIGRATIONS);
      await assertSchemaIsKnown(pool);
    });
  });

  test('two databases of one server at once is no conflict', async () => {
    await withDatabase(createEmptyDatabase, (first) =>
      withDatabase(createEmptyDatabase, async (second) => {
        const urls = [first.databaseUrl, second.databaseUrl];
        const applied = await Promise.all(urls.map((url) => migrate(url, () => undefined)));
        expect(applied).toEqual([MIGRATIONS, MIGRATIONS]);
      }),
    );
  });
});

describe('a schema that the program does not know', () => {
  test('because it was never migrated: says how to', async () => {
    await withDatabase(createEmptyDatabase, async ({ pool }) => {
      const refusal = assertSchemaIsKnown(pool);
      await expect(refusal).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN' });
      await expect(refusal).rejects.toThrow(
        `(${MIGRATIONS.join(', ')}): run \`npx email-scheduler migrate\` first.`,
      );
    });
  });

  test('because a newer version migrated it: asks for that version', async () => {
    await withDatabase(createTestDatabase, async ({ owner, pool }) => {
      await owner.query(`INSERT INTO schema_migrations (name, run_on) VALUES ('9999_later', now())`);
      const refusal = assertSchemaIsKnown(pool);
      await expect(refusal).rejects.toMatchObject({ code: 'SCHEMA_UNKNOWN' });
      await expect(refusal).rejects.toThrow('(9999_later): install the newer version');
    });
  });
});

describe("the worker's role", () => {
  const audited = `INSERT INTO audit_log (entity, action) VALUES ('test', 'try') RETURNING id`;

  test('appends to the audit log and reads it', async () => {
    expect((await db.pool.query(audited)).rowCount).toBe(1);
    const { rows } = await db.pool.query<{ actor: string }>(
      `SELECT actor FROM audit_log WHERE entity = 'test'`,
    );
    expect(rows[0]!.actor).not.toBe('');
  });

  test.for([
    `UPDATE audit_log SET action = 'other'`,
    `UPDATE audit_log SET action = 'other' WHERE false`,
    'DELETE FROM audit_log',
    'TRUNCATE audit_log',
    'ALTER TABLE audit_log ADD COLUMN extra text',
    'DROP TABLE audit_log',
    `UPDATE contact_history SET email = null`,
    'DELETE FROM contact_history',
    'TRUNCATE contact_history',
    'DELETE FROM configuration_versions',
    `INSERT INTO schema_migrations (name, run_on) VALUES ('x', now())`,
  ])('may not: %s', async (statement) => {
    // 42501: insufficient privilege, also where only an owner may.
    await expect(db.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  });
});

interface PlanningChange {
  readonly contactId: string | null;
  readonly cause: string;
}

describe('changes of contacts', () => {
  let organizationId: string;

  beforeEach(async () => {
    const { rows } = await db.pool.query<{ id: string }>(
      `INSERT INTO organizations (name, time_zone)
       SELECT 'agency-' || count(*), 'America/Chicago' FROM organizations RETURNING id`,
    );
    organizationId = rows[0]!.id;
  });

  async function addContacts(pool: Pool, count: number): Promise<string[]> {
    const { rows } = await pool.query<{ id: string }>(
      `INSERT INTO contacts (organization_id, external_id, email, state)
       SELECT $1, 'C' || n, 'c' || n || '@example.com', 'TX' FROM generate_series(1, $2::integer) n RETURNING id`,
      [organizationId, count],
    );
    return rows.map(({ id }) => id);
  }

  async function planningChanges(): Promise<PlanningChange[]> {
    const { rows } = await db.pool.query<PlanningChange>(
      `SELECT contact_id AS "contactId", cause FROM planning_changes WHERE organization_id = $1 ORDER BY contact_id`,
      [organizationId],
    );
    return rows;
  }

  async function history(): Promise<Record<string, unknown>[]> {
    const { rows } = await db.pool.query<Record<string, unknown>>(
      `SELECT contact_id, email, first_name, state, changed_by FROM contact_history
       WHERE organization_id = $1 ORDER BY id`,
      [organizationId],
    );
    return rows;
  }

  function update(assignments: string): Promise<unknown> {
    return db.pool.query(`UPDATE contacts SET ${assignments} WHERE organization_id = $1`, [organizationId]);
  }

  test('keep the former values, with who made them', async () => {
    const [id] = await addContacts(db.pool, 1);
    const client = await db.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(`SELECT set_config('email_scheduler.actor', 'ann', true)`);
      await client.query(`UPDATE contacts SET first_name = 'Bo', state = 'OH' WHERE id = $1`, [id]);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    await update(`email = null`);
    const former = { contact_id: id, email: 'c1@example.com' };
    expect(await history()).toMatchObject([
      { ...former, first_name: null, state: 'TX', changed_by: 'ann' },
      { ...former, first_name: 'Bo', state: 'OH' },
    ]);
    expect((await history())[1]!.changed_by).not.toBe('ann');
  });

  test('that change nothing leave neither history nor a note for planning', async () => {
    await addContacts(db.pool, 3);
    const before = await planningChanges();
    await update(`email = email, updated_at = now()`);
    expect(await history()).toEqual([]);
    expect(await planningChanges()).toEqual(before);
  });

  test.for([
    [`email = 'new@example.com'`, 1],
    [`zip_code = '75201'`, 1],
    [`state = 'OH'`, 1],
    [`birth_date = '1950-01-01'`, 1],
    [`effective_date = '2020-01-01'`, 1],
    [`deleted_at = now()`, 1],
    [`first_name = 'Ann'`, 0],
    [`attributes = '{"a": 1}'`, 0],
  ] as const)('matter to planning by what they change: %s', async ([assignment, noted]) => {
    const [id] = await addContacts(db.pool, 1);
    await update(assignment);
    const changes = (await planningChanges()).filter(({ cause }) => cause === 'contacts changed');
    expect(changes).toEqual(
      Array.from({ length: noted }, () => ({ contactId: id, cause: 'contacts changed' })),
    );
    expect(await history()).toHaveLength(1);
  });

  test('of up to 1,000 in one statement are noted one by one, of more as one of all', async () => {
    const ids = await addContacts(db.pool, 1_000);
    expect(await planningChanges()).toEqual(ids.map((contactId) => ({ contactId, cause: 'contacts added' })));
    await update(`state = 'OH'`);
    expect(await planningChanges()).toHaveLength(2_000);
    await db.pool.query(
      `INSERT INTO contacts (organization_id, external_id) SELECT $1, 'D' || n FROM generate_series(1, 1001) n`,
      [organizationId],
    );
    await update(`state = 'TX'`);
    expect((await planningChanges()).slice(2_000)).toEqual([
      { contactId: null, cause: 'contacts added' },
      { contactId: null, cause: 'contacts changed' },
    ]);
  });

  test('of several organizations in one statement are noted for each', async () => {
    await addContacts(db.pool, 1);
    const [first] = await planningChanges();
    await db.owner.query(`UPDATE contacts SET state = 'NV'`);
    const { rows } = await db.pool.query<{ count: number }>(
      `SELECT count(DISTINCT organization_id)::integer FROM planning_changes WHERE cause = 'contacts changed'`,
    );
    expect(rows[0]!.count).toBeGreaterThan(1);
    expect(await planningChanges()).toContainEqual(first);
  });

  test('by suppression are noted for the contacts with that address, in any case', async () => {
    const [id] = await addContacts(db.pool, 2);
    await db.pool.query('DELETE FROM planning_changes WHERE organization_id = $1', [organizationId]);
    await db.pool.query(
      `INSERT INTO suppressions (organization_id, address, scope, reason) VALUES ($1, ' C1@Example.COM ', 'all', 'test')`,
      [organizationId],
    );
    expect(await planningChanges()).toEqual([{ contactId: id, cause: 'suppression changed' }]);
    await db.pool.query('DELETE FROM suppressions WHERE organization_id = $1', [organizationId]);
    expect(await planningChanges()).toHaveLength(2);
  });
});
