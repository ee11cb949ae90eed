import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { claim, claimHolder } from '../../../src/local/claim.ts';
import { temporaryFolder } from './folder.ts';

const STALE = JSON.stringify({ pid: 1, startedAt: 'a start long ago' });

test('a claim is refused while its holder lives, and names it', () => {
  const folder = temporaryFolder();
  expect(claim(folder, 'owner').claimed).toBe(true);
  expect(claim(folder, 'owner')).toMatchObject({ claimed: false, holder: { pid: process.pid } });
  expect(claimHolder(folder, 'owner')?.pid).toBe(process.pid);
});

test('claims of different names do not meet', () => {
  const folder = temporaryFolder();
  expect(claim(folder, 'owner').claimed).toBe(true);
  expect(claim(folder, 'build').claimed).toBe(true);
});

test('a released claim can be made again', () => {
  const folder = temporaryFolder();
  const first = claim(folder, 'owner');
  if (first.claimed) first.release();
  expect(claimHolder(folder, 'owner')).toBeUndefined();
  expect(claim(folder, 'owner').claimed).toBe(true);
});

test.each([
  ['of a process that has ended', STALE],
  ['that is empty', ''],
  ['that is no JSON', '{"pid":'],
])('a claim %s is passed over and removed', (_, content) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'owner.7'), content);
  expect(claim(folder, 'owner').claimed).toBe(true);
  expect(readdirSync(folder)).toEqual(['owner.8']);
});

test('nobody holds a claim in a folder that does not exist', () => {
  expect(claimHolder('/does/not/exist', 'owner')).toBeUndefined();
});

test('of processes that find the same stale claim at once, one gets it', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'owner.1'), STALE);
  const module = fileURLToPath(new URL('../../../src/local/claim.ts', import.meta.url));
  const startAt = Date.now() + 1_500;
  const script = `
    const { claim } = await import(${JSON.stringify(module)});
    while (Date.now() < ${startAt});
    process.stdout.write(claim(${JSON.stringify(folder)}, 'owner').claimed ? 'mine' : 'refused');
    setTimeout(() => {}, 500);`;
  const answers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
      const exited = once(child, 'exit');
      const [answer] = (await once(child.stdout, 'data')) as [Buffer];
      await exited;
      return answer.toString();
    }),
  );
  expect(answers.sort()).toEqual(['mine', 'refused', 'refused', 'refused']);
});
