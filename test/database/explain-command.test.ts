/** The command `explain` on the sample organization: every contact gets an answer that fits a terminal. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainContact } from '../../src/cli/explain/explain-contact.ts';
import type { AsOfRequest } from '../../src/cli/explain/explain-as-of.ts';
import { explanationJson } from '../../src/cli/output/explanation-json.ts';
import { explanationText } from '../../src/cli/output/explanation-text.ts';
import { TERMINAL_COLUMNS } from '../../src/cli/output/wrap.ts';
import { parseConfiguration } from '../../src/config/accept.ts';
import { readConfigurationFiles } from '../../src/config/source.ts';
import type { OrganizationProfile } from '../../src/db/queries/find-organization.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import type { Hash32 } from '../../src/domain/occurrence.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { importSample } from '../support/import-sample.ts';
import { createRunner } from '../support/run-planning.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/email-scheduler.mjs', import.meta.url));
const CONFIGURATION_FOLDER = fileURLToPath(new URL('../../config', import.meta.url));

let db: TestDatabase;
let hash: Hash32;
let demo: OrganizationProfile;

beforeAll(async () => {
  db = await createTestDatabase();
  hash = await loadHash32();
  demo = await importSample(db.pool);
  const runner = await createRunner({ pool: db.pool, configurationFolder: CONFIGURATION_FOLDER });
  await runner.run({ organization: 'demo', asOf: '2026-11-22' });
  await runner.run({ organization: 'demo', asOf: '2026-11-23' });
  // One contact's external id is another's id.
  await db.owner.query("UPDATE contacts SET external_id = '7' WHERE external_id = 'S-0009'");
  await db.owner.query(
    `WITH added AS (
       INSERT INTO organizations (name, time_zone, sandbox) VALUES ('new', 'America/Chicago', true) RETURNING id
     )
     INSERT INTO contacts (organization_id, external_id) SELECT id, 'first' FROM added`,
  );
});

afterAll(async () => {
  await db.drop();
});

async function readAsOf(day: string): Promise<AsOfRequest> {
  const files = parseConfiguration(await readConfigurationFiles(CONFIGURATION_FOLDER));
  return { asOfDay: parseDay(day)!, files, environment: null, nowMs: Date.parse('2026-11-24T18:00:00Z') };
}

const DATES = /\d{4}-\d{2}-\d{2}/g;
/** Limits that the text explains by, a moment on the clocks of the zone, the day before a date of the JSON. */
const TOLD_BY_TEXT_ONLY = /published \S+|1900-01-02|2199-12-31|\(to \S+ by the extension/g;

async function expectAnswer(contactId: number, asOf: AsOfRequest | null): Promise<void> {
  const asked = { organization: demo, reference: `id:${contactId}`, hash };
  const explanation = await explainContact(db.pool, asked, asOf);
  const text = explanationText(explanation);
  expect(text.split('\n').filter(({ length }) => length > TERMINAL_COLUMNS)).toEqual([]);
  expect(text).not.toMatch(/undefined|null|NaN|\[object/);
  const json = JSON.stringify(explanationJson(explanation));
  const told = text.replaceAll(/\s+/g, ' ').replaceAll(TOLD_BY_TEXT_ONLY, '').match(DATES) ?? [];
  expect(told.filter((date) => !json.includes(date))).toEqual([]);
}

describe('every contact of the sample organization gets an answer of at most 100 columns, and programs the same', () => {
  test('about the plan in force', { timeout: 120_000 }, async () => {
    const { rows } = await db.pool.query<{ id: string }>(
      'SELECT id FROM contacts WHERE organization_id = $1 ORDER BY id',
      [demo.id],
    );
    expect(rows.length).toBeGreaterThan(600);
    for (const { id } of rows) await expectAnswer(Number(id), null);
  });

  test.each(['2026-11-24', '2027-09-20'])('as of %s', { timeout: 120_000 }, async (day) => {
    const { rows } = await db.pool.query<{ id: string }>(
      'SELECT id FROM contacts WHERE organization_id = $1 AND id % 11 = 0',
      [demo.id],
    );
    const request = await readAsOf(day);
    for (const { id } of rows) await expectAnswer(Number(id), request);
  });
});

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function explain(...args: string[]): Promise<Ending> {
  const env = {
    ...process.env,
    DATABASE_URL: db.databaseUrl,
    EMAIL_SCHEDULER_CONFIG: CONFIGURATION_FOLDER,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, 'explain', ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('a skipped mail is explained by the law, the window in full, the day on which it could go, and what stands for it', async () => {
  const { code, stdout, stderr } = await explain('--organization', 'demo', '--contact', 'S-0003');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const text = stdout.replaceAll(/\s+/g, ' ');
  for (const part of [
    'Contact S-0003 (id 3) of demo: the plan in force Plan 2, as of 2026-11-23,',
    'state CA (ZIP code 95814, as stored) birth date 1934-12-19 effective date 2023-06-01',
    'birthday 2026-12-19: skipped on 2026-12-05, exclusion_window',
    'CA birthday blocks 2026-12-05: window 2026-09-20 to 2027-02-17 (to 2026-11-18 by the extension of 60 days)',
    'law California Insurance Code § 10192.11(h)',
    'next day none up to its deadline 2026-12-18: 2026-12-06 to 2026-12-18 blocked by CA birthday.',
    'post_window 2027-02-17 stands for it: pre-scheduled for 2027-02-18 at 08:30',
    'ideal date 2026-12-05, 14 days before the event deadline 2026-12-18, 1 day before the event',
  ]) {
    expect(text).toContain(part);
  }
});

test('programs get the same, and nothing is stored by asking what planning would do', async () => {
  const before = await db.owner.query('SELECT * FROM scheduler_runs ORDER BY id');
  const asked = ['--organization', 'demo', '--contact', 'S-0003', '--as-of', '2026-11-25', '--json'];
  const { code, stdout } = await explain(...asked);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({
    organization: 'demo',
    contact: { id: 3, externalId: 'S-0003', states: ['CA'], birthDate: '1934-12-19' },
    basis: { kind: 'as_of', plan: null, formerPlan: 2, asOf: '2026-11-25', configurationVersion: 1 },
    outcome: 'planned',
    mails: [
      {
        emailType: 'birthday',
        eventDate: '2026-12-19',
        scheduledSendDate: '2026-12-05',
        skipReason: 'exclusion_window',
        decision: {
          deadline: '2026-12-18',
          keeping: 'had_no_place',
          rules: [
            { rule: 'CA birthday', verdict: 'blocks', window: { from: '2026-09-20', to: '2027-02-17' } },
          ],
          nextDay: { day: null },
        },
      },
      { emailType: 'post_window' },
      { emailType: 'effective_date' },
      { emailType: 'aep' },
    ],
  });
  const after = await db.owner.query('SELECT * FROM scheduler_runs ORDER BY id');
  expect(after.rows).toEqual(before.rows);
});

describe('wrong use and what cannot be answered', () => {
  test.each([
    ['an unknown contact', ['demo', 'S-9999'], 1, 'demo has no contact "S-9999"'],
    ['an id that is nobody’s', ['demo', 'id:999999'], 1, 'demo has no contact "id:999999"'],
    ['a contact of another organization', ['new', '3'], 1, 'new has no contact "3"'],
    ['a contact that was never planned', ['new', 'first'], 1, 'new has no plan yet'],
    ['an unknown organization', ['acme', '3'], 1, 'There is no organization "acme": `npx email-scheduler'],
    ['two contacts', ['demo', '7'], 2, 'say id:7 or external:7'],
    ['a day before today', ['demo', '3', '--as-of', '2026-11-22'], 2, "the organization's today, 2026-11-23"],
    ['a day that does not exist', ['demo', '3', '--as-of', '2027-02-29'], 2, 'a day that exists'],
  ])('%s', async (_name, [organization, contact, ...rest], code, sentence) => {
    const ending = await explain('--organization', organization!, '--contact', contact!, ...rest);
    expect(ending.stderr).toContain(sentence);
    expect({ code: ending.code, stdout: ending.stdout }).toEqual({ code, stdout: '' });
    expect(ending.stderr.trim().split('\n')).toHaveLength(code === 2 && rest[1] === '2027-02-29' ? 2 : 1);
  });

  test('either of two contacts is told apart', async () => {
    for (const [reference, id] of [
      ['id:7', 7],
      ['external:7', 9],
    ] as const) {
      const { profile } = await explainContact(db.pool, { organization: demo, reference, hash }, null);
      expect(profile.id).toBe(id);
    }
  });
});
