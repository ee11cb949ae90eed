/** The commands contacts show, change and delete, what deletion leaves, and a contact that comes back. */
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { explainContact } from '../../src/cli/explain/explain-contact.ts';
import { explanationJson } from '../../src/cli/output/explanation-json.ts';
import { actAs } from '../../src/db/act-as.ts';
import { claimDay, settleClaimed } from '../../src/db/claim.ts';
import { deleteContact } from '../../src/db/delete-contact.ts';
import { importContacts, type ContactsImportResult } from '../../src/db/import-contacts.ts';
import { findOrganization, type OrganizationProfile } from '../../src/db/queries/find-organization.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { parseDay } from '../../src/domain/calendar.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import { runCommand, type CommandEnding } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { createRunner } from '../support/run-planning.ts';

const CONFIGURATION_FOLDER = fileURLToPath(new URL('../../config', import.meta.url));

let db: TestDatabase;
let folder: string;
let organization: OrganizationProfile;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'change-contacts-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Values that occur nowhere else. */
const PLANTED = {
  external_id: 'Planted-4711',
  email: 'ann.plantedlee@planted.example',
  first_name: 'Plantedann',
  last_name: 'Plantedlee',
  phone_number: '555-planted-1',
  zip_code: '95814-7731',
  state: 'NV',
  birth_date: '1950-02-01',
  effective_date: '2015-07-09',
  agent: 'Plantedagent',
};

/** A database for each: what is planted in one test is to be in none of the next. */
beforeEach(async () => {
  db = await createTestDatabase();
  const name = 'agency';
  await importRows(
    name,
    Object.keys(PLANTED).join(','),
    Object.values(PLANTED).join(','),
    'S-2,bo@example.com,Bo',
  );
  organization = (await findOrganization(db.pool, name))!;
  return () => db.drop();
});

/** Short rows are filled up. */
function importRows(name: string, header: string, ...rows: string[]): Promise<ContactsImportResult> {
  const file = join(folder, 'contacts.csv');
  const columns = header.split(',').length;
  const lines = rows.map((row) => row + ','.repeat(columns - row.split(',').length));
  writeFileSync(file, [header, ...lines, ''].join('\n'));
  return importContacts(db.pool, {
    file,
    organization: name,
    isSandbox: true,
    timeZone: 'America/Chicago',
    isStrict: true,
    actor: 'importer',
    onProblem: () => undefined,
    onProgress: () => undefined,
  });
}

function contacts(...args: string[]): Promise<CommandEnding> {
  return runCommand(
    { databaseUrl: db.databaseUrl, temporalAddress: '127.0.0.1:1', namespace: 'default' },
    'contacts',
    ...args,
    '--organization',
    organization.name,
  );
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await contacts(...args, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

function deleteBy(actor: string, reference: string) {
  return inTransaction(db.pool, async (client) => {
    await actAs(client, actor);
    return deleteContact(client, organization, reference);
  });
}

async function one<T extends object>(text: string, values: unknown[] = []): Promise<T> {
  return (await db.owner.query<T>(text, [organization.id, ...values])).rows[0]!;
}

async function idOf(externalId: string): Promise<number> {
  const { id } = await one<{ id: string }>(
    'SELECT id FROM contacts WHERE organization_id = $1 AND external_id = $2',
    [externalId],
  );
  return Number(id);
}

/** Where a text stands, in any column that can hold one. */
async function placesOf(text: string): Promise<string[]> {
  const { rows: columns } = await db.owner.query<{ table_name: string; column_name: string }>(
    `SELECT c.table_name, c.column_name FROM information_schema.columns c
     JOIN information_schema.tables t USING (table_schema, table_name)
     WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE'
       AND (c.data_type IN ('text', 'character varying', 'json', 'jsonb') OR c.data_type = 'ARRAY')`,
  );
  expect(columns.length).toBeGreaterThan(50);
  const places: string[] = [];
  for (const { table_name: table, column_name: column } of columns) {
    const { rows } = await db.owner.query(
      `SELECT FROM "${table}" WHERE strpos(lower("${column}"::text), lower($1)) > 0 LIMIT 1`,
      [text],
    );
    if (rows.length > 0) places.push(`${table}.${column}`);
  }
  return places;
}

const TEXTS = Object.entries(PLANTED).filter(([field]) => !field.endsWith('_date') && field !== 'state');

describe('contacts change', () => {
  test('changes what is given, says from what to what, and in whose name', async () => {
    const { code, stdout } = await contacts(
      'change',
      PLANTED.external_id,
      ...[
        '--email',
        ' new@example.com ',
        '--first-name',
        '',
        '--birth-date',
        '1951-03-02',
        '--as',
        'Ann Lee',
      ],
    );
    expect(code).toBe(0);
    const id = await idOf(PLANTED.external_id);
    expect(stdout.trimEnd().split('\n')).toEqual([
      `Contact ${PLANTED.external_id} (id ${id}) of ${organization.name} was changed:`,
      `  e-mail address: ${PLANTED.email} → new@example.com`,
      `  first name: ${PLANTED.first_name} → none`,
      '  birth date: 1950-02-01 → 1951-03-02',
      `There is no plan yet: the first \`npx email-scheduler plan run --organization ${organization.name}\` plans with it.`,
    ]);
    const stored = await one(
      `SELECT email, first_name, last_name, birth_date::text, effective_date::text, attributes
       FROM contacts WHERE organization_id = $1 AND id = $2`,
      [id],
    );
    expect(stored).toEqual({
      email: 'new@example.com',
      first_name: null,
      last_name: PLANTED.last_name,
      birth_date: '1951-03-02',
      effective_date: PLANTED.effective_date,
      attributes: { agent: PLANTED.agent },
    });
    const { rows } = await db.pool.query(
      `SELECT actor, action, field, old, new FROM audit_log
       WHERE organization_id = $1 AND entity = 'contact' AND entity_id = $2`,
      [organization.id, String(id)],
    );
    expect(rows).toEqual([{ actor: 'Ann Lee', action: 'change', field: null, old: null, new: null }]);
    for (const [, text] of TEXTS)
      expect((await placesOf(text)).filter((at) => at.startsWith('audit_log'))).toEqual([]);
  });

  test('treats values as the import does: odd ones are stored with a warning', async () => {
    const changed = await json(
      'change',
      'S-2',
      ...['--email', 'nobody', '--zip-code', '1234', '--state', 'Illinois', '--birth-date', '1970-01-01'],
    );
    expect(changed['warnings']).toMatchObject([
      { column: 'email', value: 'nobody', kind: 'malformed_email' },
      { column: 'zip_code', value: '1234', kind: 'unusable_zip_code' },
      { column: 'state', value: 'Illinois', kind: 'unknown_state' },
      { column: 'birth_date', value: '1970-01-01', kind: 'unusable_date' },
    ]);
    expect(
      await one(
        `SELECT email, zip_code, state, birth_date::text FROM contacts WHERE organization_id = $1 AND external_id = 'S-2'`,
      ),
    ).toEqual({ email: 'nobody', zip_code: '1234', state: 'Illinois', birth_date: '1970-01-01' });
  });

  test('a birth date that has not come yet is stored with a warning', async () => {
    expect(await json('change', 'S-2', '--birth-date', '2150-01-01')).toMatchObject({
      warnings: [
        {
          ...{ column: 'birth_date', value: '2150-01-01', kind: 'unusable_date' },
          reason: 'stored as given, and counts as missing: the day has not come yet',
        },
      ],
    });
    expect(await json('change', 'S-2', '--effective-date', '2150-01-01')).toMatchObject({ warnings: [] });
  });

  test('a date that is given takes away the odd original that an import kept', async () => {
    await importRows(organization.name, 'external_id,birth_date', 'S-2,31.12.1950');
    const kept = () =>
      one(
        `SELECT birth_date::text, attributes FROM contacts WHERE organization_id = $1 AND external_id = 'S-2'`,
      );
    expect(await kept()).toEqual({ birth_date: null, attributes: { birth_date_as_given: '31.12.1950' } });
    await json('change', 'S-2', '--birth-date', '1950-12-31');
    expect(await kept()).toEqual({ birth_date: '1950-12-31', attributes: {} });
  });

  test('attributes are replaced as a whole, and emptied by a blank', async () => {
    const attributes = async () =>
      (
        await one<{ attributes: object }>(
          'SELECT attributes FROM contacts WHERE organization_id = $1 AND external_id = $2',
          [PLANTED.external_id],
        )
      ).attributes;
    const changed = await json('change', PLANTED.external_id, '--attributes', '{"team": 3, "näme": "Zoë"}');
    expect(changed['changes']).toEqual([
      { field: 'attributes.agent', old: PLANTED.agent, new: null },
      { field: 'attributes.team', old: null, new: '3' },
      { field: 'attributes.näme', old: null, new: 'Zoë' },
    ]);
    expect(await attributes()).toEqual({ team: 3, näme: 'Zoë' });
    await json('change', PLANTED.external_id, '--attributes', '');
    expect(await attributes()).toEqual({});
  });

  test('another external id, with its former one in the history', async () => {
    const id = await idOf('S-2');
    await json('change', 'S-2', '--external-id', ' S-3 ', '--first-name', 'Cy');
    expect(await idOf('S-3')).toBe(id);
    const { history } = await json('show', 'S-3');
    expect(history).toMatchObject([
      {
        action: 'changed',
        changes: [
          { field: 'external_id', old: 'S-2', new: 'S-3' },
          { field: 'first_name', old: 'Bo', new: 'Cy' },
        ],
      },
    ]);
  });

  test('what is so already changes nothing and leaves no entry', async () => {
    const { code, stdout } = await contacts(
      'change',
      'S-2',
      '--email',
      'bo@example.com',
      '--external-id',
      'S-2',
    );
    expect(code).toBe(0);
    expect(stdout).toContain('is like that already');
    const { count } = await one<{ count: string }>(
      `SELECT (SELECT count(*) FROM contact_history WHERE organization_id = $1)
         + (SELECT count(*) FROM audit_log WHERE organization_id = $1 AND entity = 'contact') AS count`,
    );
    expect(count).toBe('0');
  });

  test.for([
    ['nobody', ['X', '--email', 'a@example.com'], 1, 'has no contact "X"'],
    ['nothing', ['S-2'], 2, 'name at least one of --external-id, --email'],
    [
      'an impossible date',
      ['S-2', '--birth-date', '1955-02-30'],
      2,
      '--birth-date: "1955-02-30" is not allowed',
    ],
    [
      'a date of another form',
      ['S-2', '--effective-date', '7/4/2020'],
      2,
      'a day that exists, as YYYY-MM-DD',
    ],
    ['a list as attributes', ['S-2', '--attributes', '[1]'], 2, '--attributes: "[1]" is not allowed'],
    ['attributes that are no JSON', ['S-2', '--attributes', '{a: 1}'], 2, 'a JSON object'],
    [
      'the external id of another',
      ['S-2', '--external-id', PLANTED.external_id],
      2,
      'is that of another contact',
    ],
    ['a blank external id', ['S-2', '--external-id', ' '], 2, '--external-id: " " is not allowed'],
    [
      'an external id that is too long',
      ['S-2', '--external-id', 'x'.repeat(1_001)],
      2,
      '1 to 1,000 characters',
    ],
  ] as const)('refuses %s, and changes nothing', async ([, args, exitCode, sentence]) => {
    const { code, stdout, stderr } = await contacts(
      'change',
      ...args,
      ...(args.length > 1 ? ['--state', 'TX'] : []),
    );
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('    at ');
    expect([code, stdout]).toEqual([exitCode, '']);
    const { count } = await one<{ count: string }>(
      `SELECT count(*) FROM audit_log WHERE organization_id = $1 AND entity = 'contact'`,
    );
    expect(count).toBe('0');
  });

  test('everything that is wrong is said at once', async () => {
    const { stderr } = await contacts(
      'change',
      'S-2',
      ...['--birth-date', '2020-13-01', '--attributes', '7', '--external-id', PLANTED.external_id],
    );
    expect(stderr).toContain('There are 3 problems; nothing was stored.');
  });
});

describe('contacts show', () => {
  test('the contact, what planning makes of it, and what has changed', async () => {
    await json('change', PLANTED.external_id, '--first-name', 'Anna', '--as', 'bo');
    await db.pool.query(
      `INSERT INTO suppressions (organization_id, address, scope, reason) VALUES ($1, $2, 'marketing', 'unsubscribed')`,
      [organization.id, PLANTED.email],
    );
    const { stdout } = await contacts('show', PLANTED.external_id);
    const text = stdout.replaceAll(/\s+/g, ' ');
    for (const part of [
      `Contact ${PLANTED.external_id} (id ${await idOf(PLANTED.external_id)}) of ${organization.name}`,
      `e-mail address ${PLANTED.email}`,
      'first name Anna',
      'by importer',
      'result rejected: suppressed (marketing), its address gets no marketing, and no required notice is due',
      'state CA and NV: they disagree, and the rules of both apply (ZIP code 95814-7731: CA, stored: NV)',
      'marketing: no marketing is sent to it',
      'changed by bo first name: Plantedann → Anna',
      'added by importer',
    ]) {
      expect(text).toContain(part);
    }
    const shown = await json('show', PLANTED.external_id);
    expect(shown).toMatchObject({
      contact: {
        firstName: 'Anna',
        birthDate: '1950-02-01',
        attributes: { agent: PLANTED.agent },
        addedBy: 'importer',
      },
      planning: {
        rejection: 'suppressed',
        states: ['CA', 'NV'],
        zipState: 'CA',
        storedState: 'NV',
        warnings: ['states_disagree'],
      },
      suppressions: [{ scope: 'marketing', reason: 'unsubscribed' }],
      history: [
        { action: 'changed', by: 'bo', changes: [{ field: 'first_name', old: 'Plantedann', new: 'Anna' }] },
      ],
    });
  });

  test('why a contact is not planned, and its campaigns', async () => {
    await db.pool.query(
      `WITH i AS (
         INSERT INTO campaign_instances (organization_id, campaign_type_id, name, status)
         SELECT $1, id, 'spring', 'active' FROM campaign_types WHERE organization_id = $1 AND name = 'rate_increase'
         RETURNING id
       )
       INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, trigger_date)
       SELECT $1, $2, id, '2027-05-01' FROM i`,
      [organization.id, await idOf('S-2')],
    );
    const { stdout } = await contacts('show', 'S-2');
    expect(stdout).toContain('rejected: unknown_state, neither ZIP code nor stored state names a state');
    expect(stdout).toMatch(/spring \(instance \d+, rate_increase, active\), trigger 2027-05-01: pending/);
  });

  test('nobody of that name', async () => {
    const { code, stderr } = await contacts('show', 'nobody');
    expect(code).toBe(1);
    expect(stderr).toContain('has no contact "nobody"');
  });
});

describe('contacts delete', () => {
  /** Changes, a target and an event, all with planted values. */
  async function liveALittle(): Promise<number> {
    const id = await idOf(PLANTED.external_id);
    const set = (assignments: string) =>
      db.pool.query(`UPDATE contacts SET ${assignments} WHERE organization_id = $1 AND id = $2`, [
        organization.id,
        id,
      ]);
    await set(`zip_code = NULL, first_name = 'Plantedolder', attributes = '{"note": "plantednote"}'`);
    await set(`zip_code = '${PLANTED.zip_code}', birth_date = '1950-03-04', external_id = 'Planted-0815'`);
    await db.pool.query(
      `WITH i AS (
         INSERT INTO campaign_instances (organization_id, campaign_type_id, name)
         SELECT $1, id, 'spring' FROM campaign_types WHERE organization_id = $1 AND name = 'rate_increase' RETURNING id
       )
       INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, trigger_date, metadata)
       SELECT $1, $2, id, '2027-05-01', '{"greeting": "Dear Plantedgreeting"}' FROM i`,
      [organization.id, id],
    );
    await db.pool.query(
      `INSERT INTO contact_events (organization_id, contact_id, source_id, type, occurred_at, metadata)
       VALUES ($1, $2, 'event-1', 'clicked', now(), '{"link": "plantedlink"}')`,
      [organization.id, id],
    );
    return id;
  }

  test('leaves no personal value in any table, and keeps what proves what was sent', async () => {
    const id = await liveALittle();
    const { rows } = await db.owner.query<{ inner_pad: Buffer }>('SELECT inner_pad FROM hashing_key');
    const key = rows[0]!.inner_pad.map((byte) => byte ^ 0x36);

    const { code, stdout } = await contacts('delete', `id:${id}`, '--yes', '--as', 'dpo');
    expect(code).toBe(0);
    expect(stdout).toContain(`(id ${id}) of ${organization.name} was deleted`);
    for (const [, text] of TEXTS) expect([text, await placesOf(text)]).toEqual([text, []]);
    expect(await placesOf('planted')).toEqual([]);

    expect(
      await one(
        `SELECT id, deleted_at IS NOT NULL AS deleted, encode(external_id_hmac, 'hex') AS hash, birth_date, attributes
         FROM contacts WHERE organization_id = $1 AND id = $2`,
        [id],
      ),
    ).toEqual({
      id: String(id),
      deleted: true,
      hash: createHmac('sha256', key).update('Planted-0815').digest('hex'),
      birth_date: null,
      attributes: {},
    });
    const history = await db.pool.query(
      `SELECT birth_date::text, effective_date::text, states, changed_by = 'dpo' AS by_deletion FROM contact_history
       WHERE organization_id = $1 AND contact_id = $2 ORDER BY id`,
      [organization.id, id],
    );
    const { effective_date } = PLANTED;
    expect(history.rows).toEqual([
      { birth_date: '1950-02-01', effective_date, states: ['CA', 'NV'], by_deletion: false },
      { birth_date: '1950-02-01', effective_date, states: ['NV'], by_deletion: false },
      { birth_date: '1950-03-04', effective_date, states: ['CA', 'NV'], by_deletion: true },
    ]);

    const shown = await json('show', `id:${id}`);
    expect(shown).toMatchObject({
      planning: null,
      kept: { states: ['CA', 'NV'], birthDate: '1950-03-04', effectiveDate: PLANTED.effective_date },
      targets: [{ instance: 'spring', triggerDate: '2027-05-01', status: null }],
      history: [
        { action: 'deleted', by: 'dpo' },
        { action: 'changed', isErased: true, changes: [{ field: 'birth_date', new: '1950-03-04' }] },
        { action: 'changed', isErased: true, changes: [] },
      ],
    });
    const { stdout: text } = await contacts('show', `id:${id}`);
    expect(text).toContain('What is kept, for the proof of what it was sent');
    expect(text).toContain('the values went with a later deletion');
  });

  test('an address that is suppressed stays so, and that is said', async () => {
    await db.pool.query(
      `INSERT INTO suppressions (organization_id, address, scope, reason) VALUES ($1, 'bo@example.com', 'all', 'asked')`,
      [organization.id],
    );
    const { stdout } = await contacts('delete', 'S-2', '--yes');
    expect(stdout).toContain('Its address stays on the suppression list (1 suppression)');
  });

  test('a deleted one is neither changed nor deleted again, and its external id is not given away', async () => {
    const { id } = await deleteBy('dpo', 'S-2');
    const again = await contacts('delete', `id:${id}`, '--yes');
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('was deleted before')]);
    const changed = await contacts('change', `id:${id}`, '--state', 'TX');
    expect([changed.code, changed.stderr]).toEqual([
      2,
      expect.stringContaining('was deleted and cannot be changed'),
    ]);
    const taken = await contacts('change', PLANTED.external_id, '--external-id', 'S-2');
    expect([taken.code, taken.stderr]).toEqual([
      2,
      expect.stringContaining('an import of it makes that a contact again'),
    ]);
  });

  test('asks first: without a terminal, --yes is needed', async () => {
    const { code, stdout, stderr } = await contacts('delete', 'S-2');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('say --yes. Nothing was deleted.');
    expect(await idOf('S-2')).toBeGreaterThan(0);
  });

  test('states of the history that the program does not pass are not lost: the database refuses', async () => {
    const id = await liveALittle();
    await expect(
      db.pool.query(`SELECT delete_contact($1, $2, '{}', '{}')`, [organization.id, id]),
    ).rejects.toThrow('the states of a row of the history');
    expect(await placesOf('plantedolder')).toContain('contact_history.first_name');
  });
});

describe('a deleted contact that is imported again', () => {
  test('is the same one: its id, its ledger, its history', async () => {
    const { id } = await deleteBy('dpo', PLANTED.external_id);
    const { rows } = await importRows(
      organization.name,
      'external_id,email,state',
      `${PLANTED.external_id},new@example.com,TX`,
      'S-2,bo@example.com,',
      'S-9,,',
    ).then((result) => ({ rows: result }));
    expect(rows).toMatchObject({ rows: 3, added: 1, restored: 1, updated: 0, unchanged: 1 });
    expect(await idOf(PLANTED.external_id)).toBe(id);
    expect(
      await one(
        `SELECT email, state, first_name, deleted_at, external_id_hmac FROM contacts WHERE organization_id = $1 AND id = $2`,
        [id],
      ),
    ).toEqual({
      email: 'new@example.com',
      state: 'TX',
      first_name: null,
      deleted_at: null,
      external_id_hmac: null,
    });
    expect(await one('SELECT contact_count($1)::integer AS count')).toEqual({ count: 3 });
    const { history } = await json('show', PLANTED.external_id);
    expect(history).toMatchObject([
      {
        action: 'restored',
        by: 'importer',
        changes: [
          { field: 'email', old: null, new: 'new@example.com' },
          { field: 'state', old: null, new: 'TX' },
        ],
      },
      { action: 'deleted', by: 'dpo' },
    ]);
    // In the audit log, an import is one entry.
    const { actions } = await one<{ actions: string[] }>(
      `SELECT array_agg(entity || ' ' || action ORDER BY id) AS actions FROM audit_log
       WHERE organization_id = $1 AND entity LIKE 'contact%'`,
    );
    expect(actions).toEqual(['contacts import', 'contact delete', 'contacts import']);
    // And it can be deleted once more.
    await deleteBy('dpo', `id:${id}`);
    const again = await importRows(organization.name, 'external_id', PLANTED.external_id);
    expect(again).toMatchObject({ added: 0, restored: 1 });
    expect(await idOf(PLANTED.external_id)).toBe(id);
  });

  test('is the one that was deleted last, if two had the external id one after the other', async () => {
    const first = await deleteBy('dpo', 'S-2');
    // As only another program can: the command refuses it.
    await db.pool.query(
      `UPDATE contacts SET external_id = 'S-2' WHERE organization_id = $1 AND external_id = $2`,
      [organization.id, PLANTED.external_id],
    );
    const second = await deleteBy('dpo', 'S-2');
    expect(second.id).not.toBe(first.id);
    await importRows(organization.name, 'external_id', 'S-2');
    expect(await idOf('S-2')).toBe(second.id);
  });

  test('one that another program only marked as deleted comes back, too', async () => {
    const id = await idOf('S-2');
    await db.pool.query('UPDATE contacts SET deleted_at = now() WHERE organization_id = $1 AND id = $2', [
      organization.id,
      id,
    ]);
    const result = await importRows(organization.name, 'external_id,email', 'S-2,bo@example.com');
    expect(result).toMatchObject({ added: 0, restored: 1, updated: 0, unchanged: 0 });
    expect(await one('SELECT deleted_at FROM contacts WHERE organization_id = $1 AND id = $2', [id])).toEqual(
      {
        deleted_at: null,
      },
    );
  });

  test('gets no second mail, and explain answers for it before and after', async () => {
    const runner = await createRunner({ pool: db.pool, configurationFolder: CONFIGURATION_FOLDER });
    const run = (asOf: string) => runner.run({ organization: organization.name, asOf });
    const row = [PLANTED.external_id, 'ann@example.com', 'TX', '1950-02-01'].join(',');
    const header = 'external_id,email,state,birth_date';
    await importRows(organization.name, `${header},zip_code`, row);
    const id = await idOf(PLANTED.external_id);
    const birthdays = async () =>
      (
        await db.pool.query<{ event_date: string; status: string }>(
          `SELECT event_date::text, status FROM email_schedules
           WHERE organization_id = $1 AND contact_id = $2 AND email_type = 'birthday' ORDER BY event_date`,
          [organization.id, id],
        )
      ).rows;
    const hash = await loadHash32();
    const explain = async () =>
      explanationJson(await explainContact(db.pool, { organization, reference: `id:${id}`, hash }, null));

    await run('2027-01-18');
    expect(await birthdays()).toEqual([{ event_date: '2027-02-01', status: 'pre-scheduled' }]);
    await inTransaction(db.pool, async (client) => {
      await claimDay(client, organization.id, parseDay('2027-01-18')!);
      const { rows } = await client.query<{ id: string }>(
        'SELECT id FROM ledger WHERE organization_id = $1 AND contact_id = $2',
        [organization.id, id],
      );
      await settleClaimed(
        client,
        organization.id,
        rows.map(({ id: rowId }) => Number(rowId)),
        'sent',
      );
    });
    await run('2027-01-19');
    const planned = await birthdays();

    await deleteBy('dpo', PLANTED.external_id);
    expect((await explain()).notes.map(({ code }) => code)).toEqual(['contact_deleted']);
    // Deleted and back since the plan was made: what planning had read is gone, which is no fault of the plan.
    await importRows(organization.name, header, row);
    expect((await explain()).notes.map(({ code }) => code)).toEqual(['contact_changed']);

    await deleteBy('dpo', PLANTED.external_id);
    await run('2027-01-20');
    expect(await birthdays()).toEqual([{ event_date: '2027-02-01', status: 'sent' }]);
    expect(await explain()).toMatchObject({ outcome: 'absent', notes: [] });

    await importRows(organization.name, header, row);
    expect((await explain()).notes.map(({ code }) => code)).toEqual(['contact_changed']);
    await run('2027-01-21');
    expect(await birthdays()).toEqual(planned);
    expect(planned).toContainEqual({ event_date: '2027-02-01', status: 'sent' });
    expect(planned.filter(({ event_date }) => event_date === '2027-02-01')).toHaveLength(1);
    expect((await explain()).notes).toEqual([]);
  });
});
