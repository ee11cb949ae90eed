/**
 * Whole planning runs through the database, day by day, beside the independent model: after every run, claim
 * and settlement the plan, the ledger, the books and the counts per day are compared row for row.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateOrganization } from '../model/generate.ts';
import { Random } from '../model/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { PlanningWorld } from '../support/planning-world.ts';

let db: TestDatabase;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

interface Scenario {
  readonly seed: number;
  readonly contacts: number;
  readonly sandbox: boolean;
  readonly days: number;
}

const EXTRA: Scenario[] = Array.from({ length: Number(process.env.N ?? 0) }, (_, i) => ({ seed: Number(process.env.FROM ?? 100) + i, contacts: [5, 25, 60, 150, 400][i % 5]!, sandbox: i % 3 === 0, days: 12 }));
const SCENARIOS: readonly Scenario[] = [ ...EXTRA,
  { seed: 1, contacts: 300, sandbox: false, days: 12 },
  { seed: 2, contacts: 7, sandbox: false, days: 12 },
  { seed: 3, contacts: 120, sandbox: true, days: 12 },
  { seed: 4, contacts: 60, sandbox: false, days: 12 },
];

describe('runs through the database, day by day, publish what the model says', () => {
  test.each(SCENARIOS)('seed $seed: $contacts contacts, sandbox $sandbox', async (scenario) => {
    await liveThrough(db, scenario, 1);
  });
});

/** The checksums of its plans, day by day. */
async function liveThrough(
  database: TestDatabase,
  { seed, contacts, sandbox, days }: Scenario,
  batchSeed: number,
): Promise<string[]> {
  const input = generateOrganization(seed, { contacts, malformedDates: false });
  const world = await PlanningWorld.create(database, input, { name: `seed-${seed}-${batchSeed}`, sandbox });
  const batches = new Random(batchSeed);
  const checksums: string[] = [];
  try {
    for (let day = 0, fresh = false; day < days; day += 1) {
      world.where = `day ${day}`;
      const batchSize = batches.int(1, contacts);
      const shuffleSeed = batches.int(1, 1_000_000);
      const summary = await world.plan({ fresh, batchSize: Math.max(batchSize, Math.ceil(contacts / 40)), shuffleSeed });
      checksums.push(summary.checksum);
      ({ fresh } = await world.goToNextDay(seed * 1000 + day));
    }
  } finally {
    await world.close();
  }
  return checksums;
}
expect.hasAssertions;
