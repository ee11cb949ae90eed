import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes.ts';
import { LOOPBACK } from '../../src/local/ports.ts';
import { endProcess, isAlive } from '../../src/local/processes.ts';
import { readState, runningAddresses, type StackState } from '../../src/local/state.ts';

interface StackProcess {
  readonly child: ChildProcess;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly temporalWeb: string;
  /** What it reported. */
  readonly lines: readonly string[];
}

type LaunchedProcess = ChildProcessByStdio<null, Readable, Readable>;

const SCRIPT = fileURLToPath(new URL('stack-process.ts', import.meta.url));
const WEEK_SECONDS = 7 * 24 * 60 * 60;
const folder = mkdtempSync(join(tmpdir(), 'email-scheduler-stack-'));
// As root, PostgreSQL runs as another user, who must reach the homes in it.
chmodSync(folder, 0o755);
const first = join(folder, 'first');
const second = join(folder, 'second');

afterAll(async () => {
  for (const home of [first, second]) await killServers(readState(home));
  rmSync(folder, { recursive: true, force: true });
});

function launch(home: string, ports: 'any' | 'preferred'): { child: LaunchedProcess; lines: string[] } {
  const args = ['--import', 'tsx', SCRIPT, home, ports, homedir()];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const lines: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => lines.push(line));
  return { child, lines };
}

async function start(home: string, ports: 'any' | 'preferred' = 'any'): Promise<StackProcess> {
  const { child, lines } = launch(home, ports);
  const ended = once(child, 'exit').then(() => undefined);
  const output = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer] | undefined;
  if (output === undefined) throw new Error(`The stack did not start: ${lines.join('\n')}`);
  return { child, lines, ...(JSON.parse(output[0].toString()) as Omit<StackProcess, 'child' | 'lines'>) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

async function killServers({ processes }: StackState): Promise<void> {
  for (const mark of Object.values(processes))
    await endProcess(mark, [{ signal: 'SIGKILL', graceMs: 5_000 }]);
}

async function query(url: string, text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(text)).rows;
  } finally {
    await client.end();
  }
}

async function withTemporal<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

async function storeSomething(stack: StackProcess): Promise<void> {
  await query(stack.databaseUrl, `CREATE TABLE kept AS SELECT 'here' AS word`);
  await withTemporal(stack.temporalAddress, (client) =>
    client.workflow.start('anything', { taskQueue: 'nobody', workflowId: 'kept' }),
  );
}

async function expectStored(stack: StackProcess): Promise<void> {
  expect(await query(stack.databaseUrl, 'SELECT word FROM kept')).toEqual([{ word: 'here' }]);
  const { status } = await withTemporal(stack.temporalAddress, (client) =>
    client.workflow.getHandle('kept').describe(),
  );
  expect(status.name).toBe('RUNNING');
}

test('a stack stores, and survives kill -9 of its parent, of itself, and a stop', async () => {
  const parent = await start(first);
  await storeSomething(parent);
  await withTemporal(parent.temporalAddress, async ({ connection }) => {
    const namespace = 'default';
    const { config } = await connection.workflowService.describeNamespace({ namespace });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(WEEK_SECONDS);
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
  });
  expect((await fetch(parent.temporalWeb)).status).toBe(200);
  const { processes } = readState(first);

  await end(parent.child, 'SIGKILL');
  expect(runningAddresses(first)).toMatchObject({ databaseUrl: parent.databaseUrl });
  const heir = await start(first);
  expect(heir.lines.join('\n')).toMatch(/PostgreSQL still runs.*taken over/);
  expect(heir.lines.join('\n')).toMatch(/Temporal still runs.*taken over/);
  expect(readState(first).processes).toEqual(processes);
  await expectStored(heir);

  await end(heir.child, 'SIGKILL');
  await killServers(readState(first));
  expect(runningAddresses(first)).toEqual({});
  const recovered = await start(first);
  await expectStored(recovered);

  const last = readState(first).processes;
  await end(recovered.child, 'SIGTERM');
  expect(Object.values(last).map(isAlive)).toEqual([false, false]);
  expect(readState(first).processes).toEqual({});
  expect(runningAddresses(first)).toEqual({});
});

test('a second start on the same home is refused, and a stack on another home runs beside it', async () => {
  const one = await start(first, 'preferred');
  const refused = launch(first, 'preferred');
  expect((await once(refused.child, 'exit'))[0]).toBe(1);
  expect(refused.lines.join('\n')).toContain(
    `A local stack runs already from ${first} (process ${String(one.child.pid)})`,
  );

  const other = await start(second, 'preferred');
  expect(other.databaseUrl).not.toBe(one.databaseUrl);
  expect(await query(other.databaseUrl, `SELECT to_regclass('kept') AS kept`)).toEqual([{ kept: null }]);
  await expectStored(one);
  await Promise.all([end(one.child, 'SIGTERM'), end(other.child, 'SIGTERM')]);
});

test('a port that was taken in between is passed over', async () => {
  const { ports } = readState(first);
  const squatters = Object.values(ports).map((port) => createServer().listen(port, LOOPBACK));
  await Promise.all(squatters.map((server) => once(server, 'listening')));
  const stack = await start(first, 'preferred');
  const chosen = Object.values(readState(first).ports);
  expect(chosen.filter((port) => Object.values(ports).includes(port))).toEqual([]);
  await expectStored(stack);
  await end(stack.child, 'SIGTERM');
  for (const server of squatters) server.close();
});

test('PostgreSQL and Temporal killed under a running stack are started again where they were', async () => {
  const stack = await start(second);
  const killed = readState(second);
  await killServers(killed);
  await expect.poll(() => answersAgain(stack), { timeout: 20_000, interval: 200 }).toBe(true);
  expect(readState(second).ports).toEqual(killed.ports);
  await end(stack.child, 'SIGTERM');
});

async function answersAgain(stack: StackProcess): Promise<boolean> {
  try {
    await query(stack.databaseUrl, 'SELECT 1');
    await withTemporal(stack.temporalAddress, ({ connection }) =>
      connection.workflowService.getSystemInfo({}),
    );
    return true;
  } catch {
    return false;
  }
}

test.each([150, 600, 1_200])(
  'a start that is killed after %d ms leaves nothing in the way of the next',
  async (ms) => {
    const home = join(folder, `killed-${ms}`);
    const { child } = launch(home, 'any');
    await delay(ms);
    await end(child, 'SIGKILL');
    const stack = await start(home);
    await storeSomething(stack);
    await end(stack.child, 'SIGTERM');
    expect(existsSync(join(home, 'postgres', 'postmaster.pid'))).toBe(false);
  },
);
