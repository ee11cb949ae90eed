/**
 * A PostgreSQL and a Temporal of a test's own, each to be killed with -9 and started again where it was.
 * They listen on loopback, in a folder that `stop` removes, and end with this process whatever happens.
 * In `npm run test:production` they are those of docker-compose.yml, Temporal's databases in PostgreSQL.
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
import { postgresSettings } from './compose-file.ts';
import { ProductionTemporal } from './production/production-temporal.ts';

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

/** Temporal's server for one machine, or all of docker-compose.yml (vitest.config.ts, mode `production`). */
type ServerKind = 'local' | 'production';
const KIND: ServerKind = process.env.TEST_SERVERS === 'production' ? 'production' : 'local';

const AT_ONCE = [{ signal: 'SIGKILL', graceMs: 10_000 }] as const;
const never = new AbortController().signal;
const quiet = (): void => undefined;

export async function startPrivateServers(
  kind: ServerKind = KIND,
  report: (line: string) => void = quiet,
): Promise<PrivateServers> {
  const home = mkdtempSync(join(tmpdir(), 'email-scheduler-private-'));
  const { running, stop } = endWithUs(home);
  try {
    // As root, PostgreSQL runs as another user, who must reach its folder.
    chmodSync(home, 0o755);
    prepareHome(home, serverUser());
    if (kind === 'production') {
      const postgres = await privatePostgres(home, running, postgresSettings());
      const temporal = await productionTemporal(home, running, postgres.databaseUrl, report);
      return { postgres, temporal, stop };
    }
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

/** Servers that `stop` ends, or the end of this process; the folder goes with them. */
function endWithUs(home: string): { running: Set<ProcessMark>; stop: () => Promise<void> } {
  const running = new Set<ProcessMark>();
  const endNow = (): void => {
    for (const { pid } of [...running].filter(isAlive)) process.kill(pid, 'SIGKILL');
    rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  };
  process.once('exit', endNow);
  const stop = async (): Promise<void> => {
    for (const mark of running) await endProcess(mark, AT_ONCE);
    process.off('exit', endNow);
    rmSync(home, { recursive: true, force: true });
  };
  return { running, stop };
}

async function privatePostgres(
  home: string,
  running: Set<ProcessMark>,
  settings: Readonly<Record<string, string>> = {},
): Promise<PrivateServers['postgres']> {
  const port = await anyFreePort();
  const start = () =>
    startPostgres({ home, settings, report: quiet, signal: never, choosePort: () => Promise.resolve(port) });
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

async function productionTemporal(
  home: string,
  running: Set<ProcessMark>,
  databaseUrl: string,
  report: (line: string) => void,
): Promise<PrivateServers['temporal']> {
  const folder = join(home, 'temporal');
  mkdirSync(folder);
  const temporal = await ProductionTemporal.prepare({
    ...{ folder, databaseUrl, report },
    cli: await temporalBinary(),
  });
  const start = () => temporal.start((server) => running.add(server));
  const first = await start();
  await temporal.createNamespace();
  return { address: temporal.address, ...killable(first, running, start) };
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

interface LoneTemporal {
  readonly address: string;
  readonly stop: () => Promise<void>;
}

/** A Temporal alone that suggests a fresh history after so many events; the default is 4,096. */
export async function startTemporalWithShortHistories(suggestedAtEvents: number): Promise<LoneTemporal> {
  const home = mkdtempSync(join(tmpdir(), 'email-scheduler-private-'));
  const { running, stop } = endWithUs(home);
  const start = KIND === 'production' ? startProductionWithSetting : startLocalWithSetting;
  const setting = { name: 'limit.historyCount.suggestContinueAsNew', value: suggestedAtEvents };
  return { address: await start(home, setting, running), stop };
}

interface DynamicSetting {
  readonly name: string;
  readonly value: number;
}

async function startLocalWithSetting(
  home: string,
  { name, value }: DynamicSetting,
  running: Set<ProcessMark>,
): Promise<string> {
  prepareHome(home, undefined);
  const binary = join(home, 'temporal');
  const argument = `--dynamic-config-value ${name}=${value}`;
  const real = await temporalBinary();
  writeFileSync(binary, `#!/bin/sh\n[ "$1" = server ] && set -- "$@" ${argument}\nexec ${real} "$@"\n`);
  chmodSync(binary, 0o755);
  const ports = { temporal: await anyFreePort(), temporalWeb: await anyFreePort() };
  await startTemporal({
    ...{ home, binary, namespace: 'default', report: quiet, signal: never },
    choosePorts: () => Promise.resolve(ports),
    onProcess: ({ process: server }) => running.add(server),
  });
  return `${LOOPBACK}:${ports.temporal}`;
}

/** On the tests' own PostgreSQL, which goes away with its databases. */
async function startProductionWithSetting(
  home: string,
  { name, value }: DynamicSetting,
  running: Set<ProcessMark>,
): Promise<string> {
  const temporal = await ProductionTemporal.prepare({
    folder: home,
    databaseUrl: process.env.DATABASE_URL ?? '',
    cli: await temporalBinary(),
    databaseSuffix: `_${randomBytes(4).toString('hex')}`,
    moreDynamicConfig: `${name}:\n  - value: ${value}`,
  });
  await temporal.start((server) => running.add(server));
  await temporal.createNamespace();
  return temporal.address;
}
