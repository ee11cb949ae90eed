/** `plan export`: the rows of a plan as readers saw them when it was published, whatever has become of them since. */
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportPlan, type ExportFormat, type RowFilter } from '../../src/db/export-plan.ts';
import { keepPlanRows } from '../../src/db/queries/keep-plan-rows.ts';
import { inSnapshot } from '../../src/db/snapshot.ts';
import { findStoredPlan } from '../../src/db/stored-plan.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import type { TestDatabase } from '../support/database.ts';
import { textOf } from '../support/export-text.ts';
import { AS_OF, PlainWorlds } from '../support/plain-worlds.ts';
import type { PlanningWorld } from '../support/planning-world.ts';

const ALL: RowFilter = { emailTypes: [], statuses: [], skipReasons: [], fromDay: null, untilDay: null };

const COLUMNS = [
  ...[
    'id',
    'organization_id',
    'contact_id',
    'email_type',
    'campaign_instance_id',
    'event_date',
    'ideal_date',
  ],
  ...['scheduled_send_date', 'scheduled_send_time', 'status', 'skip_reason', 'priority', 'over_cap'],
  ...['email_template', 'sms_template', 'run_id', 'metadata', 'actual_send_at'],
];

type TextRow = Record<string, string>;

let db: TestDatabase;
let worlds: PlainWorlds;

beforeAll(async () => {
  worlds = await PlainWorlds.begin('export');
  ({ db } = worlds);
});

afterAll(async () => {
  await worlds.end();
});

/** So tight that days are over the cap. */
function createWorld(contacts = 150): Promise<PlanningWorld> {
  return worlds.create({ seed: 5, contacts }, (input) => {
    const load = { ...input.config.load, daily_cap_percent: 0.5, redistribute_within_days: 1 };
    return { ...input, config: { ...input.config, load } };
  });
}

async function exported(
  world: PlanningWorld,
  plan: string,
  format: ExportFormat,
  filter: Partial<RowFilter> = {},
): Promise<string> {
  return inSnapshot(db.pool, async (client) => {
    await keepPlanRows(client);
    const stored = await findStoredPlan(client, world.organizationId, plan);
    return textOf(exportPlan(client, stored, { ...ALL, ...filter }, format));
  });
}

async function exportedRows(
  world: PlanningWorld,
  plan: string,
  filter: Partial<RowFilter> = {},
): Promise<TextRow[]> {
  return parse(await exported(world, plan, 'csv', filter), { columns: true });
}

/** What readers see of the plan in force, every column as PostgreSQL writes it, in the order of an export. */
async function seenRows(world: PlanningWorld): Promise<TextRow[]> {
  const { rows } = await db.pool.query<TextRow>(
    `SELECT ${COLUMNS.map((column) => `coalesce(s.${column}::text, '') AS ${column}`).join(', ')},
       (SELECT external_id FROM contacts c WHERE c.organization_id = $1 AND c.id = s.contact_id) AS external_id
     FROM email_schedules s
     WHERE s.organization_id = $1 AND s.id NOT IN (SELECT id FROM ledger)
     ORDER BY s.scheduled_send_date, s.contact_id, s.email_type, s.event_date, s.id`,
    [world.organizationId],
  );
  return rows;
}

describe('an export', () => {
  test('in CSV, parsed again, is what email_schedules shows, column by column, by day and contact', async () => {
    const world = await createWorld();
    await world.plan();
    const seen = await seenRows(world);
    expect(await exportedRows(world, 'current')).toEqual(seen);
    expect(seen.some((row) => row.over_cap === 'true')).toBe(true);
    expect(seen.some((row) => row.metadata !== '' && row.status === 'skipped')).toBe(true);
    expect(new Set(seen.map((row) => row.email_type)).size).toBeGreaterThan(2);
  });

  test('as JSON lines is the same, a document a line, with nulls, numbers and metadata as such', async () => {
    const world = await createWorld();
    await world.plan();
    const lines = (await exported(world, 'current', 'jsonl')).trimEnd().split('\n');
    const { rows } = await db.pool.query<{ row: object }>(
      `SELECT row_to_json(e) AS row FROM (
         SELECT s.*, (SELECT external_id FROM contacts c WHERE c.organization_id = $1 AND c.id = s.contact_id) AS external_id
         FROM email_schedules s
         WHERE s.organization_id = $1
         ORDER BY s.scheduled_send_date, s.contact_id, s.email_type, s.event_date, s.id) e`,
      [world.organizationId],
    );
    expect(lines.map((line) => JSON.parse(line) as object)).toEqual(rows.map(({ row }) => row));
  });

  test('of an earlier plan and of a dry run has their rows, claimed and closed ones too', async () => {
    const world = await createWorld();
    const first = await world.plan();
    const rowsOfFirst = await seenRows(world);
    const { contacts, suppressions } = world.input;
    const moved = contacts.map((contact) => (contact.id % 4 === 0 ? { ...contact, state: 'CA' } : contact));
    await world.editContacts({ contacts: moved, suppressions });
    const dry = await world.planDry();
    await world.plan();
    const rowsOfSecond = await seenRows(world);
    await world.claim(AS_OF);
    await world.plan({ fresh: true });

    expect(await exportedRows(world, String(first.planNumber))).toEqual(rowsOfFirst);
    expect(await exportedRows(world, '2')).toEqual(rowsOfSecond);
    expect(await exportedRows(world, '3')).toEqual(await seenRows(world));
    // A dry run gives ids and its own number to what it changes.
    const withoutIds = (rows: TextRow[]): object[] => rows.map(({ id: _id, run_id: _run, ...row }) => row);
    expect(withoutIds(await exportedRows(world, `run:${dry.runId}`))).toEqual(withoutIds(rowsOfSecond));
  });

  test.each<[string, Partial<RowFilter>, (row: TextRow) => boolean]>([
    ['one type', { emailTypes: ['birthday'] }, (row) => row.email_type === 'birthday'],
    [
      'two types',
      { emailTypes: ['aep', 'post_window'] },
      (row) => ['aep', 'post_window'].includes(row.email_type!),
    ],
    ['a type without mails', { emailTypes: ["campaign_it's"] }, () => false],
    ['a status', { statuses: ['skipped'] }, (row) => row.status === 'skipped'],
    ['both statuses', { statuses: ['skipped', 'pre-scheduled'] }, () => true],
    ['a reason', { skipReasons: ['exclusion_window'] }, (row) => row.skip_reason === 'exclusion_window'],
    [
      'type, status and reason',
      {
        emailTypes: ['effective_date'],
        statuses: ['skipped'],
        skipReasons: ['exclusion_window', 'unknown_anchor'],
      },
      (row) => row.email_type === 'effective_date' && row.status === 'skipped',
    ],
    ['from a day', { fromDay: parseDay('2027-06-01') }, (row) => row.scheduled_send_date! >= '2027-06-01'],
    ['until a day', { untilDay: parseDay('2027-06-01') }, (row) => row.scheduled_send_date! <= '2027-06-01'],
    [
      'one day',
      { fromDay: parseDay('2027-09-15'), untilDay: parseDay('2027-09-15') },
      (row) => row.scheduled_send_date === '2027-09-15',
    ],
  ])('filtered by %s has these rows and no others', async (_what, filter, isWanted) => {
    const world = worlds.first;
    expect(await exportedRows(world, 'current', filter)).toEqual((await seenRows(world)).filter(isWanted));
  });

  const EXTERNAL_IDS = [
    ['C-1', 'C-1'],
    ['=HYPERLINK("http://x")', '\'=HYPERLINK("http://x")'],
    ['@sum', "'@sum"],
    ['+SUM(1)', "'+SUM(1)"],
    ['-x', "'-x"],
    ['\t=1', "'\t=1"],
    ['＝1+1', "'＝1+1"],
    ['-12', '-12'],
    ['+4915112345', '+4915112345'],
    ['a "quoted", one', 'a "quoted", one'],
    ['two\nlines', 'two\nlines'],
    ['\\N', '\\N'],
    ['Größe 🎂', 'Größe 🎂'],
  ];
  test('has external ids as they are in JSON lines, and in CSV such that no spreadsheet takes one for a formula', async () => {
    const world = worlds.first;
    const contactIds = [...new Set((await seenRows(world)).map((row) => Number(row.contact_id)))];
    await db.owner.query(
      `UPDATE contacts c SET external_id = given.external_id
       FROM unnest($2::bigint[], $3::text[]) AS given (id, external_id)
       WHERE c.organization_id = $1 AND c.id = given.id`,
      [world.organizationId, contactIds.slice(0, EXTERNAL_IDS.length), EXTERNAL_IDS.map(([id]) => id)],
    );
    const inCsv = new Map(
      (await exportedRows(world, 'current')).map((row) => [Number(row.contact_id), row.external_id]),
    );
    const inJson = new Map<number, string>();
    for (const line of (await exported(world, 'current', 'jsonl')).trimEnd().split('\n')) {
      const row = JSON.parse(line) as { contact_id: number; external_id: string };
      inJson.set(row.contact_id, row.external_id);
    }
    expect(
      EXTERNAL_IDS.map((_, index) => contactIds[index]!).map((id) => [inJson.get(id), inCsv.get(id)]),
    ).toEqual(EXTERNAL_IDS);
  });

  test('of a plan without rows is a header, or nothing', async () => {
    const world = await createWorld(2);
    await world.editContacts({ contacts: [], suppressions: [] });
    await world.plan();
    expect(await exported(world, 'current', 'csv')).toBe([...COLUMNS, 'external_id'].join(',') + '\n');
    expect(await exported(world, 'current', 'jsonl')).toBe('');
  });

  test('keeps the rows of its plan until it ends: a base is not dropped under it', async () => {
    const world = await createWorld(20);
    await world.plan();
    await inSnapshot(db.pool, async (client) => {
      await keepPlanRows(client);
      const { baseId } = await findStoredPlan(client, world.organizationId, 'current');
      const dropped = db.owner.query(`SET lock_timeout = '200ms'; DROP TABLE plan_base_${baseId}`);
      await expect(dropped).rejects.toMatchObject({ code: '55P03' });
    });
  });
});
