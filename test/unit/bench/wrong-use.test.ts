import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';

const PROGRAM = resolve(import.meta.dirname, '../../../bin/bench.mjs');
const SIZES = 'Allowed: whole numbers from 1000 to 3000000, parted by commas.';

test.each([
  ['an unknown scenario', ['plans'], 'Allowed choices are plan, campaigns, enrolment, import.'],
  ['too few contacts', ['plan', '--contacts', '999'], SIZES],
  ['too many contacts', ['plan', '--contacts', '3000001'], SIZES],
  ['contacts in another notation', ['plan', '--contacts', '3e5'], SIZES],
  ['a size that is missing', ['plan', '--contacts', '1000,'], SIZES],
  ['an unknown option', ['plan', '--contact', '1000'], "unknown option '--contact'"],
])('%s ends with 2 before anything is started, and says what is allowed', (_, args, sentence) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { encoding: 'utf8' });
  expect(status).toBe(2);
  expect(stderr).toContain(sentence);
  expect(stderr).not.toContain('PostgreSQL');
  expect(stdout).toBe('');
});
