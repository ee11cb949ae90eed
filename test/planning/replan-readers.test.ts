/** What readers of runs and plans see of replans: those of the plan in force see them, all others nothing. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { runListText } from '../../src/cli/output/run-list.ts';
import { runReportText } from '../../src/cli/output/run-report.ts';
import { TERMINAL_COLUMNS } from '../../src/cli/output/wrap.ts';
import type { RunReport } from '../../src/cli/run-findings.ts';
import { listAllRuns, type RunList } from '../../src/cli/run-list.ts';
import { reportRun } from '../../src/cli/run-report.ts';
import { diffPlans } from '../../src/db/diff-plans.ts';
import { exportPlan } from '../../src/db/export-plan.ts';
import { findOrganization } from '../../src/db/queries/find-organization.ts';
import { listOrganizations } from '../../src/db/queries/list-organizations.ts';
import { listPlans } from '../../src/db/queries/list-plans.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import { findStoredPlan } from '../../src/db/stored-plan.ts';
import { formatDay, parseDay } from '../../src/domain/calendar.ts';
import { instantOf } from '../../src/domain/time-zone.ts';
import { generateOrganization } from '../model/generate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addDays } from '../support/expected-plan.ts';
import { textOf } from '../support/export-text.ts';
import { readPlan, TIME_ZONE } from '../support/model-database.ts';
import { PlanningWorld } from '../support/planning-world.ts';
import { editSome, replan } from '../support/replanning.ts';

const AS_OF = '2027-03-01';

let db: TestDatabase;
let world: PlanningWorld;
let worlds = 0;

beforeAll(async () => {
  db = await createTestDatabase();
});

afterAll(async () => {
  await db.drop();
});

beforeEach(async () => {
  worlds += 1;
  const input = generateOrganization(77, {
    ...{ contacts: 120, rules: 'shipped', config: 'default', asOf: AS_OF, malformedDates: false },
    campaigns: true,
  });
  world = await PlanningWorld.create(
    db,
    { ...input, today: AS_OF },
    { name: `replan-readers-${worlds}`, sandbox: false },
  );
});

afterEach(async () => {
  await world.close();
});

function nextMorning(): void {
  const today = addDays(world.input.today, 1);
  world.setDays(today, today);
}

const NOTHING_IN_TEMPORAL = { workflow: null, workers: [], unrecorded: [], schedule: null };

async function listRuns(withReplans: boolean): Promise<RunList> {
  const organization = await findOrganization(db.pool, world.name);
  const sources = { pool: db.pool, askTemporal: () => Promise.resolve(NOTHING_IN_TEMPORAL) };
  return listAllRuns(sources, organization!, 20, { withReplans });
}

async function listText(list: RunList): Promise<string> {
  const organization = await findOrganization(db.pool, world.name);
  return narrow(runListText(list, organization!));
}

async function report(runId: number | null): Promise<{ report: RunReport; text: string }> {
  const [overview] = await listOrganizations(db.pool, world.name);
  const nowMs = instantOf(parseDay(world.input.today)!, '09:00', TIME_ZONE);
  const sources = { pool: db.pool, askTemporal: () => Promise.resolve(NOTHING_IN_TEMPORAL), nowMs };
  const found = await reportRun(sources, overview!, runId);
  return { report: found, text: narrow(runReportText(found)) };
}

/** Without the breaks between words. */
function narrow(text: string): string {
  for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(TERMINAL_COLUMNS);
  return text.replaceAll(/\s+/g, ' ');
}

describe('`runs`', () => {
  test('list leaves replans out, counts those of the plan in force, and lists them if asked', async () => {
    const { runId } = await world.plan();
    expect((await listRuns(false)).replans).toBeNull();
    const first = await replan(world, await editSome(world, 3));
    const once = await listRuns(false);
    expect(once.replans).toMatchObject({ planNumber: 1, replans: 1 });
    expect(await listText(once)).toMatch(
      /Replans contacts were planned again in plan 1 since it was published once on .{16}; --replans lists them$/,
    );
    const second = await replan(world, [1, 2, 3]);
    const list = await listRuns(false);
    expect(list.runs.map(({ id }) => id)).toEqual([runId]);
    expect(await listText(list)).toContain('since it was published 2 times, the latest on');

    const all = await listRuns(true);
    expect(all.runs.map(({ id, kind, planNumber }) => [id, kind, planNumber])).toEqual([
      [second.summary.runId, 'replan', 1],
      [first.summary.runId, 'replan', 1],
      [runId, 'plan', 1],
    ]);
    nextMorning();
    await world.plan();
    expect((await listRuns(false)).replans).toBeNull();
  });

  test('show says of the latest run what it did, and of a replan what that did', async () => {
    const { runId } = await world.plan();
    const edited = await editSome(world, 3);
    const { summary } = await replan(world, edited);
    expect((await report(null)).report.run?.id).toBe(runId);

    const { report: ofReplan, text } = await report(summary.runId);
    expect(ofReplan).toMatchObject({
      situation: 'published',
      run: { kind: 'replan', formerPlanNumber: 1, planNumber: null, asOf: world.input.asOf },
      replanned: { total: edited.length },
      laterPublication: null,
      next: { sentence: 'Nothing.' },
    });
    const firstIds = [...edited].sort((a, b) => a - b).slice(0, 10);
    expect(text).toContain(
      `Run ${summary.runId} of ${world.name} planned ${edited.length} contacts (${firstIds.join(', ')}`,
    );
    expect(text).toContain('again, in plan 1, on');
    const { added, changed, removed } = summary.changes;
    expect(text).toContain(`Changes ${added} added, ${changed} changed, ${removed} removed`);

    const { text: ofOne } = await report((await replan(world, [7])).summary.runId);
    expect(ofOne).toContain('planned contact 7 again, in plan 1,');
  });

  test('show does not take a replan for a later plan', async () => {
    await world.plan();
    const { runId } = await world.planDry();
    await replan(world, [1, 2]);
    expect((await report(runId)).report.laterPublication).toBeNull();
  });
});

async function rowsOf(name: string): Promise<string> {
  return inSnapshot(db.pool, async (client) => {
    const plan = await findStoredPlan(client, world.organizationId, name);
    const filter = { emailTypes: [], statuses: [], skipReasons: [], fromDay: null, untilDay: null };
    return textOf(exportPlan(client, plan, filter, 'jsonl'));
  });
}

function idsIn(lines: string): number[] {
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as { id: number }).id)
    .sort((a, b) => a - b);
}

/** By name; of those that are dated on the day or later. */
function occurrencesFrom(day: string, lines: string): Set<string> {
  const rows = lines.split('\n').filter((line) => line !== '');
  return new Set(
    rows.flatMap((line) => {
      const row = JSON.parse(line) as Record<string, string | number | null>;
      const { contact_id: id, email_type: type, campaign_instance_id: instance, event_date: event } = row;
      return String(row.scheduled_send_date) < day ? [] : [`${id}:${type}:${instance}:${event}`];
    }),
  );
}

function difference(these: ReadonlySet<string>, others: ReadonlySet<string>): number {
  return [...these].filter((name) => !others.has(name)).length;
}

describe('plans', () => {
  test('list is as it was', async () => {
    await world.plan();
    await world.planDry();
    const before = await listPlans(db.pool, world.organizationId, 20);
    await replan(world, await editSome(world, 3));
    expect(await listPlans(db.pool, world.organizationId, 20)).toEqual(before);
  });

  test('a dry run that adds to the plan in force stays what it was, whatever is planned again later', async () => {
    await world.plan();
    nextMorning();
    await world.claim(addDays(world.input.today, -1));
    const edited = await editSome(world, 3);
    await replan(world, edited.slice(0, 5));
    const { runId } = await world.planDry();
    const [published, dry] = [await rowsOf('1'), await rowsOf(`run:${runId}`)];
    expect(idsIn(dry).length).toBeGreaterThan(100);

    await replan(world, edited);
    await replan(world, await editSome(world, 4));
    expect(await rowsOf('1')).not.toBe(published);
    expect(await rowsOf(`run:${runId}`)).toBe(dry);
    await world.plan();
    expect(await rowsOf(`run:${runId}`)).toBe(dry);
  });

  test('the plan in force has the rows of its replans, and the one before keeps its own', async () => {
    await world.plan();
    const first = await rowsOf('1');
    nextMorning();
    await world.plan();
    await replan(world, await editSome(world, 3));
    await replan(world, await editSome(world, 4));
    const inForce = await readPlan(db.pool, world.organizationId);
    expect(idsIn(await rowsOf('2'))).toEqual(inForce.map(({ id }) => id).sort((a, b) => a - b));
    expect(await rowsOf('1')).toBe(first);

    const replanned = await rowsOf('2');
    nextMorning();
    await world.plan();
    expect(await rowsOf('2')).toBe(replanned);
  });

  test('are compared as they stand, replans included', async () => {
    await world.plan();
    await world.dispatchAll(world.input.today);
    nextMorning();
    await world.plan();
    await replan(world, await editSome(world, 3));
    const { groups, fromDay } = await inSnapshot(db.pool, async (client) =>
      diffPlans(client, {
        former: await findStoredPlan(client, world.organizationId, '1'),
        latter: await findStoredPlan(client, world.organizationId, '2'),
      }),
    );
    const countOf = (kind: string): number =>
      groups.filter((group) => group.kind === kind).reduce((all, { count }) => all + count, 0);
    const [former, latter] = [await rowsOf('1'), await rowsOf('2')].map((lines) =>
      occurrencesFrom(formatDay(fromDay), lines),
    );
    const [added, removed] = [difference(latter!, former!), difference(former!, latter!)];
    expect(added).toBeGreaterThan(0);
    expect(removed).toBeGreaterThan(0);
    expect([countOf('added'), countOf('removed')]).toEqual([added, removed]);
  });
});
