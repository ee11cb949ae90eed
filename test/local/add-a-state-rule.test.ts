/** The section "Add a state rule" of README.md, its commands run as they are written. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { startWorkerProcess } from '../support/worker-process.ts';

const CHECKOUT = resolve(import.meta.dirname, '../..');
const DAY_SECONDS = 86_400;
/** Nine processes, one after the other. */
const TIMEOUT_MS = 120_000;
const temporalAddress = process.env.TEMPORAL_ADDRESS ?? '';
const namespace = `readme-test-${randomBytes(4).toString('hex')}`;
/** A checkout whose configuration may be edited. */
const checkout = mkdtempSync(join(tmpdir(), 'email-scheduler-checkout-'));
const configurationFolder = join(checkout, 'config');
const cleanUps: (() => Promise<unknown>)[] = [];
let database: TestDatabase;

beforeAll(async () => {
  for (const name of ['package.json', 'bin', 'node_modules']) {
    symlinkSync(join(CHECKOUT, name), join(checkout, name));
  }
  cpSync(join(CHECKOUT, 'config'), configurationFolder, { recursive: true });
  database = await createTestDatabase();
  cleanUps.push(() => database.drop());
  await registerNamespace();
  const place = { databaseUrl: database.databaseUrl, temporalAddress, namespace, configurationFolder };
  const [worker] = await Promise.all([
    startWorkerProcess(place),
    shell('npx email-scheduler contacts import config/sample/contacts.csv --organization demo --sandbox'),
  ]);
  cleanUps.push(() => worker.kill());
  // As `npm run demo` leaves it.
  await shell('npx email-scheduler plan run --organization demo --as-of 2026-11-23');
}, TIMEOUT_MS);

afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  rmSync(checkout, { recursive: true, force: true });
});

async function registerNamespace(): Promise<void> {
  const connection = await Connection.connect({ address: temporalAddress });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: DAY_SECONDS as unknown as Long },
  });
  await connection.close();
}

/** What the commands print; the first that fails ends them. */
async function shell(commands: string): Promise<string> {
  const env = {
    ...process.env,
    DATABASE_URL: database.databaseUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    EMAIL_SCHEDULER_CONFIG: configurationFolder,
  };
  const { stdout } = await promisify(execFile)('sh', ['-ec', commands], { cwd: checkout, env });
  return stdout;
}

function stepsOfReadme(): string[] {
  const readme = readFileSync(join(CHECKOUT, 'README.md'), 'utf8');
  const section = /^## Add a state rule\n([^]*?)^## /m.exec(readme)?.[1] ?? '';
  return [...section.matchAll(/^\*\*\d\. [^]*?^```sh\n([^]*?)^```$/gm)].map(([, commands]) => commands!);
}

async function birthdayMail(): Promise<Record<string, unknown> | undefined> {
  const { rows } = await database.owner.query<Record<string, unknown>>(
    `SELECT scheduled_send_date::text AS day, status::text, skip_reason::text AS reason,
            metadata->'blocked_by'->>'rule' AS rule
     FROM email_schedules JOIN contacts ON contacts.id = contact_id
     WHERE external_id = 'S-0361' AND email_type = 'birthday'`,
  );
  return rows[0];
}

test(
  'the five steps of the README add a rule, and the plan goes by it',
  { timeout: TIMEOUT_MS },
  async () => {
    const steps = stepsOfReadme();
    expect(steps).toHaveLength(5);
    expect(await birthdayMail()).toMatchObject({ status: 'pre-scheduled' });

    const [write, check, tryOut, plan, look] = steps as [string, string, string, string, string];
    expect(await shell(check)).toBe('No problem in config: 13 rules of 13 states.\n');
    await shell(write);
    expect(await shell(check)).toBe('No problem in config: 14 rules of 14 states.\n');

    const tried = await shell(tryOut);
    expect(tried).toContain('2027-04-23 is blocked in IL: exclusion_window.');
    expect(tried).toContain('2027-03-08 to 2027-06-21');
    expect(tried).toContain('2027-03-07 is not blocked in IL.');

    const planned = await shell(plan);
    expect(planned).toContain('dry run as of 2026-11-23; nothing was published.');
    expect(planned).toContain('plan 2 is in force');
    expect(await birthdayMail()).toEqual({
      day: '2027-04-23',
      status: 'skipped',
      reason: 'exclusion_window',
      rule: 'IL birthday',
    });

    const explained = await shell(look);
    expect(explained).toContain('IL birthday');
    expect(explained).toContain('215 ILCS 5/363');
  },
);
