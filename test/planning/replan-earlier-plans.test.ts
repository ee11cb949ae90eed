/** What replans of a plan mean for who exports it, compares it, or puts it back later (SPEC 9). */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { exportPlan } from '../../src/db/export-plan.ts';
import { keepPlanRows } from '../../src/db/queries/keep-plan-rows.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import { findStoredPlan } from '../../src/db/stored-plan.ts';
import type { TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { textOf } from '../support/export-text.ts';
import { readPlan } from '../support/model-database.ts';
import { PlainWorlds } from '../support/plain-worlds.ts';
import type { PlanningWorld } from '../support/planning-world.ts';
import { editSome, replan } from '../support/replanning.ts';
import { planAndKeep, restore, type KeptPlan } from '../support/restoring.ts';

const CONTACTS = 150;
const BATCH_SIZE = 40;

let db: TestDatabase;
let world: PlanningWorld;
let worlds: PlainWorlds;

beforeAll(async () => {
  worlds = await PlainWorlds.begin('replan-earlier');
  ({ db } = worlds);
});

afterAll(async () => {
  await worlds.end();
});

beforeEach(async () => {
  world = await worlds.create({ seed: 81, contacts: CONTACTS });
});

function nextMorning(): void {
  const today = addDays(world.input.today, 1);
  world.setDays(today, today);
}

/** A plan as it stands after its replans. */
function keptNow({ number }: KeptPlan): KeptPlan {
  return { number, input: structuredClone(world.input) };
}

/** Contacts of which nothing but their own rows has changed since the plan was published. */
async function planAndReplan(remainder: number): Promise<{ plan: KeptPlan; edited: number[] }> {
  const published = await planAndKeep(world);
  const edited = await editSome(world, remainder);
  await replan(world, edited);
  return { plan: keptNow(published), edited };
}

interface ExportedRow {
  readonly id: string;
  readonly scheduled_send_date: string;
  readonly status: string;
  readonly over_cap: boolean;
  readonly run_id: string;
}

/** By id, what an export of the plan says. */
async function exported(plan: string): Promise<string[]> {
  const text = await inSnapshot(db.pool, async (client) => {
    await keepPlanRows(client);
    const stored = await findStoredPlan(client, world.organizationId, plan);
    const all = { emailTypes: [], statuses: [], skipReasons: [], fromDay: null, untilDay: null };
    return textOf(exportPlan(client, stored, all, 'jsonl'));
  });
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ExportedRow);
  return rows.map(lineOf).sort();
}

async function inForce(): Promise<string[]> {
  return (await readPlan(db.pool, world.organizationId)).map(lineOf).sort();
}

function lineOf(
  row: Pick<ExportedRow, 'scheduled_send_date' | 'status' | 'over_cap'> & {
    id: number | string;
    run_id: number | string;
  },
): string {
  return [row.id, row.scheduled_send_date, row.status, row.over_cap, row.run_id].join(' ');
}

describe('an export', () => {
  test('of the plan in force has what replans have changed', async () => {
    await planAndReplan(3);
    expect(await exported('current')).toEqual(await inForce());
    expect(await exported('1')).toEqual(await inForce());
  });

  test.each([
    ['on the same base', false],
    ['on a new one', true],
  ])(
    'of a plan that another has followed %s is what it was at last, replans included',
    async (_how, fresh) => {
      await planAndReplan(3);
      const first = await inForce();
      await world.dispatchAll(world.input.today);
      nextMorning();
      await world.plan({ fresh });
      await replan(world, await editSome(world, 4));
      const second = await inForce();
      nextMorning();
      await world.plan();
      expect(await exported('1')).toEqual(first);
      expect(await exported('2')).toEqual(second);
      expect(await exported('current')).toEqual(await inForce());
    },
  );

  test.each([
    ['of what has changed', false],
    ['drawn anew', true],
  ])('of a dry run %s is not changed by replans after it', async (_how, fresh) => {
    await planAndReplan(3);
    await editSome(world, 5);
    const { runId, counts } = await world.planDry({ fresh });
    const dry = await exported(`run:${runId}`);
    expect(dry).toHaveLength(counts.occurrences.total);
    const edited = await editSome(world, 4);
    await replan(world, edited);
    await replan(world, edited.slice(0, 3));
    expect(await exported(`run:${runId}`)).toEqual(dry);
    nextMorning();
    await world.plan();
    expect(await exported(`run:${runId}`)).toEqual(dry);
  });
});

describe('a plan that is put back', () => {
  test('brings back what its replans had made of it; who was edited before them is planned again', async () => {
    const { plan, edited } = await planAndReplan(3);
    await world.plan({ fresh: true });
    const { putBack } = await restore(world, plan, { plannedAgain: edited });
    expect(putBack.length).toBeGreaterThan(CONTACTS);
  });

  test('and was replanned without any change, comes back as it was', async () => {
    const published = await planAndKeep(world);
    await replan(world, [1, 2, 3, 4, 5]);
    const plan = keptNow(published);
    await world.plan({ fresh: true });
    const { summary } = await restore(world, plan);
    expect(summary).toMatchObject({ state: 'published', restoredPlan: 1 });
    expect(world.input.planInForce).toEqual(plan.input.planInForce);
  });

  test('undoes nothing of what a replan of a later plan was for', async () => {
    const plan = await planAndKeep(world);
    await world.plan({ fresh: true });
    const edited = await editSome(world, 6);
    await replan(world, edited);
    const { touchedIds } = await restore(world, plan);
    expect([...touchedIds].sort((a, b) => a - b)).toEqual(edited);
  });

  test.each(['place', 'second place batch', 'apply', 'seal', 'publish'] as const)(
    'while contacts are planned again before %s: these are planned anew, the others come back',
    async (moment) => {
      const plan = await planAndKeep(world);
      await world.plan({ fresh: true });
      const changed: number[] = [];
      const again = async (): Promise<void> => {
        if (changed.length > 0) return;
        const before = new Map(world.input.planInForce.map((row) => [row.id, row]));
        changed.push(...(await editSome(world, 3)));
        await replan(world, changed);
        for (const row of world.input.planInForce) {
          if (before.get(row.id)?.run_id !== row.run_id && !changed.includes(row.contact_id))
            changed.push(row.contact_id);
        }
      };
      await restore(world, plan, {
        batchSize: BATCH_SIZE,
        before: { [moment]: again },
        changedIds: () => changed,
      });
    },
  );

  test('is then in force, and is replanned like any other', async () => {
    const { plan, edited } = await planAndReplan(3);
    await world.plan({ fresh: true });
    await restore(world, plan, { plannedAgain: edited });
    await replan(world, await editSome(world, 8));
    await world.plan();
    expect(await exported('current')).toEqual(await inForce());
  });
});
