import { spawn } from 'node:child_process';
import { expect, onTestFinished, test } from 'vitest';
import { markProcess, type ProcessMark } from '../../../src/local/processes.ts';
import { supervise } from '../../../src/local/supervise.ts';

function sleeper(): ProcessMark {
  const child = spawn('sleep', ['60']);
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const mark = markProcess(child.pid ?? 0);
  if (mark === undefined) throw new Error('The child has no mark.');
  return mark;
}

test('a process that ends is started again at once, and after a pause the next time; each is said', async () => {
  const lines: string[] = [];
  const first = sleeper();
  const supervision = supervise({
    name: 'The server',
    process: first,
    restart: () => Promise.resolve(sleeper()),
    report: (line) => {
      lines.push(line);
    },
  });
  process.kill(first.pid, 'SIGKILL');
  await expect.poll(() => supervision.current().pid, { timeout: 5_000 }).not.toBe(first.pid);
  const second = supervision.current();
  process.kill(second.pid, 'SIGKILL');
  await expect.poll(() => supervision.current().pid, { timeout: 5_000 }).not.toBe(second.pid);
  expect(lines).toEqual([
    `The server (process ${first.pid}) ended; starting it again.`,
    `The server (process ${second.pid}) ended; starting it again in 1 s.`,
  ]);
  await supervision.stop();
});

test('a process that cannot be started again is tried later, and why is said', async () => {
  const lines: string[] = [];
  const first = sleeper();
  let tries = 0;
  const supervision = supervise({
    name: 'The server',
    process: first,
    restart: () => (tries++ === 0 ? Promise.reject(new Error('no room')) : Promise.resolve(sleeper())),
    report: (line) => {
      lines.push(line);
    },
  });
  process.kill(first.pid, 'SIGKILL');
  await expect.poll(() => supervision.current().pid, { timeout: 5_000 }).not.toBe(first.pid);
  expect(lines[1]).toBe('The server could not be started again: no room');
  await supervision.stop();
});

test('a process that is stopped on purpose is not started again', async () => {
  const first = sleeper();
  let restarts = 0;
  const supervision = supervise({
    name: 'The server',
    process: first,
    restart: () => {
      restarts++;
      return Promise.resolve(sleeper());
    },
    report: () => undefined,
  });
  await supervision.stop();
  process.kill(first.pid, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 800));
  expect(restarts).toBe(0);
});
