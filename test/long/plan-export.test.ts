/** A million rows go through `plan export` as bytes: its memory does not grow with them, nor with a slow reader. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inTransaction } from '../../src/db/transaction.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

const PROGRAM = new URL('../../bin/email-scheduler.mjs', import.meta.url).pathname;
const ROWS = 1_000_000;
const CONTACTS = 100_000;
/** The program itself and its libraries take some 120 MB. */
const MAX_RSS_MB = 220;
const MAX_HEAP_MB = 64;

let db: TestDatabase;
let folder: string;

beforeAll(async () => {
  db = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'plan-export-'));
  await insertPlan(ROWS);
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await db.drop();
});

/** A plan of so many rows in force, as a run would have left it. */
async function insertPlan(rows: number): Promise<void> {
  await inTransaction(db.owner, async (client) => {
    const id = async (query: string, values: unknown[] = []): Promise<number> =>
      Number((await client.query<{ id: string }>(query, values)).rows[0]!.id);
    const organizationId = await id(
      `INSERT INTO organizations (name, time_zone) VALUES ('big', 'America/Chicago') RETURNING id`,
    );
    const version = await id(
      `INSERT INTO configuration_versions (document, rules, hash, files_hash, accepted_by)
       VALUES ('{}', '[]', '', '', 'test') RETURNING version AS id`,
    );
    const runId = await id(
      `INSERT INTO scheduler_runs (organization_id, state, today, as_of, configuration_version, batch_size,
         workflow_id, workflow_chain_id, snapshot)
       VALUES ($1, 'published', '2027-01-01', '2027-01-01', $2, 1000, 'w', 'c', pg_current_snapshot()) RETURNING id`,
      [organizationId, version],
    );
    const baseId = await id('INSERT INTO plan_bases (organization_id, run_id) VALUES ($1, $2) RETURNING id', [
      organizationId,
      runId,
    ]);
    await client.query(
      `INSERT INTO contacts (id, organization_id, external_id)
       SELECT i, $1, 'contact-' || i FROM generate_series(1, $2::integer) AS i`,
      [organizationId, CONTACTS],
    );
    await client.query('SELECT create_plan_base($1)', [baseId]);
    await client.query(
      `INSERT INTO plan_base_${baseId} (id, organization_id, base_id, segment_run_id, run_id, contact_id, event_date,
         ideal_date, scheduled_send_date, scheduled_send_time, priority, settled, email_type, status, skip_reason, details)
       SELECT i, $1, $2, $3, $3, i % $4::integer + 1, DATE '2027-01-20' + i % 365, DATE '2027-01-06' + i % 365,
         DATE '2027-01-06' + i % 365, '08:30', 5, false, 'birthday', 'skipped', 'exclusion_window',
         '{"blocked_by":{"rule":"CA birthday","state":"CA","kind":"birthday","from":"2027-01-01","to":"2027-03-01"}}'
       FROM generate_series(1, $5::integer) AS i`,
      [organizationId, baseId, runId, CONTACTS, rows],
    );
    await client.query('SELECT attach_plan_base($1)', [baseId]);
    await client.query(
      `INSERT INTO plans (organization_id, number, base_id, run_id, as_of, daily_cap, soft_limit, over_cap_dates)
       VALUES ($1, 1, $2, $3, '2027-01-01', 7000, 15, '{}')`,
      [organizationId, baseId, runId],
    );
    await client.query(
      'INSERT INTO plan_segments (base_id, run_id, organization_id, plan_number) VALUES ($2, $3, $1, 1)',
      [organizationId, baseId, runId],
    );
    await client.query(
      'UPDATE organizations SET plan_number = 1, last_plan_number = 1, plan_base_id = $2 WHERE id = $1',
      [organizationId, baseId],
    );
  });
}

function startExport(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [PROGRAM, 'plan', 'export', '--organization', 'big', ...args], {
    env: {
      ...process.env,
      DATABASE_URL: db.databaseUrl,
      NODE_OPTIONS: `--max-old-space-size=${MAX_HEAP_MB}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The most memory that the process has had, as Linux keeps it; asked as long as it lives. */
async function watchPeakMb(child: ChildProcess): Promise<number> {
  let peakMb = 0;
  while (child.exitCode === null && child.signalCode === null) {
    const status = readStatus(child.pid!);
    peakMb = Math.max(peakMb, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024);
    await delay(20);
  }
  return peakMb;
}

function readStatus(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

async function saidOn(stream: NodeJS.ReadableStream): Promise<string> {
  let said = '';
  for await (const chunk of stream) said += String(chunk);
  return said;
}

test.skipIf(process.platform !== 'linux')('a million rows into a file', async () => {
  const file = join(folder, 'plan.csv');
  const child = startExport(['--output', file]);
  const [peakMb, said] = await Promise.all([watchPeakMb(child), saidOn(child.stderr!)]);
  expect(said).toMatch(/plan\.csv: 1,000,000 rows, \d+\.\d MB\.\n$/);
  expect(child.exitCode).toBe(0);
  expect(readdirSync(folder)).toEqual(['plan.csv']);
  expect(statSync(file).size).toBeGreaterThan(100_000_000);
  expect(peakMb).toBeGreaterThan(20);
  expect(peakMb).toBeLessThan(MAX_RSS_MB);
});

test.skipIf(process.platform !== 'linux')(
  'a reader that stops is waited for, and one that goes ends it quietly',
  async () => {
    const child = startExport(['--format', 'jsonl']);
    const peak = watchPeakMb(child);
    const said = saidOn(child.stderr!);
    child.stdout!.once('readable', () => void child.stdout!.read());
    await once(child.stdout!, 'readable');
    await delay(1_500);
    expect(child.exitCode).toBeNull();
    child.stdout!.destroy();
    await once(child, 'exit');
    expect([child.exitCode, await said]).toEqual([0, '']);
    expect(await peak).toBeLessThan(MAX_RSS_MB);
  },
);
