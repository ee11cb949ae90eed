import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CHECKOUT, composeService } from '../../support/compose-file.ts';
import { copiedFiles, DOCKERFILE_LINES, instructions } from '../../support/dockerfile.ts';

function readText(file: string): string {
  return readFileSync(join(CHECKOUT, file), 'utf8');
}

test('the base is Debian with a Node that the program takes, in a whole version', () => {
  const [, major, minor] = /^node:(\d+)\.(\d+)\.\d+-bookworm-slim$/.exec(instructions('FROM').join()) ?? [];
  const { engines } = JSON.parse(readText('package.json')) as { engines: { node: string } };
  const [, oldestMajor, oldestMinor] = /^>=(\d+)\.(\d+)$/.exec(engines.node) ?? [];
  const weighed = (one?: string, other?: string): number => Number(one) * 1_000 + Number(other);
  expect(weighed(major, minor)).toBeGreaterThanOrEqual(weighed(oldestMajor, oldestMinor));
});

test('packages are installed as locked and without tools, and the program does not run as root', () => {
  expect(instructions('RUN')[0]).toMatch(/^npm ci --omit=dev /);
  expect(instructions('USER')).toEqual(['node']);
  const lastRun = DOCKERFILE_LINES.findLastIndex((line) => line.startsWith('RUN '));
  expect(DOCKERFILE_LINES.indexOf('USER node')).toBeGreaterThan(lastRun);
});

test('all that is copied is in the checkout, and nothing else goes to the builder', () => {
  expect(copiedFiles().filter((file) => !existsSync(join(CHECKOUT, file)))).toEqual([]);
  const [first, ...sent] = readText('.dockerignore')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(first).toBe('*');
  expect(sent).toEqual(copiedFiles().map((file) => `!${file}`));
});

test('every room of the program is in the image, but for the tests and tools', () => {
  const rooms = ['src', 'workflows', 'activities', 'bin', 'config'];
  expect(copiedFiles()).toEqual(expect.arrayContaining(rooms));
});

test('the role is the argument, and the health check finds the program', () => {
  const folder = instructions('WORKDIR')[0] ?? '';
  expect(instructions('ENTRYPOINT')).toEqual([`["node", "${folder}/bin/email-scheduler.mjs"]`]);
  expect(instructions('CMD')).toEqual(['["worker"]']);
  expect(composeService('worker').healthcheck?.test).toContain('bin/email-scheduler.mjs');
});
