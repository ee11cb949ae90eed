import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/database.ts';

const PROGRAM = new URL('../../bin/email-scheduler.mjs', import.meta.url).pathname;

let db: TestDatabase;
let folder: string;

beforeAll(async () => {
  db = await createTestDatabase();
});
afterAll(async () => {
  await db.drop();
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'contacts-command-'));
  return () => {
    rmSync(folder, { recursive: true });
  };
});

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

function contactsImport(args: readonly string[], databaseUrl = db.databaseUrl): Promise<Outcome> {
  const env = { ...process.env, DATABASE_URL: databaseUrl };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [PROGRAM, 'contacts', 'import', ...args],
      { env, cwd: folder },
      (error, stdout, stderr) => {
        resolve({ exitCode: error === null ? 0 : Number(error.code), stdout, stderr });
      },
    );
  });
}

function write(name: string, ...rows: string[]): void {
  writeFileSync(join(folder, name), rows.map((row) => `${row}\n`).join(''));
}

describe('contacts import', () => {
  test('with warnings ends with 0, and says what was stored and what is odd', async () => {
    write('contacts.csv', 'external_id,email,agent', '1,ann@example.com,Bo', '2,none,');
    const { exitCode, stdout, stderr } = await contactsImport([
      'contacts.csv',
      '--organization',
      'a',
      '--sandbox',
    ]);
    expect(stderr).toBe('');
    expect(stdout.trimEnd().split('\n')).toEqual([
      'contacts.csv into new sandbox a: 2 rows',
      '  2 added, 0 updated, 0 unchanged',
      '  0 refused, 1 warning',
      '  kept as attributes: agent',
      'Warning (1): no e-mail address; stored as given, and the contact is not mailed',
      '  line 3, email: none',
      'There is no plan yet: the first `npx email-scheduler plan run --organization a` plans with it.',
    ]);
    expect(exitCode).toBe(0);
  });

  test('with refused rows ends with 1, and the report has every one of them', async () => {
    const bad = Array.from({ length: 25 }, (_, index) => `,"x, ""${index}"""`);
    write('contacts.csv', 'external_id,email', '1,ann@example.com', '2', ...bad);
    const args = ['contacts.csv', '--organization', 'b', '--report', 'report.csv'];
    const { exitCode, stdout } = await contactsImport(args);
    expect(exitCode).toBe(1);
    expect(stdout).toContain('1 added, 0 updated, 0 unchanged\n  26 refused, 0 warnings');
    expect(stdout).toContain('line 3: 2 (1 instead of 2)');
    expect(stdout).toContain('… and 5 more');
    const report = readFileSync(join(folder, 'report.csv'), 'utf8').trimEnd().split('\n');
    expect(report).toHaveLength(27);
    expect(report.slice(0, 3)).toEqual([
      'severity,line,column,value,reason',
      'refused,3,,2,the row has another number of fields than the header: 1 instead of 2',
      'refused,4,external_id,,the row has no external_id',
    ]);
  });

  test('in the name that --as gives', async () => {
    write('contacts.csv', 'external_id', '1');
    const { stdout } = await contactsImport([
      'contacts.csv',
      '--organization',
      'as',
      '--as',
      'Bo Lee',
      '--json',
    ]);
    expect(JSON.parse(stdout)).toMatchObject({ added: 1, restored: 0, planning: { outcome: 'no_plan' } });
    const { rows } = await db.pool.query(
      `SELECT a.actor, a.entity, a.action FROM audit_log a JOIN organizations o ON o.id = a.organization_id
       WHERE o.name = 'as' ORDER BY a.id`,
    );
    expect(rows).toEqual([
      { actor: 'Bo Lee', entity: 'organization', action: 'add' },
      { actor: 'Bo Lee', entity: 'contacts', action: 'import' },
    ]);
  });

  test('--strict stores nothing then, and --json says so to programs', async () => {
    write('contacts.csv', 'external_id,email', '1,ann@example.com', '1,bo@example.com');
    const { exitCode, stdout } = await contactsImport([
      'contacts.csv',
      '--organization',
      'c',
      '--strict',
      '--json',
    ]);
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      organization: 'c',
      created: false,
      stored: false,
      rows: 2,
      added: 0,
      refused: 1,
      problems: [{ kind: 'twice_in_file', count: 1, first: [{ line: 3, value: '1', detail: 'line 2' }] }],
    });
    expect((await db.pool.query(`SELECT FROM organizations WHERE name = 'c'`)).rows).toEqual([]);
  });

  test.for([
    ['no organization', ['contacts.csv'], 2, '--organization'],
    ['no file', ['--organization', 'd'], 2, 'file.csv'],
    ['an impossible name', ['contacts.csv', '--organization', 'a b'], 2, 'cannot be named'],
    [
      'a report that overwrites the file',
      ['contacts.csv', '--organization', 'd', '--report', './contacts.csv'],
      2,
      'is the file',
    ],
    [
      'a report in no folder',
      ['contacts.csv', '--organization', 'd', '--report', 'no/where.csv'],
      2,
      'no/where.csv',
    ],
    ['a file that is not there', ['missing.csv', '--organization', 'd'], 1, 'missing.csv is not there'],
  ] as const)('%s', async ([, args, expectedCode, sentence]) => {
    write('contacts.csv', 'external_id', '1');
    const { exitCode, stdout, stderr } = await contactsImport(args);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('    at ');
    expect([exitCode, stdout]).toEqual([expectedCode, '']);
    expect(readFileSync(join(folder, 'contacts.csv'), 'utf8')).toBe('external_id\n1\n');
  });

  test('into a database that was not migrated says what to do', async () => {
    write('contacts.csv', 'external_id', '1');
    const empty = await createEmptyDatabase();
    try {
      const { exitCode, stderr } = await contactsImport(
        ['contacts.csv', '--organization', 'e'],
        empty.databaseUrl,
      );
      expect(stderr).toContain('run `npx email-scheduler migrate` first');
      expect(exitCode).toBe(1);
    } finally {
      await empty.drop();
    }
  });
});
