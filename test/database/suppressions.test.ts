/** Suppressed addresses: by hand, by file, and what planning is told of them. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { SuppressionScope } from '../../src/contracts/suppression.ts';
import { importSuppressions, type SuppressionsImportResult } from '../../src/db/import-suppressions.ts';
import { findOrganization, type OrganizationProfile } from '../../src/db/queries/find-organization.ts';
import {
  addSuppression,
  countContactsOfAddress,
  listSuppressions,
  removeSuppressions,
} from '../../src/db/suppressions.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { runCommand, runForJson, type CommandPlace } from '../support/command.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ImportFolder, problemText } from '../support/import-text.ts';
import { until } from '../support/until.ts';

let db: TestDatabase;
let folder: ImportFolder;
let organization: OrganizationProfile;
let place: CommandPlace;
let count = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  folder = new ImportFolder();
  // Without a plan, nobody asks Temporal.
  place = { databaseUrl: db.databaseUrl, temporalAddress: '127.0.0.1:1', namespace: 'default' };
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
       SELECT o.id, 'c' || n, ' C' || n || '@Example.com ' FROM o, generate_series(1, 5) n
       UNION ALL SELECT o.id, 'twin', 'c1@example.com' FROM o`,
    [name],
  );
  organization = (await findOrganization(db.pool, name))!;
  await forgetChanges();
});

async function forgetChanges(): Promise<void> {
  await db.owner.query('DELETE FROM planning_changes WHERE organization_id = $1', [organization.id]);
}

async function addContacts(first: number, last: number): Promise<void> {
  await db.owner.query(
    `INSERT INTO contacts (organization_id, external_id, email)
     SELECT $1, 'c' || n, 'c' || n || '@example.com' FROM generate_series($2::integer, $3::integer) n`,
    [organization.id, first, last],
  );
}

async function stored(): Promise<string[]> {
  const { rows } = await db.pool.query<{ text: string }>(
    `SELECT concat_ws(' ', address, scope, reason) AS text FROM suppressions
     WHERE organization_id = $1 ORDER BY address, scope`,
    [organization.id],
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

function add(address: string, scope: SuppressionScope, reason: string) {
  return inTransaction(db.pool, (client) =>
    addSuppression(client, organization.id, { address, scope, reason }),
  );
}

type Outcome = SuppressionsImportResult & { readonly problems: string[] };

async function importLines(
  lines: readonly string[],
  defaults: { scope?: SuppressionScope; reason?: string; isStrict?: boolean } = {},
): Promise<Outcome> {
  const { scope = null, reason = null, isStrict = false } = defaults;
  const { request, problems } = folder.request(lines, isStrict);
  const result = await importSuppressions(db.pool, {
    ...{ ...request, organization, actor: 'tester' },
    defaults: { scope, reason },
  });
  return { ...result, problems: problems.map(problemText) };
}

describe('an address', () => {
  test('is suppressed in its normal form, and the contacts that have it are planned again', async () => {
    expect(await add(' C1@EXAMPLE.com', 'marketing', 'unsubscribed')).toMatchObject({
      outcome: 'added',
      suppression: { address: 'c1@example.com', scope: 'marketing', reason: 'unsubscribed' },
    });
    expect(await countContactsOfAddress(db.pool, organization.id, 'C1@example.com')).toBe(2);
    expect(await changes()).toEqual(['c1', 'twin']);
  });

  test('that is suppressed already stays so; another reason is no matter of planning', async () => {
    await add('c1@example.com', 'all', 'bounced');
    await forgetChanges();
    expect(await add('C1@example.com', 'all', 'bounced')).toMatchObject({ outcome: 'unchanged' });
    expect(await add('C1@example.com', 'all', 'complained')).toMatchObject({
      outcome: 'changed',
      suppression: { reason: 'complained' },
    });
    expect(await changes()).toEqual([]);
    expect(await stored()).toEqual(['c1@example.com all complained']);
  });

  test('is freed, of one scope or of all', async () => {
    await add('c1@example.com', 'all', 'bounced');
    await add('c1@example.com', 'marketing', 'unsubscribed');
    await forgetChanges();
    const remove = (scope: SuppressionScope | null) =>
      inTransaction(db.pool, (client) =>
        removeSuppressions(client, organization.id, ' C1@example.COM', scope),
      );
    expect(await remove('marketing')).toMatchObject([{ scope: 'marketing' }]);
    expect(await changes()).toEqual(['c1', 'twin']);
    expect(await remove(null)).toMatchObject([{ scope: 'all' }]);
    expect(await remove(null)).toEqual([]);
    expect(await stored()).toEqual([]);
  });

  test('that is changed into another one concerns the contacts of both', async () => {
    await add('c1@example.com', 'all', 'bounced');
    await forgetChanges();
    await db.pool.query(`UPDATE suppressions SET address = 'C2@example.com' WHERE organization_id = $1`, [
      organization.id,
    ]);
    expect(await changes()).toEqual(['c1', 'c2', 'twin']);
  });
});

describe('an import of suppressions', () => {
  test('adds, changes and leaves alone', async () => {
    await add('c1@example.com', 'all', 'bounced');
    await add('c2@example.com', 'all', 'bounced');
    await add('c3@example.com', 'all', 'bounced');
    await forgetChanges();
    const result = await importLines([
      'reason,Address,scope',
      'bounced,C1@example.com,ALL',
      'complained,c2@example.com,all',
      '"unsubscribed, by phone",new@example.com,marketing',
    ]);
    expect(result).toMatchObject({
      ...{ isStored: true, rows: 3, added: 1, updated: 1, unchanged: 1, refused: 0 },
      contacts: 3,
    });
    expect(await stored()).toEqual([
      'c1@example.com all bounced',
      'c2@example.com all complained',
      'c3@example.com all bounced',
      'new@example.com marketing unsubscribed, by phone',
    ]);
    expect(await changes()).toEqual([]);
  });

  test('takes scope and reason from the options where the file has none', async () => {
    await importLines(['address,scope,reason', 'c1@example.com,,', 'c2@example.com,all,x'], {
      scope: 'marketing',
      reason: 'a list of 2026',
    });
    await importLines(['address', 'c3@example.com'], { scope: 'all', reason: 'a list' });
    expect(await stored()).toEqual([
      'c1@example.com marketing a list of 2026',
      'c2@example.com all x',
      'c3@example.com all a list',
    ]);
  });

  test.for<[string, string, string]>([
    ['no address', ',all,x', 'line 2, address, the row has no address'],
    [
      'an address that is none',
      'ann at example.com,all,x',
      'line 2, address, ann at example.com, no e-mail address: nothing would ever be sent to it, so that nothing would be suppressed',
    ],
    [
      'an address without a dot in its domain',
      'ann@example,all,x',
      'line 2, address, ann@example, no e-mail address: nothing would ever be sent to it, so that nothing would be suppressed',
    ],
    [
      'an unknown scope',
      'a@example.com,everything,x',
      'line 2, scope, everything, no scope: all (no mail whatsoever) or marketing (unsubscribed)',
    ],
    [
      'no scope',
      'a@example.com,,x',
      'line 2, scope, no scope: all (no mail whatsoever) or marketing (unsubscribed)',
    ],
    ['no reason', 'a@example.com,all,', 'line 2, reason, the row has no reason'],
    [
      'an address of an earlier row, in another case',
      'C1@example.com,all,x',
      'line 3, address, c1@EXAMPLE.com, the address is in the file already with this scope, and the first row counts: line 2',
    ],
  ])('refuses a row with %s', async ([, row, expected]) => {
    const result = await importLines([
      'address,scope,reason',
      row,
      'c1@EXAMPLE.com,all,y',
      'c1@example.com,marketing,z',
    ]);
    expect(result.problems).toEqual([expected]);
    expect(result).toMatchObject({ rows: 3, added: 2, refused: 1 });
  });

  test.for<[string, string[], string]>([
    [
      'another column',
      ['address,scope,reason,since', 'a@example.com,all,x,y'],
      'has a column since, allowed:',
    ],
    ['no address', ['email,scope,reason', 'a@example.com,all,x'], 'has no column address'],
    ['no scope, and none given', ['address,reason', 'a@example.com,x'], 'say by --scope what it is'],
    ['no reason, and none given', ['address,scope', 'a@example.com,all'], 'say by --reason what it is'],
  ])('refuses a file with %s', async ([, lines, sentence]) => {
    await expect(importLines(lines)).rejects.toMatchObject({
      code: 'CSV_UNREADABLE',
      message: expect.stringContaining(sentence) as string,
    });
  });

  test('cuts a reason that is too long, with a warning', async () => {
    const result = await importLines(['address,scope,reason', `a@example.com,all,${'r'.repeat(1_001)}`]);
    expect(result).toMatchObject({ added: 1, refused: 0, warnings: 1 });
    expect(await stored()).toEqual([`a@example.com all ${'r'.repeat(1_000)}`]);
  });

  test('strict: nothing is half-done after a refusal', async () => {
    const result = await importLines(['address,scope,reason', 'c1@example.com,all,x', 'nobody,all,x'], {
      isStrict: true,
    });
    expect(result).toMatchObject({ isStored: false, added: 0, refused: 1, contacts: 0 });
    expect([await stored(), await changes()]).toEqual([[], []]);
  });

  test('of very many notes one change for all, and of few of them that contacts have, each', async () => {
    const lines = ['address', ...Array.from({ length: 20_000 }, (_, index) => `c${index + 1}@example.com`)];
    const defaults = { scope: 'all', reason: 'a list' } as const;
    expect(await importLines(lines, defaults)).toMatchObject({ added: 20_000, contacts: 6 });
    expect(await changes()).toEqual(['c1', 'c2', 'c3', 'c4', 'c5', 'twin']);
    await addContacts(6, 3_000);
    await forgetChanges();
    await db.pool.query('DELETE FROM suppressions WHERE organization_id = $1', [organization.id]);
    expect(await changes()).toEqual([null]);
    await forgetChanges();
    expect(await importLines(lines, defaults)).toMatchObject({ contacts: 3_001 });
    expect(await changes()).toEqual([null]);
  });
});

describe('the list', () => {
  test('has the latest first, how many contacts have the address, and says how many more there are', async () => {
    for (const n of [1, 2, 3]) await add(`c${n}@example.com`, n === 2 ? 'marketing' : 'all', `no. ${n}`);
    const list = (filter: Partial<Parameters<typeof listSuppressions>[2]>) =>
      listSuppressions(db.pool, organization.id, { address: null, scope: null, limit: 10, ...filter });
    const { suppressions } = await list({});
    expect(suppressions.map(({ reason, contacts }) => [reason, contacts])).toEqual([
      ['no. 3', 1],
      ['no. 2', 1],
      ['no. 1', 2],
    ]);
    expect(await list({ limit: 1 })).toMatchObject({ total: 3, suppressions: [{ reason: 'no. 3' }] });
    expect(await list({ scope: 'marketing' })).toMatchObject({ total: 1 });
    expect(await list({ address: ' C3@EXAMPLE.COM' })).toMatchObject({ total: 1 });
  });
});

describe('the command', () => {
  const run = (...args: string[]) =>
    runCommand(place, 'suppressions', ...args, '--organization', organization.name);

  test('adds, lists and removes, in whole sentences', async () => {
    const added = await run(
      'add',
      'C1@Example.com',
      '--scope',
      'marketing',
      '--reason',
      'by phone',
      '--as',
      'Ann',
    );
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(added.stdout).toContain('c1@example.com is suppressed for marketing: by phone.');
    expect(added.stdout).toContain('2 contacts have this address.');
    expect(added.stdout).toContain('There is no plan yet');
    expect((await run('list')).stdout).toMatch(/^c1@example\.com +marketing/m);
    const removed = await run('remove', 'c1@example.com');
    expect(removed.stdout).toContain('c1@example.com is no longer suppressed for marketing');
    expect((await run('list')).stdout).toContain('suppresses no address.');
    const { rows } = await db.owner.query<{ actor: string; action: string }>(
      `SELECT actor, action FROM audit_log WHERE organization_id = $1 AND entity = 'suppression' ORDER BY id`,
      [organization.id],
    );
    expect(rows.map(({ action }) => action)).toEqual(['add', 'remove']);
    expect(rows[0]!.actor).toBe('Ann');
  });

  test('answers programs', async () => {
    const args = ['add', 'c2@example.com', '--scope', 'all', '--reason', 'x', '--organization'];
    expect(await runForJson(place, 'suppressions', ...args, organization.name)).toMatchObject({
      organization: organization.name,
      address: 'c2@example.com',
      outcome: 'added',
      contacts: 1,
      planning: { outcome: 'no_plan' },
    });
  });

  test.for<[string, string[], number, string]>([
    [
      'an address that is none',
      ['add', 'ann', '--scope', 'all', '--reason', 'x'],
      2,
      '"ann" is no e-mail address',
    ],
    ['no scope', ['add', 'a@example.com', '--reason', 'x'], 2, '--scope'],
    ['an unknown scope', ['add', 'a@example.com', '--scope', 'sms', '--reason', 'x'], 2, 'all, marketing'],
    ['a blank reason', ['add', 'a@example.com', '--scope', 'all', '--reason', ' '], 2, 'Allowed: text of 1'],
    [
      'an address that is not suppressed',
      ['remove', 'a@example.com'],
      1,
      'does not suppress "a@example.com"',
    ],
    ['a file that is not there', ['import', 'no.csv', '--scope', 'all'], 1, 'no.csv is not there'],
  ])('refuses %s', async ([, args, code, sentence]) => {
    const ending = await run(...args);
    expect(ending.stderr).toContain(sentence);
    expect(ending.stderr).not.toContain('    at ');
    expect([ending.code, ending.stdout]).toEqual([code, '']);
    expect(await stored()).toEqual([]);
  });
});

describe('an address that is suppressed while a contact is given it', () => {
  test.each(['suppressed first', 'given first'])('%s: the contact is planned again', async (first) => {
    await forgetChanges();
    const give = `UPDATE contacts SET email = 'skew@example.com' WHERE organization_id = $1 AND external_id = 'c2'`;
    const suppress = `INSERT INTO suppressions (organization_id, address, scope, reason) VALUES ($1, 'skew@example.com', 'all', 'x')`;
    const [earlier, later] = first === 'given first' ? [give, suppress] : [suppress, give];
    const one = await db.owner.connect();
    const other = await db.owner.connect();
    try {
      await one.query('BEGIN');
      await one.query(earlier, [organization.id]);
      await other.query('BEGIN');
      const waits = other.query(later, [organization.id]);
      await until('the later one waits', async () => {
        const { rows } = await db.owner.query<{ waits: boolean }>(
          `SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted) AS waits`,
        );
        return rows[0]!.waits;
      });
      await one.query('COMMIT');
      await waits;
      await other.query('COMMIT');
    } finally {
      one.release();
      other.release();
    }
    const { rows } = await db.owner.query<{ external_id: string }>(
      `SELECT DISTINCT c.external_id FROM planning_changes p JOIN contacts c ON c.id = p.contact_id
       WHERE p.organization_id = $1 AND p.changed_in = (
         SELECT max(changed_in) FROM planning_changes WHERE organization_id = $1)`,
      [organization.id],
    );
    expect(rows).toEqual([{ external_id: 'c2' }]);
    const { rows: suppressed } = await db.owner.query(
      `SELECT c.id FROM contacts c JOIN suppressions s
         ON s.organization_id = c.organization_id AND s.address = normal_address(c.email)
       WHERE c.organization_id = $1`,
      [organization.id],
    );
    expect(suppressed).toHaveLength(1);
  });
});
