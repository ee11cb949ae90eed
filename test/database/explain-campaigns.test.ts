/** `explain` on the sample organization with a campaign of every type: text and JSON for targets and others. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AsOfRequest } from '../../src/cli/explain/explain-as-of.ts';
import { explainContact } from '../../src/cli/explain/explain-contact.ts';
import type { Explanation } from '../../src/cli/explain/explanation.ts';
import { explanationJson, type ExplanationJson } from '../../src/cli/output/explanation-json.ts';
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

const CONFIGURATION_FOLDER = fileURLToPath(new URL('../../config', import.meta.url));

let db: TestDatabase;
let hash: Hash32;
let demo: OrganizationProfile;
let ids: number[];
let explanations: Explanation[];

beforeAll(async () => {
  db = await createTestDatabase();
  hash = await loadHash32();
  demo = await importSample(db.pool);
  await addCampaigns();
  const runner = await createRunner({ pool: db.pool, configurationFolder: CONFIGURATION_FOLDER });
  await runner.run({ organization: 'demo', asOf: '2026-11-22' });
  await runner.run({ organization: 'demo', asOf: '2026-11-23' });
  const { rows } = await db.pool.query<{ id: string }>(
    'SELECT id FROM contacts WHERE organization_id = $1 AND (id % 4 = 0 OR id % 11 = 0) ORDER BY id',
    [demo.id],
  );
  ids = rows.map(({ id }) => Number(id));
  explanations = await explainAll(null);
}, 120_000);

afterAll(async () => {
  await db.drop();
});

/** Every fourth contact is a target of each, most of them on days that meet. */
async function addCampaigns(): Promise<void> {
  await db.owner.query(
    `INSERT INTO campaign_instances (organization_id, campaign_type_id, name, status, active_start_date,
       active_end_date, metadata)
     SELECT $1, t.id, given.name, given.status, given.first_day, given.last_day, given.metadata
     FROM (VALUES ('rate_increase', 'Rates 2027', 'active', NULL, NULL, '{}'::jsonb),
       ('seasonal_promo', 'Winter', 'active', NULL, DATE '2027-01-20', '{"days_before_event": 14}'),
       ('seasonal_promo', 'Winter is over', 'active', NULL, DATE '2026-10-31', '{}'),
       ('initial_blast', 'Hello', 'paused', DATE '2026-12-07', NULL, '{}'),
       ('regulatory_notice', 'Notice of December', 'active', NULL, NULL, '{}'),
       ('policy_update', 'Update', 'draft', NULL, NULL, '{}'))
       AS given (type, name, status, first_day, last_day, metadata)
     JOIN campaign_types t ON t.organization_id = $1 AND t.name = given.type`,
    [demo.id],
  );
  await db.owner.query(
    `INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, trigger_date)
     SELECT $1, c.id, i.id, DATE '2026-12-20' + (c.id % 60)::integer - (c.id % 7)::integer
     FROM contacts c, campaign_instances i
     WHERE c.organization_id = $1 AND i.organization_id = $1 AND c.id % 4 = 0`,
    [demo.id],
  );
  await db.owner.query(
    `INSERT INTO suppressions (organization_id, address, scope, reason)
     SELECT $1, email, 'marketing', 'test' FROM contacts
     WHERE organization_id = $1 AND id % 20 = 0 AND email IS NOT NULL ON CONFLICT DO NOTHING`,
    [demo.id],
  );
}

function explainAll(asOf: AsOfRequest | null): Promise<Explanation[]> {
  return Promise.all(
    ids.map((id) => explainContact(db.pool, { organization: demo, reference: `id:${id}`, hash }, asOf)),
  );
}

const DATES = /\d{4}-\d{2}-\d{2}/g;
/** Limits that the text explains by, and the moment of publication on the clocks of the zone. */
const TOLD_BY_TEXT_ONLY = /published \S+|1900-01-02|2199-12-31|\(to \S+ by the extension/g;

function check(explanation: Explanation): void {
  const text = explanationText(explanation);
  expect(text.split('\n').filter(({ length }) => length > TERMINAL_COLUMNS)).toEqual([]);
  expect(text).not.toMatch(/undefined|null|NaN|\[object/);
  const json = JSON.stringify(explanationJson(explanation));
  expect(json).not.toContain('"deadline":"9999');
  expect(text).not.toMatch(/deadline +9999/);
  const told = text.replaceAll(/\s+/g, ' ').replaceAll(TOLD_BY_TEXT_ONLY, '').match(DATES) ?? [];
  expect(told.filter((date) => !json.includes(date))).toEqual([]);
}

describe('a contact gets an answer of at most 100 columns, and programs the same', () => {
  test('about the plan in force, which the rules come to again', () => {
    for (const explanation of explanations) {
      check(explanation);
      expect(explanation.notes).toEqual([]);
    }
  });

  test('about a later day', { timeout: 120_000 }, async () => {
    const files = parseConfiguration(await readConfigurationFiles(CONFIGURATION_FOLDER));
    const nowMs = Date.parse('2026-11-24T18:00:00Z');
    const asOf = { asOfDay: parseDay('2026-12-10')!, files, environment: null, nowMs };
    for (const explanation of await explainAll(asOf)) check(explanation);
  });
});

type MailJson = ExplanationJson['mails'][number];

/** The mail that is what is asked for, with the text of its contact. */
function example(isWanted: (mail: MailJson) => boolean): { mail: MailJson; text: string } {
  for (const explanation of explanations) {
    const mail = explanationJson(explanation).mails.find(isWanted);
    if (mail !== undefined) return { mail, text: explanationText(explanation).replaceAll(/\s+/g, ' ') };
  }
  throw new Error('there is no such mail');
}

describe('a campaign mail is told', () => {
  test('with its campaign, its trigger and its missing deadline', () => {
    const { mail, text } = example(({ emailType }) => emailType === 'campaign_initial_blast');
    expect(mail.decision).toMatchObject({
      deadline: null,
      campaign: { name: 'Hello', startDate: '2026-12-07' },
    });
    expect(text).toContain('Hello; from 2026-12-07; paused: planned and not sent');
    expect(text).toContain('deadline none: the campaign has no last day');
  });

  test('as exempt from the state rules, by what', () => {
    const { mail, text } = example(({ emailType }) => emailType === 'campaign_regulatory_notice');
    expect(mail.decision).toMatchObject({
      campaign: {
        isTransactional: true,
        legalBasis: 'A notice that law or a regulator requires is no marketing.',
      },
      frequency: null,
    });
    expect(text).toContain('not asked: its campaign is exempt (A notice that law');
  });

  test('as having lost its day, to which', () => {
    const { mail, text } = example(({ skipReason }) => skipReason === 'campaign_conflict');
    const [, type] = mail.decision!.campaignConflict!.winner.split(':');
    expect(text).toMatch(
      new RegExp(`another campaign mail has the day: [A-Z][a-zA-Z0-9 ]+ \\(${type!}\\) 20`),
    );
    expect(text).not.toMatch(/\(instance \d/);
  });

  test('as lying outside of the campaign’s dates', () => {
    const { text } = example(({ skipReason }) => skipReason === 'outside_active_dates');
    expect(text).toContain('is after the last day of the campaign, 2027-01-20');
    expect(text).toContain('placed nowhere: its dates leave it no day');
  });
});

test('campaigns that write nothing to the contact are told, with the reason', () => {
  const target = explanations.find(({ profile }) => profile.id % 20 === 4)!;
  const text = explanationText(target).replaceAll(/\s+/g, ' ');
  expect(text).toMatch(/campaign +Winter is over \(campaign_seasonal_promo\) ended on 2026-10-31/);
  expect(text).toMatch(/campaign +Update \(campaign_policy_update\) is a draft/);
  const reasons = explanationJson(target).campaignsNotDue.map((of) => (of as { refusal: string }).refusal);
  expect(reasons).toEqual(['after_end', 'draft']);
});

test('changes of campaigns and targets since are told', async () => {
  const contactId = ids.find((id) => id % 20 === 4)!;
  await db.owner.query(
    `UPDATE contact_campaigns SET trigger_date = '2027-02-14' WHERE organization_id = $1 AND contact_id = $2`,
    [demo.id, contactId],
  );
  await db.owner.query(`UPDATE campaign_instances SET status = 'ended' WHERE name = 'Hello'`);
  const asked = { organization: demo, reference: `id:${contactId}`, hash };
  const { notes } = await explainContact(db.pool, asked, null);
  expect(notes.map(({ code }) => code)).toEqual(
    expect.arrayContaining(['target_changed', 'campaign_changed', 'not_as_published']),
  );
});
