import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

test('a connection that is lost between two statements fails its transaction, and the process goes on', async () => {
  const { pool, owner } = database;
  const lost = inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const gone = new Promise((resolve) => client.once('end', resolve));
    await owner.query('SELECT pg_terminate_backend($1)', [rows[0]!.pid]);
    // Here a batch computes; an error event that nobody hears would end the process.
    await gone;
    await client.query('SELECT 1');
  });
  await expect(lost).rejects.toThrow(/not queryable/);
  await expect(inTransaction(pool, (client) => client.query('SELECT 1 AS one'))).resolves.toMatchObject({
    rows: [{ one: 1 }],
  });
});
