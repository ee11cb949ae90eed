import { expect, test } from 'vitest';
import { assertSafe, readMachine, warningsOf } from '../../../bench/environment.ts';

const SAFE = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

test('nothing is said against settings that keep what is committed', () => {
  expect(() => {
    assertSafe(SAFE);
  }).not.toThrow();
});

test.each([
  ['fsync', 'off'],
  ['full_page_writes', 'off'],
  ['synchronous_commit', 'off'],
  ['synchronous_commit', 'local'],
])('nothing is measured with %s = %s', (name, value) => {
  expect(() => {
    assertSafe({ ...SAFE, [name]: value });
  }).toThrow(`PostgreSQL runs with ${name} = ${value}: nothing is measured unless`);
});

test.each([
  [1, 2, 0],
  [1.01, 2, 1],
  [0.6, 1, 1],
  [3.9, 8, 0],
])('a load average of %d on %d processors brings %d warnings', async (loadAverage, processors, warnings) => {
  expect(warningsOf({ ...(await readMachine()), loadAverage, processors })).toHaveLength(warnings);
});

test.each([
  ['tmpfs', 1],
  ['ext4', 0],
  [null, 0],
])('data on %s bring %d warnings', async (fileSystem, warnings) => {
  const machine = { ...(await readMachine()), loadAverage: 0 };
  const servers = { postgres: { version: '18', settings: SAFE }, temporal: { version: '1' }, fileSystem };
  expect(warningsOf(machine, servers)).toHaveLength(warnings);
});
