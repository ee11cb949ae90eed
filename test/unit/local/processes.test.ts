import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  commandLine,
  endProcess,
  findProcesses,
  isAlive,
  markProcess,
  startServerProcess,
} from '../../../src/local/processes.ts';
import { temporaryFolder } from './folder.ts';

function ownMark() {
  const mark = markProcess(process.pid);
  if (mark === undefined) throw new Error('This process has no mark.');
  return mark;
}

test('a running process is alive by its mark', () => {
  expect(isAlive(ownMark())).toBe(true);
});

test('a process id that was given to a later process is not taken for the earlier one', () => {
  expect(isAlive({ pid: process.pid, startedAt: 'a start before this one' })).toBe(false);
});

test('a process that nobody has waited for yet has ended', async () => {
  // The shell is stopped before it can wait for its child, which so stays a zombie.
  const shell = spawn('/bin/sh', ['-c', 'true & echo $!; kill -STOP $$'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const [printed] = (await once(shell.stdout, 'data')) as [Buffer];
  const pid = Number(printed.toString());
  await expect.poll(() => markProcess(pid)).toBeUndefined();
  shell.kill('SIGKILL');
});

test('the command line of a process names its arguments', () => {
  expect(commandLine(process.pid)).toContain('node');
});

test('a process that does not listen to the first signal gets the next one', async () => {
  const child = spawn(process.execPath, [
    '-e',
    'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)',
  ]);
  await once(child.stdout, 'data');
  const mark = markProcess(child.pid ?? 0);
  if (mark === undefined) throw new Error('The child has no mark.');
  await endProcess(mark, [
    { signal: 'SIGTERM', graceMs: 200 },
    { signal: 'SIGKILL', graceMs: 5_000 },
  ]);
  expect(isAlive(mark)).toBe(false);
});

test('a server process writes to its log file and has its environment only', async () => {
  const logFile = join(temporaryFolder(), 'server.log');
  const mark = await startServerProcess({
    command: '/bin/sh',
    args: ['-c', 'echo "$GREETING, ${HOME:-homeless}"; echo trouble >&2'],
    env: { GREETING: 'hello' },
    logFile,
  });
  await expect.poll(() => isAlive(mark)).toBe(false);
  expect(readFileSync(logFile, 'utf8')).toBe('hello, homeless\ntrouble\n');
});

test('a program that does not exist cannot be started', async () => {
  const logFile = join(temporaryFolder(), 'server.log');
  const start = startServerProcess({ command: '/does/not/exist', args: [], env: {}, logFile });
  await expect(start).rejects.toThrow('ENOENT');
});

test('a process is found by its command line, whoever started it', async () => {
  const text = `unknown-server-${process.pid}`;
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', '--', text]);
  await once(child, 'spawn');
  try {
    expect(findProcesses(text).map(({ pid }) => pid)).toEqual([child.pid]);
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  expect(findProcesses(text)).toEqual([]);
});
