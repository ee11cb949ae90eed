import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SchedulerError } from '../contracts/errors.ts';
import { canReach, type ServerUser } from './server-user.ts';

/** Where a root user's stack lives if PostgreSQL's user cannot reach the checkout. */
const SHARED_FOLDER = '/var/lib/email-scheduler';

/**
 * `.local` in the checkout; where root starts PostgreSQL as another user who cannot reach that (a
 * checkout below /root), a folder of its own that this user can reach.
 */
export function defaultHome(checkout: string, user: ServerUser | undefined): { home: string; note?: string } {
  if (user === undefined || canReach(user, checkout)) return { home: join(checkout, '.local') };
  const hash = createHash('sha256').update(checkout).digest('hex').slice(0, 8);
  const home = join(SHARED_FOLDER, `${basename(checkout)}-${hash}`);
  return {
    home,
    note: `PostgreSQL does not run as root, and the user ${user.name} cannot reach ${checkout}: data is kept in ${home}.`,
  };
}

/** Makes the home folder and its log folder, and proves that they can be written. */
export function prepareHome(home: string, user: ServerUser | undefined): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    mkdirSync(logFolder(home), { recursive: true });
    // PostgreSQL's user passes through to its data; nobody but the owner can look around.
    if (user !== undefined) chmodSync(home, statSync(home).mode | 0o011);
    const probe = join(home, `.writable-${process.pid}`);
    writeFileSync(probe, '');
    rmSync(probe);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new SchedulerError(
      'LOCAL_STACK',
      `The folder ${home} cannot be written (${code ?? String(error)}): set EMAIL_SCHEDULER_HOME to a folder that can.`,
      { place: home },
      { cause: error },
    );
  }
}

/** Refuses a home folder that PostgreSQL's user cannot reach. */
export function assertReachable(home: string, user: ServerUser | undefined): void {
  if (user === undefined || canReach(user, home)) return;
  throw new SchedulerError(
    'LOCAL_STACK',
    `PostgreSQL does not run as root, and the user ${user.name} cannot reach ${home}: set EMAIL_SCHEDULER_HOME to a folder that every user can reach, such as ${SHARED_FOLDER}, or give a database with DATABASE_URL.`,
    { place: home },
  );
}

export function logFolder(home: string): string {
  return join(home, 'log');
}
