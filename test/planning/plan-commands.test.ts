/** `plan list`, `plan export`, `plan diff` and `calendar` as a person or a program uses them, well and wrongly. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { generateOrganization } from '../model/generate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { readPlan } from '../support/model-database.ts';
import { PlanningWorld } from '../support/planning-world.ts';

const PROGRAM = new URL('../../bin/email-scheduler.mjs', import.meta.url).pathname;
const AS_OF = '2027-03-01';

let db: TestDatabase;
let folder: string;
let world: PlanningWorld;
let dryRunId = 0;

/** Plan 1 and 3 are kept, the rows of plan 2 are gone; run `dryRunId` was dry, with half the contacts moved. */
beforeAll(async () => {
  db = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'plan-commands-'));
  const options = {
    contacts: 200,
    rules: 'shipped',
    config: 'default',
    asOf: AS_OF,
    malformedDates: false,
  } as const;
  const input = { ...generateOrganization(5, options), today: AS_OF };
  world = await PlanningWorld.create(db, input, { name: 'demo', sandbox: true });
  await world.plan();
  await world.plan({ fresh: true });
  await world.plan({ fresh: true });
  await db.owner.query(
    `UPDATE plan_bases SET dropped_at = now() WHERE id = (SELECT base_id FROM plans WHERE number = 2)`,
  );
  const { contacts, suppressions } = world.input;
  const moved = contacts.map((contact) => (contact.id % 2 === 0 ? { ...contact, state: 'CA' } : contact));
  await world.editContacts({ contacts: moved, suppressions });
  dryRunId = (await world.planDry()).runId;
  await db.owner.query(`INSERT INTO organizations (name, time_zone) VALUES ('empty', 'America/Chicago')`);
});

afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
  await db.drop();
});

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function environment(): NodeJS.ProcessEnv {
  return { ...process.env, DATABASE_URL: db.databaseUrl };
}

async function run(...args: readonly string[]): Promise<Ending> {
  return new Promise((resolve) => {
    const options = { env: environment(), cwd: folder, maxBuffer: 50_000_000 };
    execFile(process.execPath, [PROGRAM, ...args], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

async function runWell(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args, '--organization', 'demo');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

function widestLine(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length));
}

describe('plan list', () => {
  test('shows the newest first, what is in force, kept and gone, and dry runs', async () => {
    const text = await runWell('plan', 'list');
    const lines = text.trimEnd().split('\n');
    expect(lines[1]).toMatch(new RegExp(`^run:${dryRunId} +${dryRunId} +dry run +${AS_OF} `));
    expect(lines[2]).toMatch(/^3 .* fresh .* in force /);
    expect(lines[3]).toMatch(/^2 .* fresh .* gone /);
    expect(lines[4]).toMatch(/^1 .* plan .* \d{4}-\d\d-\d\d +[0-9a-f]{8}$/);
    expect(widestLine(text)).toBeLessThanOrEqual(100);
  });

  test('for programs has whole checksums, counts that are those of the rows, and what was left off', async () => {
    const { plans, leftOff } = JSON.parse(await runWell('plan', 'list', '--limit', '2', '--json')) as {
      plans: { plan: string; rows: string; preScheduled: number; skipped: number; checksum: string }[];
      leftOff: number;
    };
    expect(plans.map(({ plan, rows }) => [plan, rows])).toEqual([
      [`run:${dryRunId}`, 'kept'],
      ['3', 'in_force'],
    ]);
    expect(leftOff).toBe(2);
    const rows = await readPlan(db.pool, world.organizationId);
    const preScheduled = rows.filter((row) => row.status === 'pre-scheduled').length;
    expect(plans[1]).toMatchObject({ preScheduled, skipped: rows.length - preScheduled });
    expect(plans[1]!.checksum).toMatch(/^[0-9a-f]{8}-[0-9a-f]{8}-\d+$/);
  });

  test('of an organization without plans says what makes the first', async () => {
    const { code, stdout } = await run('plan', 'list', '--organization', 'empty');
    expect([code, stdout]).toEqual([
      0,
      'There is no plan yet: `npx email-scheduler plan run` makes the first.\n',
    ]);
  });
});

describe('plan export', () => {
  test('writes the plan in force to standard output, and to a file with a line about it', async () => {
    const text = await runWell('plan', 'export');
    const rows = await readPlan(db.pool, world.organizationId);
    expect(text.split('\n')).toHaveLength(rows.length + 2);
    const written = await run('plan', 'export', '3', '--organization', 'demo', '--output', 'plan.csv');
    expect([written.code, written.stdout]).toEqual([0, '']);
    expect(written.stderr).toMatch(new RegExp(`^plan\\.csv: ${rows.length} rows, \\d+ kB\\.\n$`));
    expect(readFileSync(join(folder, 'plan.csv'), 'utf8')).toBe(text);
    expect(readdirSync(folder)).toEqual(['plan.csv']);
  });

  test('takes filters together and repeated', async () => {
    const args = ['--type', 'birthday', '--type', 'aep', '--status', 'skipped', '--from', '2027-04-01'];
    const lines = (await runWell('plan', 'export', ...args, '--format', 'jsonl')).trimEnd().split('\n');
    const rows = (await readPlan(db.pool, world.organizationId)).filter(
      (row) =>
        ['birthday', 'aep'].includes(row.email_type) &&
        row.status === 'skipped' &&
        row.scheduled_send_date >= '2027-04-01',
    );
    expect(lines.map((line) => (JSON.parse(line) as { id: number }).id).sort((a, b) => a - b)).toEqual(
      rows.map(({ id }) => id),
    );
  });

  test('ends quietly with a reader that has seen enough', async () => {
    const child = spawn(
      process.execPath,
      [PROGRAM, 'plan', 'export', '--organization', 'demo', '--format', 'jsonl'],
      {
        env: environment(),
      },
    );
    let said = '';
    child.stderr.on('data', (data) => (said += String(data)));
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = (await once(child, 'close')) as [number];
    expect([code, said]).toEqual([0, '']);
  });
});

describe('plan diff', () => {
  test('previews a dry run: what differs by kind, type and reason, and the mails', async () => {
    const text = await runWell('plan', 'diff', 'current', `run:${dryRunId}`, '--rows', '--limit', '4');
    expect(text).toContain(`From plan 3 (as of ${AS_OF}) to run:${dryRunId} (dry run, as of ${AS_OF}).`);
    expect(text).toMatch(/^now skipped: exclusion_window +\d/m);
    expect(text).toMatch(/… and \d+ more/);
    expect(widestLine(text)).toBeLessThanOrEqual(100);
  });

  test('for programs has the same, and as a file all of the mails', async () => {
    const args = ['plan', 'diff', 'current', `run:${dryRunId}`, '--organization', 'demo'];
    const { code, stdout } = await run(...args, '--rows', '--limit', '10', '--json', '--output', 'diff.csv');
    expect(code).toBe(0);
    const found = JSON.parse(stdout) as {
      from: string;
      latter: object;
      groups: { count: number }[];
      rows: object[];
      rowsLeftOff: number;
    };
    const differing = found.groups.reduce((all, { count }) => all + count, 0);
    expect(found).toMatchObject({ from: AS_OF, latter: { plan: `run:${dryRunId}`, number: null } });
    expect([found.rows.length, found.rowsLeftOff]).toEqual([10, differing - 10]);
    expect(readFileSync(join(folder, 'diff.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(differing + 1);
  });

  test('of a plan that was drawn anew on the same day: nothing differs', async () => {
    expect(await runWell('plan', 'diff', '1', '3')).toMatch(/\nNothing differs\.\n$/);
  });
});

describe('calendar', () => {
  test('shows the coming year in 100 columns, and for programs every day', async () => {
    const text = await runWell('calendar');
    expect(widestLine(text)).toBeLessThanOrEqual(100);
    expect(text).toContain(`demo, plan 3 as of ${AS_OF}: ${AS_OF} until 2028-02-28.`);
    const calendar = JSON.parse(
      await runWell('calendar', '--days', '30', '--from', '2027-04-01', '--json'),
    ) as {
      days: { day: string; volume: number }[];
    };
    expect(calendar).toMatchObject({
      organization: 'demo',
      plan: { number: 3, asOf: AS_OF },
      today: AS_OF,
      from: '2027-04-01',
      until: '2027-04-30',
      dailyCap: 14,
      softLimit: 4,
      redistributeAbove: 16.8,
    });
    const rows = (await readPlan(db.pool, world.organizationId)).filter(
      (row) => row.scheduled_send_date >= '2027-04-01' && row.scheduled_send_date <= '2027-04-30',
    );
    const volume = rows.filter(
      ({ status, skip_reason: reason }) => status === 'pre-scheduled' || reason === 'frequency_limit',
    );
    expect(calendar.days.reduce((all, day) => all + day.volume, 0)).toBe(volume.length);
  });
});

describe('wrong use ends with 2, something that is not there with 1, each with one sentence', () => {
  const DEMO = ['--organization', 'demo'];

  test.each<[string, string[], number, string]>([
    [
      'an unknown organization',
      ['plan', 'list', '--organization', 'nobody'],
      1,
      'There is no organization "nobody": `npx email-scheduler organizations list`',
    ],
    ['no number', ['plan', 'list', ...DEMO, '--limit', '0'], 2, 'Allowed: a whole number from 1 to 10000.'],
    ['an unknown plan', ['plan', 'export', '99', ...DEMO], 1, 'There is no plan "99"'],
    ['an unknown dry run', ['plan', 'export', 'run:9999', ...DEMO], 1, 'There is no plan "run:9999"'],
    ['a plan that is gone', ['plan', 'export', '2', ...DEMO], 1, 'The rows of plan "2" are no longer kept'],
    ['no name of a plan', ['plan', 'export', 'latest', ...DEMO], 2, '"latest" is no plan'],
    [
      'an organization without a plan',
      ['plan', 'export', '--organization', 'empty'],
      1,
      'There is no plan in force yet',
    ],
    [
      'an impossible date',
      ['plan', 'export', ...DEMO, '--from', '2027-02-29'],
      2,
      'Allowed: a day that exists',
    ],
    [
      'until before from',
      ['plan', 'export', ...DEMO, '--from', '2027-05-02', '--until', '2027-05-01'],
      2,
      '--until is 2027-05-01, before --from 2027-05-02',
    ],
    [
      'an unknown status',
      ['plan', 'export', ...DEMO, '--status', 'sent'],
      2,
      'Allowed: pre-scheduled, skipped.',
    ],
    [
      'an unknown reason',
      ['plan', 'export', ...DEMO, '--reason', 'weather'],
      2,
      'Allowed: exclusion_window, ',
    ],
    [
      'a reason of mails that are not skipped',
      ['plan', 'export', ...DEMO, '--status', 'pre-scheduled', '--reason', 'frequency_limit'],
      2,
      '--reason is about skipped mails',
    ],
    [
      'an unknown type',
      ['plan', 'export', ...DEMO, '--type', 'christmas'],
      2,
      'Allowed: birthday, effective_date,',
    ],
    [
      'an unknown campaign type',
      ['plan', 'export', ...DEMO, '--type', 'campaign_xmas'],
      2,
      'this organization has: birthday, effective_date, aep, post_window, campaign_rate_increase',
    ],
    [
      'an unknown format',
      ['plan', 'export', ...DEMO, '--format', 'xlsx'],
      2,
      'Allowed choices are csv, jsonl.',
    ],
    ['a folder as file', ['plan', 'export', ...DEMO, '--output', '.'], 2, '--output . is a folder'],
    ['one plan only', ['plan', 'diff', '1', ...DEMO], 2, "missing required argument 'latter'"],
    ['a diff with a plan that is gone', ['plan', 'diff', '2', 'current', ...DEMO], 1, 'no longer kept'],
    ['a diff with an unknown plan', ['plan', 'diff', 'current', '12', ...DEMO], 1, 'There is no plan "12"'],
    [
      'a diff into no folder',
      ['plan', 'diff', '1', '3', ...DEMO, '--output', 'no/x.csv'],
      2,
      'lies in no folder',
    ],
    [
      'a calendar of the past',
      ['calendar', ...DEMO, '--from', '2027-02-28'],
      2,
      'allowed are today, 2027-03-01',
    ],
    [
      'a calendar of no days',
      ['calendar', ...DEMO, '--days', '0'],
      2,
      'Allowed: a whole number from 1 to 1000.',
    ],
    ['a calendar by year', ['calendar', ...DEMO, '--by', 'year'], 2, 'Allowed choices are day, week, month.'],
    [
      'a calendar without a plan',
      ['calendar', '--organization', 'empty'],
      1,
      'empty has no plan in force yet',
    ],
  ])('%s', async (_what, args, code, sentence) => {
    const ending = await run(...args);
    expect(ending.stderr).toContain(sentence);
    expect(ending.stderr).not.toContain('    at ');
    expect([ending.code, ending.stdout]).toEqual([code, '']);
  });

  test('a file is left as it was where the plan is not there', async () => {
    writeFileSync(join(folder, 'kept.csv'), 'as it was');
    for (const plan of ['2', '99']) await run('plan', 'export', plan, ...DEMO, '--output', 'kept.csv');
    expect(readFileSync(join(folder, 'kept.csv'), 'utf8')).toBe('as it was');
    await run('plan', 'export', '99', ...DEMO, '--output', 'new.csv');
    expect(existsSync(join(folder, 'new.csv'))).toBe(false);
  });

  test('for programs as JSON', async () => {
    const { code, stderr } = await run('plan', 'diff', '2', '3', ...DEMO, '--json');
    expect([code, JSON.parse(stderr)]).toMatchObject([
      1,
      { error: { code: 'PLAN_GONE', place: 'plan', value: '2' } },
    ]);
  });
});
