/**
 * Whole planning runs through the database, day by day, beside the independent model: after every run, claim
 * and settlement the plan, the ledger, the books and the counts per day are compared row for row. In between
 * mails are sent, fail, stay claimed; days pass without dispatch; contacts, suppressions, campaigns and
 * configuration change.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateOrganization } from '../model/generate.ts';
import { Random } from '../model/random.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { auditOrganization } from '../support/plan-audit.ts';
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
  readonly campaigns?: boolean;
}

const SCENARIOS: readonly Scenario[] = [
  { seed: 1, contacts: 300, sandbox: false, days: 12 },
  { seed: 2, contacts: 7, sandbox: false, days: 12 },
  { seed: 3, contacts: 120, sandbox: true, days: 12 },
  { seed: 4, contacts: 60, sandbox: false, days: 12 },
  { seed: 5, contacts: 1_000, sandbox: false, days: 6 },
  { seed: 123, contacts: 150, sandbox: false, days: 12 },
  { seed: 139, contacts: 400, sandbox: true, days: 10 },
  { seed: 108, contacts: 150, sandbox: true, days: 25 },
];
const SCENARIOS_WITH_CAMPAIGNS: readonly Scenario[] = [
  { seed: 201, contacts: 150, sandbox: false, days: 15, campaigns: true },
  { seed: 202, contacts: 9, sandbox: false, days: 12, campaigns: true },
  { seed: 203, contacts: 60, sandbox: true, days: 15, campaigns: true },
  { seed: 204, contacts: 400, sandbox: false, days: 8, campaigns: true },
];
const MAX_BATCHES = 40;

describe('runs through the database publish, day by day, what the model says', () => {
  test.each(SCENARIOS)('seed $seed: $contacts contacts, sandbox: $sandbox, $days days', async (scenario) => {
    const checksums = await liveThrough(scenario, 1);
    expect(new Set(checksums).size).toBeGreaterThan(1);
  });

  test.each(SCENARIOS_WITH_CAMPAIGNS)(
    'with campaigns, seed $seed: $contacts contacts, sandbox: $sandbox, $days days',
    async (scenario) => {
      const checksums = await liveThrough(scenario, 1);
      expect(new Set(checksums).size).toBeGreaterThan(1);
    },
  );
});

/** The checksums of its plans, day by day. */
async function liveThrough(
  { seed, contacts, sandbox, days, campaigns = false }: Scenario,
  batchSeed: number,
): Promise<string[]> {
  const input = generateOrganization(seed, { contacts, malformedDates: false, campaigns });
  const world = await PlanningWorld.create(db, input, { name: `seed-${seed}-${batchSeed}`, sandbox });
  const random = new Random(batchSeed);
  const checksums: string[] = [];
  try {
    for (let day = 0, fresh = false; day < days; day += 1) {
      world.where = `day ${day}`;
      const batchSize = Math.max(random.int(1, contacts), Math.ceil(contacts / MAX_BATCHES));
      const shuffleSeed = random.int(1, 1_000_000);
      checksums.push((await world.plan({ fresh, batchSize, shuffleSeed })).checksum);
      ({ fresh } = await world.goToNextDay(seed * 1000 + day));
    }
    await world.plan();
    expect(withoutFollowUps(await auditOrganization(db.owner, world.organizationId))).toEqual([]);
  } finally {
    await world.close();
  }
  return checksums;
}

/** Two follow-ups may share their event date. */
function withoutFollowUps(problems: readonly string[]): string[] {
  return problems.filter((problem) => !problem.includes('followup_'));
}
