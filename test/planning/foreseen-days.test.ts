/** Days that are too full: foreseen by the first contacts of every batch, or collected by a pass of their own. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateOrganization } from '../model/generate.ts';
import type { ModelContact } from '../model/types.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { PlanningWorld } from '../support/planning-world.ts';

const CONTACTS = 120;
const BATCH_SIZE = 40;

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

/** Two plans of an organization, each compared with the model, and how often mails had to be collected. */
async function planTwice(name: string, stateOf: (position: number) => string): Promise<number> {
  const input = generateOrganization(11, {
    contacts: CONTACTS,
    rules: 'shipped',
    config: 'default',
    malformedDates: false,
  });
  const contacts = input.contacts.map((contact, position): ModelContact => ({
    ...contact,
    email: `contact-${position}@contacts.example`,
    state: stateOf(position),
    zip_code: null,
  }));
  const all = { ...input, contacts, ledger: [], planInForce: [], suppressions: [] };
  const world = await PlanningWorld.create(db, all, { name, sandbox: true });
  let collected = 0;
  const collect = (): Promise<void> => {
    collected += 1;
    return Promise.resolve();
  };
  try {
    const { moves } = (await world.plan({ batchSize: BATCH_SIZE, before: { collect } })).counts;
    expect(moves.redistributed).toBeGreaterThan(0);
    await world.plan({ batchSize: BATCH_SIZE, fresh: true, before: { collect } });
  } finally {
    await world.close();
  }
  return collected;
}

test('a day that every batch foresees needs no further pass', async () => {
  expect(await planTwice('foreseen', () => 'TX')).toBe(0);
});

test('a batch whose contacts have no mail on the day that is too full leads to a pass of its own', async () => {
  // New York forbids all year: the first batch has nothing on the AEP day, which the others fill.
  expect(await planTwice('unforeseen', (position) => (position < BATCH_SIZE ? 'NY' : 'TX'))).toBe(2);
});
