import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { noteAddresses, OWNER_CLAIM } from '../../src/local/state.ts';
import { claim } from '../../src/local/claim.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/email-scheduler.mjs', import.meta.url));
const empty = mkdtempSync(join(tmpdir(), 'email-scheduler-home-'));
const running = mkdtempSync(join(tmpdir(), 'email-scheduler-home-'));
const ADDRESSES = {
  databaseUrl: 'postgresql://email_scheduler:secret@127.0.0.1:5433/email_scheduler',
  temporalAddress: '127.0.0.1:7233',
  temporalWeb: 'http://127.0.0.1:8233',
  namespace: 'default',
};
const { PATH, HOME, XDG_CACHE_HOME } = process.env;
const NOTHING_RUNS = /^Nothing is running here: start it with `npx email-scheduler up`, or set/;

noteAddresses(running, ADDRESSES);
claim(running, OWNER_CLAIM);

afterAll(() => {
  for (const home of [empty, running]) rmSync(home, { recursive: true, force: true });
});

function run(args: readonly string[], home: string, variables: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: 'utf8',
    env: { PATH, HOME, XDG_CACHE_HOME, EMAIL_SCHEDULER_HOME: home, ...variables },
  });
  return { status, stdout, stderr };
}

test.each([
  ['no command', [], 2, /Usage: email-scheduler/],
  ['an unknown command', ['frobnicate'], 2, /unknown command 'frobnicate'/],
  ['an unknown option', ['info', '--frobnicate'], 2, /unknown option '--frobnicate'[^]*info --help/],
  ['a command that needs a stack where none runs', ['info'], 1, NOTHING_RUNS],
  ['Temporal’s command line where none runs', ['temporal', 'workflow', 'list'], 1, NOTHING_RUNS],
])('%s fails', (_, args, status, stderr) => {
  const result = run(args, empty);
  expect(result.status).toBe(status);
  expect(result.stderr).toMatch(stderr);
  expect(result.stdout).toBe('');
});

test('help and version succeed', () => {
  expect(run(['--help'], empty)).toMatchObject({ status: 0, stderr: '' });
  expect(run(['up', '--help'], empty)).toMatchObject({ status: 0, stderr: '' });
  expect(run(['--version'], empty).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('info tells programs the addresses of the stack that runs', () => {
  const { status, stdout } = run(['info', '--json'], running);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ ...ADDRESSES, api: null, home: running });
});

test('what the environment gives comes before the stack that runs', () => {
  const given = { DATABASE_URL: 'postgresql://there/db', TEMPORAL_ADDRESS: 'there:7233' };
  expect(JSON.parse(run(['info', '--json'], running, given).stdout)).toMatchObject({
    databaseUrl: given.DATABASE_URL,
    temporalAddress: given.TEMPORAL_ADDRESS,
    temporalWeb: null,
  });
});

test('a failure is JSON on stderr if JSON was asked for', () => {
  const { status, stdout, stderr } = run(['info', '--json'], empty);
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'LOCAL_STACK' } });
});

test('given addresses that do not answer are refused with what to do', () => {
  const given = { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/db', TEMPORAL_ADDRESS: '127.0.0.1:1' };
  const { status, stderr } = run(['up'], empty, given);
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /that (DATABASE_URL|TEMPORAL_ADDRESS) names.* does not answer.*: start it, or correct/,
  );
});

test('Temporal’s own command line is passed its arguments, and its exit code is passed on', () => {
  expect(run(['temporal', '--version'], empty).stdout).toMatch(/^temporal version 1\./);
  expect(run(['temporal', 'workflow', '--help'], empty).stdout).toContain('temporal workflow');
  expect(run(['temporal', 'no-such-command', '--address', '127.0.0.1:1'], empty).status).not.toBe(0);
});
