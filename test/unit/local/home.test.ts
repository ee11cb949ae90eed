import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { assertReachable, defaultHome, prepareHome } from '../../../src/local/home.ts';
import { temporaryFolder } from './folder.ts';

const NOBODY = { name: 'nobody', uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;

test('the home is .local in the checkout', () => {
  expect(defaultHome('/somewhere/checkout', undefined)).toEqual({ home: '/somewhere/checkout/.local' });
});

test('a home is made with a log folder, closed to others, and no trace of the proof', () => {
  const home = join(temporaryFolder(), 'new', 'home');
  prepareHome(home, undefined);
  expect(readdirSync(home)).toEqual(['log']);
  expect(statSync(home).mode & 0o077).toBe(0);
});

test('PostgreSQL’s user may pass through the home', () => {
  const home = join(temporaryFolder(), 'home');
  prepareHome(home, NOBODY);
  expect(statSync(home).mode & 0o077).toBe(0o011);
});

test('a home that cannot be written is refused with what to do', () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(() => {
    prepareHome(join(file, 'home'), undefined);
  }).toThrow(/file\/home cannot be written \(ENOTDIR\): set EMAIL_SCHEDULER_HOME/);
});

describe.runIf(isRoot)('for root, whose PostgreSQL runs as another user', () => {
  function closedFolder(): string {
    const folder = join(temporaryFolder(), 'closed');
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  }

  test('the default home is elsewhere if that user cannot reach the checkout, which is said', () => {
    const checkout = join(closedFolder(), 'checkout');
    const { home, note } = defaultHome(checkout, NOBODY);
    expect(home).toMatch(/^\/var\/lib\/email-scheduler\/checkout-[0-9a-f]{8}$/);
    expect(note).toContain(`data is kept in ${home}`);
    expect(home).not.toBe(defaultHome(join(closedFolder(), 'checkout'), NOBODY).home);
    expect(existsSync(home)).toBe(false);
  });

  test('a home of the user’s choice is refused if that user cannot reach it', () => {
    const home = join(closedFolder(), 'home');
    expect(() => {
      assertReachable(home, NOBODY);
    }).toThrow(/the user nobody cannot reach .*closed\/home: set EMAIL_SCHEDULER_HOME/);
  });
});
