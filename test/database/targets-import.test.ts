/** `campaigns targets import`: what a file does to the targets of an instance. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { importTargets, type TargetsImportResult } from '../../src/db/import-targets.ts';
import { findOrganization, type OrganizationProfile } from '../../src/db/queries/find-organization.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ImportFolder, problemText } from '../support/import-text.ts';

let db: TestDatabase;
let folder: ImportFolder;
let organization: OrganizationProfile;
let count = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  folder = new ImportFolder();
});

afterAll(async () => {
  folder.remove();
  await db.drop();
});

beforeEach(async () => {
  const name = `agency-${++count}`;
  await db.owner.query(
    `WITH o AS (INSERT INTO organizations (name, time_zone) VALUES ($1, 'America/Chicago') RETURNING id)
     INSERT INTO contacts (organization_id, external_id, email)
       SELECT o.id, 'c' || n, 'c' || n || '@example.com' FROM o, generate_series(1, 5) n`,
    [name],
  );
  organization = (await findOrganization(db.pool, name))!;
  await addInstance('rates', 'rate_increase', 'active');
  await addInstance('news', 'policy_update', 'active');
  await forgetChanges();
});

async function addInstance(name: string, type: string, status: string): Promise<void> {
  await db.owner.query(
    `INSERT INTO campaign_instances (organization_id, campaign_type_id, name, status)
     SELECT organization_id, id, $2, $4 FROM campaign_types WHERE organization_id = $1 AND name = $3`,
    [organization.id, name, type, status],
  );
}

async function forgetChanges(): Promise<void> {
  await db.owner.query('DELETE FROM planning_changes WHERE organization_id = $1', [organization.id]);
}

/** As `contacts import` does it: with statistics, without which foreign keys read all contacts for each target. */
async function addContacts(first: number, last: number): Promise<void> {
  await db.owner.query(
    `INSERT INTO contacts (organization_id, external_id, email)
     SELECT $1, 'c' || n, 'c' || n || '@example.com' FROM generate_series($2::integer, $3::integer) n`,
    [organization.id, first, last],
  );
  await db.pool.query('SELECT analyze_contacts()');
}

type Outcome = TargetsImportResult & { readonly problems: string[] };

async function importLines(
  lines: readonly string[],
  { instance = 'rates', isStrict = false } = {},
): Promise<Outcome> {
  const { request, problems } = folder.request(lines, isStrict);
  const result = await importTargets(db.pool, { ...request, organization, instance, actor: 'tester' });
  return { ...result, problems: problems.map(problemText) };
}

async function targets(instance = 'rates'): Promise<string[]> {
  const { rows } = await db.pool.query<{ text: string }>(
    `SELECT concat_ws(' ', c.external_id, t.trigger_date::text, t.metadata::text) AS text
     FROM contact_campaigns t
     JOIN contacts c ON c.organization_id = t.organization_id AND c.id = t.contact_id
     JOIN campaign_instances i ON i.organization_id = t.organization_id AND i.id = t.campaign_instance_id
     WHERE t.organization_id = $1 AND i.name = $2 ORDER BY c.id`,
    [organization.id, instance],
  );
  return rows.map(({ text }) => text);
}

async function changes(): Promise<(string | null)[]> {
  const { rows } = await db.pool.query<{ external_id: string | null }>(
    `SELECT c.external_id FROM planning_changes p
     LEFT JOIN contacts c ON c.organization_id = p.organization_id AND c.id = p.contact_id
     WHERE p.organization_id = $1 ORDER BY p.contact_id`,
    [organization.id],
  );
  return rows.map(({ external_id: externalId }) => externalId);
}

describe('an import of targets', () => {
  test('adds them, with columns in any order and case', async () => {
    const result = await importLines([
      'METADATA,Trigger_Date,external_id',
      '"{""email_template"": ""gentle"", ""agent"": 7}",2027-03-01,c1',
      ', 2027-04-01 , c2 ',
    ]);
    expect(result).toMatchObject({ isStored: true, rows: 2, added: 2, updated: 0, unchanged: 0, refused: 0 });
    expect(await targets()).toEqual([
      'c1 2027-03-01 {"agent": 7, "email_template": "gentle"}',
      'c2 2027-04-01 {}',
    ]);
    expect(await changes()).toEqual(['c1', 'c2']);
  });

  test('changes what the file says of those that are there, and leaves alone what it does not', async () => {
    await importLines(['external_id,trigger_date,metadata', 'c1,2027-03-01,"{""a"": 1}"', 'c2,2027-03-01,']);
    await forgetChanges();
    const dates = await importLines(['external_id,trigger_date', 'c1,2027-03-01', 'c2,2027-05-01']);
    expect(dates).toMatchObject({ added: 0, updated: 1, unchanged: 1 });
    expect(await targets()).toEqual(['c1 2027-03-01 {"a": 1}', 'c2 2027-05-01 {}']);
    expect(await changes()).toEqual(['c2']);
    expect(await importLines(['external_id,metadata', 'c1,'])).toMatchObject({ updated: 1 });
    expect(await targets()).toEqual(['c1 2027-03-01 {}', 'c2 2027-05-01 {}']);
    expect(await importLines(['external_id', 'c1', 'c2'])).toMatchObject({ updated: 0, unchanged: 2 });
  });

  test('twice changes nothing the second time', async () => {
    const lines = ['external_id,trigger_date,metadata', 'c1,2027-03-01,"{""a"": [1, {}]}"', 'c2,2027-03-02,'];
    await importLines(lines);
    await forgetChanges();
    expect(await importLines(lines)).toMatchObject({ added: 0, updated: 0, unchanged: 2, refused: 0 });
    expect(await changes()).toEqual([]);
  });

  test('of an all-contacts instance needs no trigger date, and a blank one empties', async () => {
    await importLines(['external_id,trigger_date', 'c1,2027-03-01', 'c2,'], { instance: 'news' });
    expect(await targets('news')).toEqual(['c1 2027-03-01 {}', 'c2 {}']);
    await importLines(['external_id,trigger_date', 'c1,'], { instance: 'news' });
    expect(await targets('news')).toEqual(['c1 {}', 'c2 {}']);
    expect(await importLines(['external_id', 'c3'], { instance: 'news' })).toMatchObject({ added: 1 });
  });

  test.for(['draft', 'paused'])('takes a %s instance', async (status) => {
    await addInstance('other', 'rate_increase', status);
    await forgetChanges();
    expect(
      await importLines(['external_id,trigger_date', 'c1,2027-03-01'], { instance: 'other' }),
    ).toMatchObject({ added: 1, instance: { name: 'other', status } });
    expect(await changes()).toEqual(status === 'draft' ? [] : ['c1']);
  });

  test('carries the name of who imports into the audit log', async () => {
    await importLines(['external_id,trigger_date', 'c1,2027-03-01']);
    const { rows } = await db.owner.query<{ actor: string; action: string }>(
      `SELECT actor, action FROM audit_log WHERE organization_id = $1 AND entity = 'target'`,
      [organization.id],
    );
    expect(rows).toEqual([{ actor: 'tester', action: 'add' }]);
  });
});

const LONG = 'x'.repeat(16_384);

describe('a row is refused, with its line, column and value, if it has', () => {
  test.for<[string, string, string]>([
    [
      'an unknown external id',
      'nobody,2027-03-01,',
      'line 2, external_id, nobody, no contact of the organization has this external_id, or it was deleted',
    ],
    ['no external id', ',2027-03-01,', 'line 2, external_id, the row has no external_id'],
    [
      'a date that does not exist',
      'c1,2027-02-29,',
      'line 2, trigger_date, 2027-02-29, no date that exists, as YYYY-MM-DD, from 1900-01-01 to 2199-12-31',
    ],
    [
      'a date of another form',
      'c1,3/1/2027,',
      'line 2, trigger_date, 3/1/2027, no date that exists, as YYYY-MM-DD, from 1900-01-01 to 2199-12-31',
    ],
    [
      'a date too early',
      'c1,1899-12-31,',
      'line 2, trigger_date, 1899-12-31, no date that exists, as YYYY-MM-DD, from 1900-01-01 to 2199-12-31',
    ],
    [
      'a date too late',
      'c1,2200-01-01,',
      'line 2, trigger_date, 2200-01-01, no date that exists, as YYYY-MM-DD, from 1900-01-01 to 2199-12-31',
    ],
    [
      'no trigger date',
      'c1,,',
      'line 2, trigger_date, the row has no trigger_date, which every target of this campaign needs',
    ],
    [
      'metadata that is no JSON',
      'c1,2027-03-01,{a}',
      'line 2, metadata, {a}, metadata that cannot be stored: allowed: a JSON object such as {"email_template": "spring"}',
    ],
    [
      'metadata that is no object',
      'c1,2027-03-01,[]',
      'line 2, metadata, [], metadata that cannot be stored: allowed: a JSON object such as {"email_template": "spring"}',
    ],
    [
      'metadata that is too large',
      `c1,2027-03-01,"{""a"": ""${LONG}""}"`,
      `line 2, metadata, {"a": "${'x'.repeat(53)}…, metadata that cannot be stored: allowed: at most 16384 bytes as JSON text (it has 16393)`,
    ],
    [
      'a template that is no text',
      'c1,2027-03-01,"{""email_template"": 5}"',
      'line 2, metadata, 5, metadata that cannot be stored: email_template: 5 is not allowed; allowed: a name of 1 to 100 letters, digits, ".", "_" and "-"; leave the key out for none',
    ],
    [
      'an SMS template that is no text',
      'c1,2027-03-01,"{""sms_template"": null}"',
      'line 2, metadata, null, metadata that cannot be stored: sms_template: null is not allowed; allowed: a name of 1 to 100 letters, digits, ".", "_" and "-"; leave the key out for none',
    ],
    [
      'too many fields',
      'c1,2027-03-01,,more',
      'line 2, c1,2027-03-01,,more, the row has another number of fields than the header: 4 instead of 3',
    ],
  ])('%s', async ([, row, expected]) => {
    const result = await importLines(['external_id,trigger_date,metadata', row, 'c2,2027-03-01,']);
    expect(result.problems).toEqual([expected]);
    expect(result).toMatchObject({ rows: 2, added: 1, refused: 1 });
    expect(await targets()).toEqual(['c2 2027-03-01 {}']);
  });

  test('a contact that was deleted', async () => {
    await db.owner.query(
      `UPDATE contacts SET deleted_at = now() WHERE organization_id = $1 AND external_id = 'c1'`,
      [organization.id],
    );
    const result = await importLines(['external_id,trigger_date', 'c1,2027-03-01']);
    expect(result.problems).toEqual([
      'line 2, external_id, c1, no contact of the organization has this external_id, or it was deleted',
    ]);
  });

  test('a contact of another organization only', async () => {
    await db.owner.query(
      `WITH o AS (INSERT INTO organizations (name, time_zone) VALUES ($1, 'America/Chicago') RETURNING id)
       INSERT INTO contacts (organization_id, external_id) SELECT id, 'theirs' FROM o`,
      [`other-${count}`],
    );
    expect(await importLines(['external_id,trigger_date', 'theirs,2027-03-01'])).toMatchObject({
      refused: 1,
      added: 0,
    });
  });

  test('a contact that an earlier row has', async () => {
    const result = await importLines([
      'external_id,trigger_date',
      'c1,2027-03-01',
      'c2,2027-03-01',
      'c1,2027-04-01',
    ]);
    expect(result.problems).toEqual([
      'line 4, external_id, c1, the external_id is in the file already, and the first row counts: line 2',
    ]);
    expect(await targets()).toEqual(['c1 2027-03-01 {}', 'c2 2027-03-01 {}']);
  });

  test('no column for the trigger date that a new target needs; those that are there are changed', async () => {
    await importLines(['external_id,trigger_date', 'c1,2027-03-01']);
    const result = await importLines(['external_id,metadata', 'c1,"{""a"": 1}"', 'c2,']);
    expect(result).toMatchObject({ added: 0, updated: 1, unchanged: 0, refused: 1 });
    expect(result.problems).toEqual([
      'line 3, c2, the row has no trigger_date, which every target of this campaign needs: the file has no such column, and c2 is no target yet',
    ]);
    expect(await targets()).toEqual(['c1 2027-03-01 {"a": 1}']);
  });
});

describe('a file is refused as a whole', () => {
  test.for<[string, string[], string]>([
    [
      'another column',
      ['external_id,trigger_date,prioritty', 'c1,2027-03-01,1'],
      'has a column prioritty, allowed: external_id, trigger_date, metadata.',
    ],
    ['no external_id', ['trigger_date', '2027-03-01'], 'has no column external_id'],
    [
      'semicolons',
      ['external_id;trigger_date', 'c1;2027-03-01'],
      'columns are separated by commas, not by ;',
    ],
    ['a column twice', ['external_id,External_ID', 'c1,c1'], 'has the column External_ID twice'],
    ['nothing at all', [], 'is empty'],
  ])('with %s', async ([, lines, sentence]) => {
    await expect(importLines(lines)).rejects.toMatchObject({
      code: 'CSV_UNREADABLE',
      message: expect.stringContaining(sentence) as string,
    });
    expect(await targets()).toEqual([]);
  });

  test('into an unknown instance, and one that has ended', async () => {
    const lines = ['external_id,trigger_date', 'c1,2027-03-01'];
    await expect(importLines(lines, { instance: 'nothing' })).rejects.toMatchObject({
      code: 'UNKNOWN_CAMPAIGN',
      message: expect.stringContaining('There is no campaign instance "nothing"') as string,
    });
    await addInstance('old', 'rate_increase', 'ended');
    await expect(importLines(lines, { instance: 'old' })).rejects.toMatchObject({
      code: 'CAMPAIGN_CLOSED',
      message: expect.stringContaining('has ended') as string,
    });
    expect(await targets('old')).toEqual([]);
  });

  test('strict: nothing is half-done after a refusal', async () => {
    await importLines(['external_id,trigger_date', 'c1,2027-03-01']);
    await forgetChanges();
    const result = await importLines(
      ['external_id,trigger_date', 'c1,2027-12-01', 'c2,2027-03-01', 'nobody,2027-03-01'],
      { isStrict: true },
    );
    expect(result).toMatchObject({
      isStored: false,
      rows: 3,
      added: 0,
      updated: 0,
      unchanged: 0,
      refused: 1,
    });
    expect(await targets()).toEqual(['c1 2027-03-01 {}']);
    expect(await changes()).toEqual([]);
    const { rows } = await db.owner.query(
      `SELECT FROM audit_log WHERE organization_id = $1 AND entity = 'target'`,
      [organization.id],
    );
    expect(rows).toHaveLength(1);
  });
});

describe('a big file', () => {
  const CONTACTS = 20_000;
  const LINES = [
    'external_id,trigger_date',
    ...Array.from({ length: CONTACTS }, (_, index) => `c${index + 1},2027-03-01`),
  ];

  test('notes one change for all, and the changes of few by contact', async () => {
    await addContacts(6, CONTACTS);
    await forgetChanges();
    expect(await importLines(LINES)).toMatchObject({ added: CONTACTS, refused: 0 });
    expect(await changes()).toEqual([null]);
    await forgetChanges();
    const corrected = LINES.map((line) => (line.startsWith('c7,') ? 'c7,2027-03-02' : line));
    expect(await importLines(corrected)).toMatchObject({ updated: 1, unchanged: CONTACTS - 1 });
    expect(await changes()).toEqual(['c7']);
  });

  test('that is refused row by row says so of every row', async () => {
    const result = await importLines(LINES);
    expect(result).toMatchObject({ added: 5, refused: CONTACTS - 5 });
    expect(result.problems.at(-1)).toContain(`line ${CONTACTS + 1}, external_id, c${CONTACTS}`);
  });
});
