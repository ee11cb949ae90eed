import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareHome } from '../../../src/local/home.ts';
import { startPostgres } from '../../../src/local/postgres.ts';
import { findPostmaster } from '../../../src/local/postmaster.ts';
import { serverUser } from '../../../src/local/server-user.ts';
import { temporaryFolder } from './folder.ts';

function homeWithData(version: string | undefined) {
  const home = join(temporaryFolder(), 'home');
  prepareHome(temporaryFolderOf(home), serverUser());
  prepareHome(home, serverUser());
  const dataFolder = join(home, 'postgres');
  mkdirSync(dataFolder);
  if (version !== undefined) writeFileSync(join(dataFolder, 'PG_VERSION'), `${version}\n`);
  return { home, dataFolder };
}

/** Made by mkdtemp for its owner alone; PostgreSQL's user must pass through. */
function temporaryFolderOf(home: string): string {
  return join(home, '..');
}

function start(home: string) {
  return startPostgres({
    home,
    report: () => undefined,
    choosePort: () => Promise.reject(new Error('It must not come to a start.')),
    signal: new AbortController().signal,
  });
}

test.each([
  ['an older PostgreSQL', '17', /made by PostgreSQL 17, and .* brings PostgreSQL 18: move the folder away/],
  ['a newer PostgreSQL', '19', /made by PostgreSQL 19/],
  ['something else', undefined, /made by PostgreSQL nothing that PostgreSQL knows/],
])('data of %s is refused with what to do, and is not touched', async (_, version, message) => {
  const { home, dataFolder } = homeWithData(version);
  writeFileSync(join(home, 'postgres-password'), 'secret');
  const before = readdirSync(dataFolder);
  await expect(start(home)).rejects.toThrow(message);
  expect(readdirSync(dataFolder)).toEqual(before);
});

test('data whose password file is gone is refused with what to do', async () => {
  const { home } = homeWithData('18');
  await expect(start(home)).rejects.toThrow(/its password in .*postgres-password is not: put the file back/);
});

test.each([
  ['has ended', 4_194_303],
  ['is another program by now', process.pid],
])('the record of a server whose process %s is removed', (_, pid) => {
  const dataFolder = temporaryFolder();
  const file = join(dataFolder, 'postmaster.pid');
  writeFileSync(file, `${pid}\n${dataFolder}\n1700000000\n5433\n\n127.0.0.1\n`);
  expect(findPostmaster(dataFolder)).toBeUndefined();
  expect(existsSync(file)).toBe(false);
});

test('without a record there is no server', () => {
  expect(findPostmaster(temporaryFolder())).toBeUndefined();
});
