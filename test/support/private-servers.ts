/**
 * A PostgreSQL and a Temporal of a test's own, each to be killed with -9 and started again where it was.
 * They listen on loopback, in a folder that `stop` removes, and end with this process whatever happens.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { readLocalEnvironment } from '../../src/local/environment.ts';
import { prepareHome } from '../../src/local/home.ts';
import { anyFreePort, LOOPBACK } from '../../src/local/ports.ts';
import { startPostgres } from '../../src/local/postgres.ts';
import { endProcess, isAlive, type ProcessMark } from '../../src/local/processes.ts';
import { serverUser } from '../../src/local/server-user.ts';
import { startTemporal } from '../../src/local/temporal.ts';
import { findTemporalBinary } from '../../src/local/temporal-binary.ts';

interface PrivateServer {
  readonly kill: () => Promise<void>;
  /** On the same port and data. */
  readonly startAgain: () => Promise<void>;
}

export interface PrivateServers {
  readonly postgres: PrivateServer & { readonly databaseUrl: string };
  readonly temporal: PrivateServer & { readonly address: string };
  readonly stop: () => Promise<void>;
}

const AT_ONCE = [{ signal: 'SIGKILL', graceMs: 10_000 }] as const;
const never = new AbortController().signal;
const quiet = (): void => undefined;

export async function startPrivateServers(): Promise<PrivateServers> {
  const home = mkdtempSync(join(tmpdir(), 'email-scheduler-private-'));
  const running = new Set<ProcessMark>();
  const endNow = (): void => {
    for (const { pid } of [...running].filter(isAlive)) process.kill(pid, 'SIGKILL');
  };
  process.once('exit', endNow);
  const stop = async (): Promise<void> => {
    for (const mark of running) await endProcess(mark, AT_ONCE);
    process.off('exit', endNow);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    // As root, PostgreSQL runs as another user, who must reach its folder.
    chmodSync(home, 0o755);
    prepareHome(home, serverUser());
    const [postgres, temporal] = await Promise.all([
      privatePostgres(home, running),
      privateTemporal(home, running),
    ]);
    return { postgres, temporal, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function privatePostgres(home: string, running: Set<ProcessMark>): Promise<PrivateServers['postgres']> {
  const port = await anyFreePort();
  const start = () =>
    startPostgres({ home, report: quiet, signal: never, choosePort: () => Promise.resolve(port) });
  const { process, databaseUrl } = await start();
  return { databaseUrl, ...killable(process, running, async () => (await start()).process) };
}

async function privateTemporal(home: string, running: Set<ProcessMark>): Promise<PrivateServers['temporal']> {
  const ports = { temporal: await anyFreePort(), temporalWeb: await anyFreePort() };
  const binary = await temporalBinary();
  const start = async (): Promise<ProcessMark> => {
    const { process } = await startTemporal({
      ...{ home, binary, namespace: 'default', report: quiet, signal: never },
      choosePorts: () => Promise.resolve(ports),
      onProcess: ({ process: mark }) => running.add(mark),
    });
    return process;
  };
  return { address: `${LOOPBACK}:${ports.temporal}`, ...killable(await start(), running, start) };
}

function killable(
  first: ProcessMark,
  running: Set<ProcessMark>,
  start: () => Promise<ProcessMark>,
): PrivateServer {
  let current = first;
  running.add(current);
  return {
    kill: async () => {
      await endProcess(current, AT_ONCE);
      running.delete(current);
    },
    startAgain: async () => {
      current = await start();
      running.add(current);
    },
  };
}

export function temporalBinary(): Promise<string> {
  const environment = readLocalEnvironment(process.env, homedir());
  return findTemporalBinary({ environment, report: quiet, signal: never });
}

/** A Temporal alone that suggests a fresh history after so many events; the default is 4,096. */
export async function startTemporalWithShortHistories(
  suggestedAtEvents: number,
): Promise<{ readonly address: string; readonly stop: () => Promise<void> }> {
  const home = mkdtempSync(join(tmpdir(), 'email-scheduler-private-'));
  prepareHome(home, undefined);
  const binary = join(home, 'temporal');
  const limit = `--dynamic-config-value limit.historyCount.suggestContinueAsNew=${suggestedAtEvents}`;
  const real = await temporalBinary();
  writeFileSync(binary, `#!/bin/sh\n[ "$1" = server ] && set -- "$@" ${limit}\nexec ${real} "$@"\n`);
  chmodSync(binary, 0o755);
  const ports = { temporal: await anyFreePort(), temporalWeb: await anyFreePort() };
  const { process: server } = await startTemporal({
    ...{ home, binary, namespace: 'default', report: quiet, signal: never },
    choosePorts: () => Promise.resolve(ports),
    onProcess: quiet,
  });
  return {
    address: `${LOOPBACK}:${ports.temporal}`,
    stop: async () => {
      await endProcess(server, AT_ONCE);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
