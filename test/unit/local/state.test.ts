import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { claim } from '../../../src/local/claim.ts';
import { markProcess } from '../../../src/local/processes.ts';
import {
  noteAddresses,
  notePorts,
  noteProcess,
  noteStopped,
  OWNER_CLAIM,
  readState,
  runningAddresses,
} from '../../../src/local/state.ts';
import { temporaryFolder } from './folder.ts';

const ADDRESSES = {
  databaseUrl: 'postgresql://someone:secret@127.0.0.1:5433/email_scheduler',
  temporalAddress: '127.0.0.1:7233',
  temporalWeb: 'http://127.0.0.1:8233',
  namespace: 'default',
};
const GONE = { pid: process.pid, startedAt: 'a start before this one' };

function livingMark() {
  const mark = markProcess(process.pid);
  if (mark === undefined) throw new Error('This process has no mark.');
  return mark;
}

test('what was noted is read again', () => {
  const home = temporaryFolder();
  noteProcess(home, 'postgres', GONE);
  noteProcess(home, 'temporal', GONE);
  notePorts(home, { postgres: 5433 });
  notePorts(home, { temporal: 7233 });
  noteAddresses(home, ADDRESSES);
  expect(readState(home)).toEqual({
    ports: { postgres: 5433, temporal: 7233 },
    processes: { postgres: GONE, temporal: GONE },
    addresses: ADDRESSES,
  });
});

test('a stack that was stopped keeps its ports and nothing else', () => {
  const home = temporaryFolder();
  noteProcess(home, 'postgres', GONE);
  notePorts(home, { postgres: 5433 });
  noteAddresses(home, ADDRESSES);
  noteStopped(home);
  expect(readState(home)).toEqual({ ports: { postgres: 5433 }, processes: {} });
});

test('nobody else can read the password in the state file', () => {
  const home = temporaryFolder();
  noteAddresses(home, ADDRESSES);
  expect(statSync(join(home, 'state.json')).mode & 0o077).toBe(0);
});

test.each([
  ['missing', undefined],
  ['empty', ''],
  ['cut short', '{"ports":{"postg'],
  ['null', 'null'],
])('a state file that is %s tells nothing', (_, content) => {
  const home = temporaryFolder();
  if (content !== undefined) writeFileSync(join(home, 'state.json'), content);
  expect(readState(home)).toEqual({ ports: {}, processes: {} });
  expect(runningAddresses(home)).toEqual({});
});

test('addresses of processes that live are good, even if the process that started them was killed', () => {
  const home = temporaryFolder();
  noteAddresses(home, ADDRESSES);
  noteProcess(home, 'postgres', livingMark());
  noteProcess(home, 'temporal', GONE);
  expect(runningAddresses(home)).toEqual({ databaseUrl: ADDRESSES.databaseUrl });
});

test('addresses are good while the stack has an owner, who starts again what died', () => {
  const home = temporaryFolder();
  noteAddresses(home, ADDRESSES);
  noteProcess(home, 'postgres', GONE);
  claim(home, OWNER_CLAIM);
  expect(runningAddresses(home)).toEqual(ADDRESSES);
});

test('the API is at the port that was noted for it, while it lives or is started again', () => {
  const home = temporaryFolder();
  noteAddresses(home, ADDRESSES);
  notePorts(home, { api: 8301 });
  noteProcess(home, 'api', GONE);
  expect(runningAddresses(home)).toEqual({});
  noteProcess(home, 'api', livingMark());
  expect(runningAddresses(home)).toEqual({ api: 'http://127.0.0.1:8301' });
  noteProcess(home, 'api', GONE);
  claim(home, OWNER_CLAIM);
  expect(runningAddresses(home)).toEqual({ ...ADDRESSES, api: 'http://127.0.0.1:8301' });
});
