import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import type { RunAs } from './processes.ts';

export interface ServerUser extends RunAs {
  readonly name: string;
}

/** Who runs PostgreSQL, which refuses to be run by root; undefined: the one who starts it. */
export function serverUser(): ServerUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  return lookUp('postgres') ?? lookUp('nobody');
}

/** Whether the user may enter the folder or, if there is none yet, the nearest one above it. */
export function canReach(user: RunAs, folder: string): boolean {
  let existing = folder;
  while (!existsSync(existing) && dirname(existing) !== existing) existing = dirname(existing);
  // Asked of the operating system, since access lists and mounts decide it too.
  const entered = spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', existing], {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
    stdio: 'ignore',
  });
  return entered.status === 0;
}

function lookUp(name: string): ServerUser | undefined {
  const uid = numericId('-u', name);
  const gid = numericId('-g', name);
  return uid === undefined || gid === undefined ? undefined : { name, uid, gid };
}

function numericId(flag: '-u' | '-g', name: string): number | undefined {
  const { status, stdout } = spawnSync('id', [flag, name], { encoding: 'utf8' });
  return status === 0 && /^\d+\s*$/.test(stdout) ? Number(stdout) : undefined;
}
