import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const PROGRAM = resolve(import.meta.dirname, '../../../bin/email-scheduler.mjs');

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command where nothing is running: no server is there to be asked. */
async function run(...args: string[]): Promise<Ending> {
  const { DATABASE_URL: _database, TEMPORAL_ADDRESS: _temporal, ...environment } = process.env;
  const env = { ...environment, EMAIL_SCHEDULER_HOME: join(tmpdir(), 'email-scheduler-nothing-here') };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [PROGRAM, ...args], { env });
    return { code: 0, stdout, stderr };
  } catch (error) {
    return error as Ending;
  }
}

describe('wrong use ends with 2 and says what is allowed', () => {
  test.each([
    ['an unknown command', ['plann'], "unknown command 'plann'"],
    ['no organization', ['plan', 'run'], "required option '--organization <name>' not specified"],
    [
      'a day that does not exist',
      ['plan', 'run', '--organization', 'demo', '--as-of', '2027-02-29'],
      'Allowed: a day that exists, as YYYY-MM-DD.',
    ],
    [
      'a day of another form',
      ['plan', 'run', '--organization', 'demo', '--as-of', '11/23/2026'],
      'Allowed: a day that exists, as YYYY-MM-DD.',
    ],
    [
      'a batch size that is too small',
      ['plan', 'run', '--organization', 'demo', '--batch-size', '99'],
      'Allowed: a whole number from 100 to 100000.',
    ],
    [
      'a batch size in another notation',
      ['plan', 'run', '--organization', 'demo', '--batch-size', '1e3'],
      'Allowed: a whole number from 100 to 100000.',
    ],
    [
      'an unknown choice',
      ['plan', 'run', '--organization', 'demo', '--if-running', 'wait'],
      'Allowed choices are refuse, queue.',
    ],
    [
      'an unknown option',
      ['plan', 'run', '--organization', 'demo', '--as-off', '2027-01-01'],
      "unknown option '--as-off'",
    ],
    [
      'no plan to put back',
      ['plan', 'restore', '--organization', 'demo'],
      "missing required argument 'number'",
    ],
    ...['0', 'current', '-1', '1.5', '007', '99999999999'].map((number): [string, string[], string] => [
      `a plan "${number}" to put back`,
      ['plan', 'restore', '--organization', 'demo', '--', number],
      'Allowed: the number of an earlier plan',
    ]),
    [
      'a dry run to put back',
      ['plan', 'restore', 'run:3', '--organization', 'demo'],
      'A dry run was never published',
    ],
    [
      'a restore that is drawn anew',
      ['plan', 'restore', '3', '--organization', 'demo', '--fresh'],
      "unknown option '--fresh'",
    ],
    ['no file', ['contacts', 'import', '--organization', 'demo'], "missing required argument 'file.csv'"],
    ['no contact', ['explain', '--organization', 'demo'], "required option '--contact <id>' not specified"],
    [
      'a run that is no number',
      ['runs', 'show', 'last', '--organization', 'demo'],
      'Allowed: the id of a run',
    ],
    ['run 0', ['runs', 'retry', '0', '--organization', 'demo'], 'Allowed: the id of a run'],
    ['a retry of no run', ['runs', 'retry', '--organization', 'demo'], "missing required argument 'run'"],
    [
      'a list of no runs',
      ['runs', 'list', '--organization', 'demo', '--limit', '0'],
      'Allowed: a whole number from 1 to 1000.',
    ],
    [
      'a schedule of nobody',
      ['plan', 'schedule', 'set'],
      "required option '--organization <name>' not specified",
    ],
    [
      'an unknown thing to do with a schedule',
      ['plan', 'schedule', 'stop', '--organization', 'demo'],
      "unknown command 'stop'",
    ],
    ['no name', ['organizations', 'show'], "missing required argument 'name'"],
    [
      'a zone that is none',
      ['organizations', 'create', 'acme', '--time-zone', 'CST'],
      '--time-zone is "CST", allowed: an IANA zone such as America/Chicago.',
    ],
  ])('%s', async (_name, args, sentence) => {
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('also as JSON, for programs', async () => {
    const { code, stderr } = await run('plan', 'run', '--organization', 'demo', '--as-of', 'soon', '--json');
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'INVALID_INPUT' } });
  });
});

test.each([
  [['plan', 'run', '--organization', 'demo']],
  [['plan', 'restore', '3', '--organization', 'demo']],
  [['contacts', 'import', 'contacts.csv', '--organization', 'demo']],
  [['organizations', 'list']],
  [['runs', 'show', '--organization', 'demo']],
  [['plan', 'schedule', 'show', '--organization', 'demo']],
  [['explain', '--organization', 'demo', '--contact', '1']],
  [['worker']],
  [['migrate']],
  [['info']],
])('%j where nothing is running fails with one sentence that says what to do', async (args) => {
  const { code, stderr } = await run(...args);
  expect(code).toBe(1);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(stderr).toContain('npx email-scheduler up');
});
