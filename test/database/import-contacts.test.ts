import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ImportProblem } from '../../src/db/csv-file/problems.ts';
import {
  importContacts,
  type ContactsImport,
  type ContactsImportResult,
} from '../../src/db/import-contacts.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let db: TestDatabase;
let folder: string;
let organization = '';
let organizationCount = 0;

beforeAll(async () => {
  db = await createTestDatabase();
  folder = mkdtempSync(join(tmpdir(), 'import-contacts-'));
});
afterAll(async () => {
  await db.drop();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  organization = `agency-${++organizationCount}`;
});

interface Outcome extends ContactsImportResult {
  readonly problems: ImportProblem[];
}

async function importFile(file: string, options: Partial<ContactsImport> = {}): Promise<Outcome> {
  const problems: ImportProblem[] = [];
  const result = await importContacts(db.pool, {
    file,
    organization,
    isSandbox: false,
    timeZone: 'America/Denver',
    isStrict: false,
    actor: 'tester',
    onProblem: (problem) => problems.push(problem),
    onProgress: () => undefined,
    ...options,
  });
  return { ...result, problems };
}

function importText(content: string | Buffer, options: Partial<ContactsImport> = {}): Promise<Outcome> {
  const file = join(folder, 'contacts.csv');
  writeFileSync(file, content);
  return importFile(file, options);
}

function lines(...rows: string[]): string {
  return rows.map((row) => `${row}\n`).join('');
}

async function contacts(columns: string): Promise<Record<string, unknown>[]> {
  const { rows } = await db.pool.query<Record<string, unknown>>(
    `SELECT ${columns} FROM contacts c JOIN organizations o ON o.id = c.organization_id
     WHERE o.name = $1 ORDER BY c.id`,
    [organization],
  );
  return rows;
}

async function count(relation: string): Promise<number> {
  const { rows } = await db.pool.query<{ count: number }>(
    `SELECT count(*)::integer AS count FROM ${relation}
     WHERE organization_id = (SELECT id FROM organizations WHERE name = $1)`,
    [organization],
  );
  return rows[0]!.count;
}

describe('a whole file', () => {
  const HEADER =
    'external_id,email,first_name,last_name,phone_number,zip_code,state,birth_date,effective_date,attributes,agent';

  test('creates the organization and stores every column, unknown ones as attributes', async () => {
    const row =
      ' A1 , ann@example.com ,Zoë,"Lee, Jr.",555-0101,75201-1234,tx,1956-02-29,2021-01-01,"{""plan"": ""G""}",Bo\n';
    const result = await importText(`${HEADER}\n${row}`);
    expect(result).toMatchObject({ organizationCreated: true, rows: 1, added: 1, refused: 0, warnings: 0 });
    expect(result.attributeColumns).toEqual(['agent']);
    const columns =
      'o.time_zone, o.sandbox, external_id, email, first_name, last_name, phone_number, zip_code, state';
    expect(await contacts(`${columns}, birth_date::text, effective_date::text, attributes`)).toEqual([
      {
        time_zone: 'America/Denver',
        sandbox: false,
        external_id: 'A1',
        email: 'ann@example.com',
        first_name: 'Zoë',
        last_name: 'Lee, Jr.',
        phone_number: '555-0101',
        zip_code: '75201-1234',
        state: 'tx',
        birth_date: '1956-02-29',
        effective_date: '2021-01-01',
        attributes: { plan: 'G', agent: 'Bo' },
      },
    ]);
  });

  test('gives ids in the order of the file', async () => {
    const externalIds = Array.from({ length: 500 }, (_, index) => `X${(index * 7919) % 500}`);
    await importText(lines('external_id', ...externalIds));
    expect((await contacts('external_id')).map((row) => row.external_id)).toEqual(externalIds);
    await importText(lines('external_id', 'X3', 'new-2', 'new-1'));
    expect((await contacts('external_id')).slice(-2).map((row) => row.external_id)).toEqual([
      'new-2',
      'new-1',
    ]);
  });

  test('with BOM, CRLF, line breaks in quotes, blank lines and columns in another order', async () => {
    const text = '\ufefffirst_name,EXTERNAL_ID\r\n"Ann\r\nMarie",1\r\n\r\n"B ""Bo"" O",2\r\n';
    expect(await importText(text)).toMatchObject({ added: 2, refused: 0, warnings: 0 });
    expect(await contacts('external_id, first_name')).toEqual([
      { external_id: '1', first_name: 'Ann\r\nMarie' },
      { external_id: '2', first_name: 'B "Bo" O' },
    ]);
  });

  test('stores text that COPY and JSON have to escape as it is', async () => {
    const value = 'a\\N\tb\\.\n"c"\\\\';
    await importText(lines('external_id,first_name,__proto__', `1,"${value.replaceAll('"', '""')}",\\N`));
    const [row] = await contacts(`first_name, attributes->>'__proto__' AS attribute`);
    expect(row).toEqual({ first_name: value, attribute: '\\N' });
  });

  test('of a header alone creates an empty organization', async () => {
    expect(await importText('external_id\n')).toMatchObject({ rows: 0, added: 0, isStored: true });
    expect(await count('audit_log')).toBe(2);
  });
});

describe('rows that cannot be stored are refused with their line, and the others stored', () => {
  const latin1 = Buffer.from('4,Jos\u00e9\n', 'latin1');
  const ok = '3,Ann\n';
  test.for([
    ['too few fields', '1\n', 'wrong_number_of_fields', null, '1 instead of 2'],
    ['too many fields', '1,Ann,Lee\n', 'wrong_number_of_fields', null, '3 instead of 2'],
    ['no external_id', ' ,Ann\n', 'no_external_id', 'external_id', 'no external_id'],
    ['not UTF-8', latin1, 'not_utf8', 'first_name', 'UTF-8'],
    ['half a UTF-8 character', Buffer.from([0x34, 0x2c, 0xc3, 0x0a]), 'not_utf8', 'first_name', 'UTF-8'],
    [
      'a surrogate in UTF-8',
      Buffer.from([0x34, 0x2c, 0xed, 0xa0, 0x80, 0x0a]),
      'not_utf8',
      'first_name',
      'UTF-8',
    ],
    ['NUL', '4,a\0b\n', 'nul_character', 'first_name', 'NUL'],
    ['NUL in the id', '4\0,a\n', 'nul_character', 'external_id', 'NUL'],
    ['a broken quote', '4,"a"b\n', 'broken_quotes', null, 'quote'],
  ] as const)('%s', async ([, bad, kind, column, reason]) => {
    const content = Buffer.concat([
      Buffer.from('external_id,first_name\n"2","A\nB"\n'),
      Buffer.from(bad),
      Buffer.from(ok),
    ]);
    const result = await importText(content);
    expect(result).toMatchObject({ rows: 3, added: 2, refused: 1, warnings: 0 });
    expect(result.problems).toMatchObject([{ line: 4, column, kind, severity: 'refused' }]);
    expect(result.problems[0]!.reason).toContain(reason);
    expect((await contacts('external_id')).map((row) => row.external_id)).toEqual(['2', '3']);
  });

  test('twice in the file: the first one counts', async () => {
    const result = await importText(
      lines('external_id,first_name', '1,Ann', '2,Bo', ' 1 ,Cy', '1,Di', '1\u00e9,Ed'),
    );
    expect(result).toMatchObject({ rows: 5, added: 3, refused: 2 });
    expect(result.problems).toMatchObject([
      { line: 4, column: 'external_id', value: '1', kind: 'twice_in_file', detail: 'line 2' },
      { line: 5, column: 'external_id', value: '1', kind: 'twice_in_file', detail: 'line 2' },
    ]);
    expect((await contacts('first_name')).map((row) => row.first_name)).toEqual(['Ann', 'Bo', 'Ed']);
  });

  test('the report shows values shortened and without control characters', async () => {
    const { problems } = await importText(lines('external_id,email', `1,\u001b[2Jx${'y'.repeat(500)}`));
    expect(problems[0]!.value).toBe(`·[2Jx${'y'.repeat(55)}…`);
  });
});

describe('odd values are stored as given, with a warning', () => {
  test.for([
    ['email', 'none', 'malformed_email'],
    ['email', 'a@example', 'malformed_email'],
    ['email', 'a@example.com,b@example.com', 'malformed_email'],
    ['zip_code', '1234', 'unusable_zip_code'],
    ['zip_code', '00000', 'unusable_zip_code'],
    ['state', 'Texas', 'unknown_state'],
    ['state', 'ZZ', 'unknown_state'],
    ['birth_date', '1900-01-01', 'unusable_date'],
    ['birth_date', '0001-01-01', 'unusable_date'],
    ['birth_date', '1970-01-01', 'unusable_date'],
    ['effective_date', '2200-01-01', 'unusable_date'],
    ['effective_date', '9999-12-31', 'unusable_date'],
  ] as const)('%s %s', async ([column, value, kind]) => {
    const result = await importText(lines(`external_id,${column}`, `1,"${value}"`));
    expect(result).toMatchObject({ added: 1, refused: 0, warnings: 1 });
    expect(result.problems).toMatchObject([{ line: 2, column, value, kind, severity: 'warning' }]);
    expect(await contacts(`${column}::text AS value, attributes`)).toEqual([{ value, attributes: {} }]);
  });

  test.for([
    ['email', ''],
    ['email', "o'brien+x@mail.example.com"],
    ['zip_code', '752011234'],
    ['state', 'tX'],
    ['birth_date', '1900-01-02'],
    ['effective_date', '2199-12-31'],
    ['attributes', '{"a":{"b":[]}}'],
  ] as const)('and plain ones without: %s "%s"', async ([column, value]) => {
    const result = await importText(lines(`external_id,${column}`, `1,"${value.replaceAll('"', '""')}"`));
    expect(result).toMatchObject({ added: 1, refused: 0, warnings: 0 });
  });
});

describe('an impossible date is stored as missing, the original in the attributes', () => {
  test.for(['1955-02-30', '1951-02-29', '07/04/1952', '1952-7-4', '0000-01-01', '19520704', 'unknown'])(
    '%s',
    async (value) => {
      const result = await importText(lines('external_id,birth_date', `1,${value}`));
      expect(result.problems).toMatchObject([{ column: 'birth_date', value, kind: 'impossible_date' }]);
      expect(await contacts('birth_date, attributes')).toEqual([
        { birth_date: null, attributes: { birth_date_as_given: value } },
      ]);
    },
  );

  test('and the original goes when a later file knows better, or empties the date', async () => {
    await importText(lines('external_id,birth_date,effective_date', '1,soon,later', '2,soon,'));
    await importText(lines('external_id,birth_date', '1,1950-03-01', '2,'));
    expect(await contacts('birth_date::text, attributes')).toEqual([
      { birth_date: '1950-03-01', attributes: { effective_date_as_given: 'later' } },
      { birth_date: null, attributes: {} },
    ]);
  });
});

describe('attributes', () => {
  test.for([
    'text',
    '[1]',
    '{"a":',
    String.raw`{"a":"\u0000"}`,
    '{"a":1e999999}',
    `{"a":"${'x'.repeat(2_000)}`,
  ])('that are no JSON object are kept as given: %.40s', async (value) => {
    const result = await importText(lines('external_id,attributes', `1,"${value.replaceAll('"', '""')}"`));
    expect(result.problems[0]).toMatchObject({ column: 'attributes', kind: 'attributes_not_object' });
    expect(await contacts('attributes')).toEqual([
      { attributes: { attributes_as_given: value.slice(0, 1_000) } },
    ]);
  });

  test('keep numbers of any length', async () => {
    await importText(lines('external_id,attributes', '1,"{""n"": 123456789012345678901234567890}"'));
    expect(await contacts('attributes::text AS text')).toEqual([
      { text: '{"n": 123456789012345678901234567890}' },
    ]);
  });

  test('are changed one by one by unknown columns: a value sets a key, a blank removes it', async () => {
    await importText(lines('external_id,attributes', '1,"{""a"":1,""b"":2,""c"":3}"'));
    const result = await importText(lines('external_id,a,b,d', '1,x,,'));
    expect(result).toMatchObject({ updated: 1, added: 0 });
    expect(await contacts('attributes')).toEqual([{ attributes: { a: 'x', c: 3 } }]);
  });

  test('are replaced by the column attributes, and unknown columns go on top', async () => {
    await importText(lines('external_id,a', '1,x'));
    await importText(lines('external_id,attributes,b', '1,"{""c"":3,""b"":4}",y'));
    expect(await contacts('attributes')).toEqual([{ attributes: { b: 'y', c: 3 } }]);
    await importText(lines('external_id,attributes', '1,'));
    expect(await contacts('attributes')).toEqual([{ attributes: {} }]);
  });
});

describe('long values are cut at 1,000 characters, with a warning', () => {
  test.for([
    ['first_name', 'x'.repeat(1_001), 1_000],
    ['first_name', '😀'.repeat(1_001), 1_000],
    ['agent', 'é'.repeat(1_001), 1_000],
    ['email', '\u20ac'.repeat(1_001), 566],
    ['external_id', '\u20ac'.repeat(1_001), 566],
  ] as const)('%s', async ([column, value, expected]) => {
    const header = column === 'external_id' ? 'external_id,x' : `external_id,${column}`;
    const row = column === 'external_id' ? `${value},` : `1,${value}`;
    const result = await importText(lines(header, row));
    expect(result.problems.map(({ kind }) => kind)).toContain('cut');
    const stored = column === 'agent' ? `attributes->>'agent'` : column;
    expect(await contacts(`length(${stored}) AS length`)).toEqual([{ length: expected }]);
  });

  test('and 1,000 characters that take two code units each are not', async () => {
    const result = await importText(lines('external_id,first_name', `1,${'😀'.repeat(1_000)}`));
    expect(result).toMatchObject({ added: 1, warnings: 0 });
  });

  test('the longest texts fit into the indexes, also where lower case is longer', async () => {
    const random = Array.from({ length: 1_000 }, (_, index) =>
      String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)),
    );
    const result = await importText(
      lines('external_id,email', `${random.join('')},${'\u023a'.repeat(1_000)}`),
    );
    expect(result).toMatchObject({ added: 1, refused: 0 });
  });
});

describe('a second import', () => {
  const file = new URL('../../config/sample/contacts.csv', import.meta.url).pathname;
  const state =
    'c.id, email, first_name, zip_code, birth_date, attributes::text AS attributes, updated_at, c.xmin';

  test('of the same file changes nothing', async () => {
    expect(await importFile(file)).toMatchObject({ added: 663, refused: 0 });
    const before = await contacts(state);
    const changes = await count('planning_changes');
    const again = await importFile(file);
    expect(again).toMatchObject({
      added: 0,
      updated: 0,
      unchanged: 663,
      refused: 0,
      organizationCreated: false,
    });
    expect(await contacts(state)).toEqual(before);
    expect(await count('contact_history')).toBe(0);
    expect(await count('planning_changes')).toBe(changes);
  });

  test('updates what is different only, and keeps the former values with who and when', async () => {
    await importText(lines('external_id,email,state', '1,a@example.com,TX', '2,b@example.com,OH', '3,,'));
    const unchanged = (await contacts(state)).slice(1);
    const result = await importText(
      lines('external_id,email', '2,b@example.com', '1,new@example.com', '4,'),
      {
        actor: 'somebody else',
      },
    );
    expect(result).toMatchObject({ rows: 3, added: 1, updated: 1, unchanged: 1 });
    expect((await contacts(state)).slice(1, 3)).toEqual(unchanged);
    const { rows } = await db.pool.query(
      `SELECT h.email, h.state, changed_by FROM contact_history h JOIN organizations o ON o.id = organization_id
       WHERE o.name = $1`,
      [organization],
    );
    expect(rows).toEqual([{ email: 'a@example.com', state: 'TX', changed_by: 'somebody else' }]);
  });

  test('leaves absent columns as they are, and empties by blank ones', async () => {
    await importText(lines('external_id,email,first_name,birth_date', '1,a@example.com,Ann,1950-01-01'));
    await importText(lines('external_id,first_name', '1,'));
    expect(await contacts('email, first_name, birth_date::text')).toEqual([
      { email: 'a@example.com', first_name: null, birth_date: '1950-01-01' },
    ]);
  });

  test('touches no other organization', async () => {
    await importText(lines('external_id,email', '1,a@example.com'));
    const first = organization;
    organization = `${first}-other`;
    expect(await importText(lines('external_id,email', '1,b@example.com'))).toMatchObject({
      added: 1,
      updated: 0,
    });
    organization = first;
    expect(await contacts('email')).toEqual([{ email: 'a@example.com' }]);
  });
});

test("an import leaves the planner's statistics fresh: old ones make the next import and run crawl", async () => {
  await importText(lines('external_id', ...Array.from({ length: 3_000 }, (_, index) => `S${index}`)));
  const { rows } = await db.pool.query<{ estimated: number; counted: number }>(
    `SELECT reltuples::integer AS estimated, (SELECT count(*)::integer FROM contacts) AS counted
     FROM pg_class WHERE oid = 'contacts'::regclass`,
  );
  expect(rows[0]!.estimated).toBe(rows[0]!.counted);
});

describe('strict', () => {
  test('stores nothing if a row is refused, and names every such row', async () => {
    const result = await importText(lines('external_id,email', '1,a@example.com', ',x', '1,b@example.com'), {
      isStrict: true,
    });
    expect(result).toMatchObject({
      isStored: false,
      organizationCreated: false,
      rows: 3,
      added: 0,
      refused: 2,
    });
    expect(result.problems.map(({ line }) => line)).toEqual([3, 4]);
    expect(await count('contacts')).toBe(0);
    const { rows } = await db.pool.query('SELECT FROM organizations WHERE name = $1', [organization]);
    expect(rows).toEqual([]);
  });

  test('stores all of them with warnings', async () => {
    const result = await importText(lines('external_id,email', '1,none'), { isStrict: true });
    expect(result).toMatchObject({ isStored: true, added: 1, warnings: 1 });
  });
});

describe('the audit log', () => {
  test('has one entry per import, with counts and without values', async () => {
    await importText(lines('external_id,email', '1,secret@example.com', '2,none', '2,none'));
    const { rows } = await db.pool.query<{ new: string }>(
      `SELECT actor, entity, entity_id, action, field, old, new FROM audit_log
       WHERE organization_id = (SELECT id FROM organizations WHERE name = $1) AND entity = 'contacts'`,
      [organization],
    );
    expect(rows).toMatchObject([
      { actor: 'tester', entity: 'contacts', entity_id: null, action: 'import', field: null, old: null },
    ]);
    const counts = { rows: 3, added: 2, restored: 0, updated: 0, unchanged: 0, refused: 1, warnings: 2 };
    expect(JSON.parse(rows[0]!.new)).toEqual(counts);
  });
});

describe('files that cannot be read at all', () => {
  test.for([
    ['empty', '', 'is empty'],
    ['only a BOM', '\ufeff', 'is empty'],
    ['only blank lines', '\n\r\n\n', 'is empty'],
    ['no external_id column', 'email\na@example.com\n', 'no column external_id'],
    ['no header', '1,a@example.com\n', 'no column external_id'],
    ['semicolons', 'external_id;email\n1;a\n', 'separated by commas, not by ;'],
    ['a column id', 'id,external_id\n', 'column id'],
    ['a column organization_id', 'external_id,Organization_ID\n', 'column Organization_ID'],
    ['a column twice', 'external_id,email,Email\n', 'column Email twice'],
    ['an unknown column twice', 'external_id,agent,agent\n', 'column agent twice'],
    ['a column without a name', 'external_id,,email\n', 'no name for column 2'],
    ['UTF-16', Buffer.from('\ufeffexternal_id\n', 'utf16le'), 'UTF-16'],
    ['a header that is not UTF-8', Buffer.from('external_id,\u00e9\n', 'latin1'), 'not UTF-8'],
    ['a header with a broken quote', 'external_id,"a\n', 'first line'],
    ['lines that end by CR', 'external_id,email\r1,a\r', 'CR alone'],
  ] as const)('%s', async ([, content, sentence]) => {
    const failing = importText(content);
    await expect(failing).rejects.toMatchObject({ code: 'CSV_UNREADABLE' });
    await expect(failing).rejects.toThrow(sentence);
    expect(await count('contacts')).toBe(0);
    // The connection is fit for the next import.
    expect(await importText('external_id\n1\n')).toMatchObject({ added: 1 });
  });

  test('a file that is not there, and a folder', async () => {
    await expect(importFile(join(folder, 'missing.csv'))).rejects.toThrow('is not there');
    await expect(importFile(folder)).rejects.toThrow('is a folder');
  });
});

describe('the organization', () => {
  test('becomes a sandbox if asked for, and stays one', async () => {
    await importText('external_id\n1\n', { isSandbox: true });
    expect(await importText('external_id\n2\n')).toMatchObject({
      organization: { isSandbox: true },
      added: 1,
    });
    expect(await contacts('o.sandbox')).toEqual([{ sandbox: true }, { sandbox: true }]);
  });

  test('that is no sandbox does not become one', async () => {
    await importText('external_id\n1\n');
    const failing = importText('external_id\n2\n', { isSandbox: true });
    await expect(failing).rejects.toMatchObject({ code: 'ORGANIZATION_KIND' });
    expect(await count('contacts')).toBe(1);
  });

  test.for(['', '-x', 'a b', 'ä', 'x'.repeat(64), 'a/b', 'a\n'])('is not named %j', async (name) => {
    const failing = importText('external_id\n1\n', { organization: name });
    await expect(failing).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  test('may be created by two imports at once', async () => {
    const files = ['a', 'b', 'c'].map((name) => {
      const file = join(folder, `${name}.csv`);
      writeFileSync(file, lines('external_id,email', 'same,x@example.com', `${name},y@example.com`));
      return file;
    });
    const results = await Promise.all(files.map((file) => importFile(file)));
    expect(results.map(({ added }) => added).sort()).toEqual([1, 1, 2]);
    expect(results.filter(({ organizationCreated }) => organizationCreated)).toHaveLength(1);
    expect(await count('contacts')).toBe(4);
  });
});

test('a file of 200,000 rows is imported in bounded memory', async () => {
  const file = join(folder, 'large.csv');
  const ROWS = 200_000;
  writeFileSync(file, 'external_id,email,first_name,state,birth_date,note\n');
  for (let start = 0; start < ROWS; start += 20_000) {
    const rows = Array.from({ length: 20_000 }, (_, index) => {
      return `E${start + index},p${start + index}@example.com,Ann,ZZ,1950-01-01,${'note '.repeat(20)}`;
    });
    writeFileSync(file, lines(...rows), { flag: 'a' });
  }
  const usedBytes = (): number => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const before = usedBytes();
  let peak = before;
  const result = await importFile(file, {
    onProblem: () => undefined,
    onProgress: () => {
      peak = Math.max(peak, usedBytes());
    },
  });
  expect(result).toMatchObject({ rows: ROWS, added: ROWS, warnings: ROWS });
  // The file has 28 MB; its rows as objects would take some 200.
  expect(peak - before).toBeLessThan(100_000_000);
  const { rows } = await db.pool.query<{ contact_id: string | null }>(
    `SELECT DISTINCT contact_id FROM planning_changes
     WHERE organization_id = (SELECT id FROM organizations WHERE name = $1)`,
    [organization],
  );
  expect(rows).toEqual([{ contact_id: null }]);
});
