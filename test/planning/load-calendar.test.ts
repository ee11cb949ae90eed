/** The calendar's counts against a recount of what readers see, while mails are claimed, settled and given back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findPlanInForce } from '../../src/db/queries/find-plan-in-force.ts';
import {
  countOverdueMails,
  readLoadCalendar,
  type DayTypeLoad,
} from '../../src/db/queries/read-load-calendar.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { generateOrganization } from '../model/generate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { readLedger, readPlan, type StoredRow } from '../support/model-database.ts';
import { PlanningWorld } from '../support/planning-world.ts';

let db: TestDatabase;
const opened: PlanningWorld[] = [];

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await Promise.all(opened.map((world) => world.close()));
  await db.drop();
});

async function createWorld(seed: number, contacts: number, sandbox: boolean): Promise<PlanningWorld> {
  const input = generateOrganization(seed, { contacts, malformedDates: false });
  const world = await PlanningWorld.create(db, input, { name: `calendar-${seed}`, sandbox });
  opened.push(world);
  return world;
}

type Counts = Omit<DayTypeLoad, 'day' | 'emailType'>;
const NOTHING: Counts = { mails: 0, skippedWithPlace: 0, skipped: 0, withdrawn: 0, followUps: 0 };

function recount(
  plan: readonly StoredRow[],
  ledger: readonly StoredRow[],
  range: { from: string; until: string },
): Record<string, Counts> {
  const counts: Record<string, Counts> = {};
  const add = (row: StoredRow, what: keyof Counts | null): void => {
    if (what === null || row.scheduled_send_date < range.from || row.scheduled_send_date > range.until)
      return;
    const key = `${row.scheduled_send_date} ${row.email_type}`;
    const former = counts[key] ?? NOTHING;
    counts[key] = { ...former, [what]: former[what] + 1 };
  };
  for (const row of plan) add(row, kindInPlan(row));
  for (const row of ledger) add(row, kindInLedger(row));
  return counts;
}

function kindInPlan(row: StoredRow): keyof Counts {
  if (row.status === 'pre-scheduled') return 'mails';
  return row.skip_reason === 'frequency_limit' ? 'skippedWithPlace' : 'skipped';
}

function kindInLedger(row: StoredRow): keyof Counts | null {
  const isFollowUp = row.email_type.startsWith('followup_');
  if (row.status === 'skipped') return isFollowUp ? null : 'skipped';
  if (row.status === 'cancelled' || row.status === 'failed') return isFollowUp ? null : 'withdrawn';
  return isFollowUp ? 'followUps' : 'mails';
}

/** Compares, and says what kinds of counts there were. */
async function compareCalendar(world: PlanningWorld, from: string, days: number): Promise<Set<string>> {
  const until = addDays(from, days - 1);
  const expected = recount(
    await readPlan(db.pool, world.organizationId),
    await readLedger(db.pool, world.organizationId),
    { from, until },
  );
  const { loads, overdue } = await inSnapshot(db.pool, async (client) => {
    const plan = (await findPlanInForce(client, world.organizationId))!;
    const of = { organizationId: world.organizationId, planNumber: plan.number };
    const range = { fromDay: parseDay(from)!, untilDay: parseDay(until)! };
    return {
      loads: await readLoadCalendar(client, of, range),
      overdue: await countOverdueMails(client, of, parseDay(from)!),
    };
  });
  const found = loads.map(({ day, emailType, ...counts }) => [`${day} ${emailType}`, counts] as const);
  expect(Object.fromEntries(found), `${world.where}, ${from}`).toEqual(expected);
  expect(found.map(([key]) => key)).toEqual([...Object.keys(expected)].sort());
  const isOverdue = (row: StoredRow): boolean =>
    row.status === 'pre-scheduled' && row.scheduled_send_date < from;
  expect(overdue).toBe(world.input.planInForce.filter(isOverdue).length);
  const kinds = found.flatMap(([, counts]) =>
    Object.entries(counts).flatMap(([kind, count]) => (count > 0 ? [kind] : [])),
  );
  return new Set([...kinds, ...(overdue > 0 ? ['overdue'] : [])]);
}

describe('the calendar counts what readers see', () => {
  const met = new Set<string>();

  test.each([
    { seed: 31, contacts: 250, sandbox: false, days: 7 },
    { seed: 32, contacts: 400, sandbox: true, days: 5 },
  ])(
    'seed $seed: $contacts contacts, sandbox: $sandbox, $days days',
    async ({ seed, contacts, sandbox, days }) => {
      const world = await createWorld(seed, contacts, sandbox);
      for (let day = 0; day < days; day += 1) {
        world.where = `day ${day}`;
        await world.plan({ fresh: day === 3 });
        for (const kind of await compareCalendar(world, world.input.today, 365)) met.add(kind);
        await world.goToNextDay(seed * 100 + day);
        // As dispatch left it, before the next run gives back what has no attempt.
        for (const kind of await compareCalendar(world, world.input.today, 20)) met.add(kind);
        await compareCalendar(world, addDays(world.input.today, -3), 5);
      }
    },
  );

  test('and everything that it counts was there', () => {
    expect([...met].sort()).toEqual([
      'followUps',
      'mails',
      'overdue',
      'skipped',
      'skippedWithPlace',
      'withdrawn',
    ]);
  });
});
