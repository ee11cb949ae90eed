import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';

const PROGRAM = resolve(import.meta.dirname, '../../../bin/email-scheduler.mjs');

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without a database, without Temporal, by the configuration of the folder; default: the checkout's. */
async function rules(args: readonly string[], folder?: string): Promise<Ending> {
  const { PATH, HOME } = process.env;
  const env = { PATH, HOME, EMAIL_SCHEDULER_HOME: join(tmpdir(), 'email-scheduler-nothing-here') };
  const given = folder === undefined ? env : { ...env, EMAIL_SCHEDULER_CONFIG: folder };
  try {
    const command = [PROGRAM, 'rules', ...args];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { env: given });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ending;
    return { code, stdout, stderr };
  }
}

function folderWith(ruleFile: string, scheduler = '{}'): string {
  const folder = mkdtempSync(join(tmpdir(), 'email-scheduler-rules-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  writeFileSync(join(folder, 'scheduler.yaml'), scheduler);
  writeFileSync(join(folder, 'state-rules.yaml'), ruleFile);
  return folder;
}

const WRONG_RULES = `rules:
  - state: XX
    kind: birthday
    days_before: 0
    days_after: 60
    citation: one

  - state: VT
    kind: birthday
    days_before: 310
    days_after: 60
    citation: two
    law_form: 2027-01-01
`;

describe('rules check', () => {
  test('says how many rules of how many states there are', async () => {
    const folder = folderWith(`rules:
      - {state: VT, kind: all_year, citation: a}
      - {state: VT, kind: birthday, days_before: 0, days_after: 1, citation: b}`);
    const { code, stdout } = await rules(['check'], folder);
    expect(stdout).toMatch(/^No problem in .*: 2 rules of 1 state\.\n$/);
    expect(code).toBe(0);
  });

  test('the same for programs, of the shipped rules', async () => {
    const { code, stdout } = await rules(['check', '--json']);
    expect(code).toBe(0);
    const states = ['CA', 'ID', 'KY', 'OK', 'MD', 'VA', 'NV', 'OR', 'MO', 'CT', 'MA', 'NY', 'WA'];
    expect(JSON.parse(stdout)).toEqual({ rules: 13, states, problems: [] });
  });

  test('names every problem with file, line, path, value and what is allowed', async () => {
    const folder = folderWith(WRONG_RULES);
    const file = join(folder, 'state-rules.yaml');
    const { code, stdout, stderr } = await rules(['check'], folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([
      'The configuration has 3 problems; correct it and try again.',
      expect.stringContaining(`  ${file}:2: rules[0].state: "XX" is not allowed; allowed: a state as two`),
      expect.stringContaining(`  ${file}:10: rules[1].days_before: 310 is not allowed; allowed: at most 365`),
      expect.stringContaining(
        `  ${file}:13: rules[1].law_form: this key is not known here; allowed: the keys`,
      ),
    ]);
  });

  test('all of them are JSON, too', async () => {
    const folder = folderWith(WRONG_RULES);
    const { code, stdout, stderr } = await rules(['check', '--json'], folder);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    const { problems } = JSON.parse(stdout) as { problems: { line: number; path: string; value: string }[] };
    expect(problems.map(({ line, path, value }) => [line, path, value])).toEqual([
      [2, 'rules[0].state', '"XX"'],
      [10, 'rules[1].days_before', '310'],
      [13, 'rules[1].law_form', '"law_form"'],
    ]);
    expect(problems[0]).toMatchObject({ file: join(folder, 'state-rules.yaml') });
  });

  test('a folder without the files is a failure that names them', async () => {
    const folder = folderWith('rules: []');
    rmSync(join(folder, 'state-rules.yaml'));
    const { code, stderr } = await rules(['check'], folder);
    expect(code).toBe(1);
    expect(stderr).toContain(`${join(folder, 'state-rules.yaml')}: The file does not exist`);
  });
});

describe('rules try', () => {
  const VERMONT = ['try', '--state', 'vt', '--birth-date', '1950-03-15', '--day', '2027-01-20'];
  const RULES = 'rules: [{state: VT, kind: birthday, days_before: 0, days_after: 9, citation: c}]';
  const SCHEDULER =
    'exclusion: {extension_days: 60}\norganizations: {acme: {exclusion: {extension_days: 10}}}';

  test('goes by the settings for all, or by the organization’s own', async () => {
    const folder = folderWith(RULES, SCHEDULER);
    const forAll = await rules(VERMONT, folder);
    expect(forAll).toMatchObject({ code: 0, stderr: '' });
    expect(forAll.stdout).toContain('2027-01-20 is blocked in VT: exclusion_window.');
    const ofAcme = await rules([...VERMONT, '--organization', 'acme'], folder);
    expect(ofAcme).toMatchObject({ code: 0, stderr: '' });
    expect(ofAcme.stdout).toContain('2027-01-20 is not blocked in VT.');
  });

  test('an organization that has no settings of its own is not passed over in silence', async () => {
    const folder = folderWith(RULES, SCHEDULER);
    const { code, stderr } = await rules([...VERMONT, '--organization', 'acmee'], folder);
    expect(code).toBe(0);
    expect(stderr).toBe('scheduler.yaml has no settings of "acmee" alone: those for all apply.\n');
  });

  test('is JSON for programs', async () => {
    const { code, stdout } = await rules([...VERMONT, '--json'], folderWith(RULES, SCHEDULER));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ day: '2027-01-20', states: ['VT'], isBlocked: true });
  });

  test('rules that are not valid are a failure, whatever was asked', async () => {
    const { code, stdout, stderr } = await rules(VERMONT, folderWith(WRONG_RULES));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('rules[0].state: "XX" is not allowed');
  });
});

describe('wrong use ends with 2 and says what is allowed', () => {
  test.each([
    ['no day', ['try', '--state', 'CA'], "required option '--day <date>' not specified"],
    ['an unknown state', ['try', '--state', 'ZZ', '--day', '2027-01-05'], 'Allowed: two letters of AL AK'],
    ['a state in words', ['try', '--state', 'Texas', '--day', '2027-01-05'], 'Allowed: two letters of AL AK'],
    ['no state', ['try', '--day', '2027-01-05'], 'Say whose rules to ask: --state XX, --zip CODE, or both.'],
    [
      'a ZIP code that is none',
      ['try', '--state', 'CA', '--zip', '9021', '--day', '2027-01-05'],
      '--zip is "9021", allowed: a ZIP code of a state: five digits, alone or with four more.',
    ],
    [
      'a day that does not exist',
      ['try', '--state', 'CA', '--day', '2027-02-29'],
      'Allowed: a day that exists, as YYYY-MM-DD.',
    ],
    [
      'a day of another age',
      ['try', '--state', 'CA', '--day', '2200-01-01'],
      'Allowed: a day from 1900-01-01 to 2199-12-31.',
    ],
    [
      'a birth date that does not exist',
      ['try', '--state', 'CA', '--birth-date', '1950-13-01', '--day', '2027-01-05'],
      'Allowed: a day that exists, as YYYY-MM-DD.',
    ],
    [
      'an effective date of another form',
      ['try', '--state', 'MO', '--effective-date', '12/10/2020', '--day', '2027-01-05'],
      'Allowed: a day that exists, as YYYY-MM-DD.',
    ],
    ['an argument too many', ['check', 'config'], 'too many arguments'],
  ])('%s', async (_name, args, sentence) => {
    const { code, stdout, stderr } = await rules(args);
    expect(stderr).toContain(sentence);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('also as JSON, for programs', async () => {
    const { code, stderr } = await rules(['try', '--day', '2027-01-05', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'INVALID_INPUT', place: '--state' } });
  });
});
