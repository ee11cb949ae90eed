import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SchedulerError } from '../contracts/errors.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/search-attributes.ts';
import { lastLogLines, logFileOf, readLogFrom, sizeOf } from './logs.ts';
import { isPortFree, LOOPBACK } from './ports.ts';
import { endProcess, findProcesses, isAlive, startServerProcess, type ProcessMark } from './processes.ts';
import { reportWhile, type Report } from './report.ts';

export interface TemporalPorts {
  readonly temporal: number;
  readonly temporalWeb: number;
}

export interface TemporalOptions {
  readonly home: string;
  readonly binary: string;
  readonly namespace: string;
  readonly report: Report;
  /** Asked anew after another program took a port in between. */
  readonly choosePorts: () => Promise<TemporalPorts>;
  /** Told of each process as soon as there is one, before it is ready. */
  readonly onProcess: (running: RunningTemporal) => void;
  readonly signal: AbortSignal;
}

export interface RunningTemporal {
  readonly process: ProcessMark;
  readonly ports: TemporalPorts;
}

const STARTS_TRIED = 10;
/** Another server has the file; one that a killed run left may have come up only now. */
const DATABASE_LOCKED = 'SQLITE_BUSY';
const POLL_MS = 50;
const CONNECT_MS = 5_000;
/** Closed workflows are kept for a week; the development server's own default is a day. */
const RETENTION = '168h';

/** Starts Temporal's server for one machine on the home's database. */
export async function startTemporal(options: TemporalOptions): Promise<RunningTemporal> {
  const logFile = logFileOf(options.home, 'temporal');
  let offsetBytes = 0;
  for (let start = 0; start < STARTS_TRIED; start++) {
    const ports = await options.choosePorts();
    offsetBytes = sizeOf(logFile);
    const process = await startServerProcess({
      command: options.binary,
      args: serverArguments(options, ports),
      env: cliEnvironment(options.home),
      logFile,
    });
    options.onProcess({ process, ports });
    try {
      const ready = await reportWhile(
        options.report,
        () => `Temporal starts: see ${logFile}`,
        () => waitUntilReady(process, () => readLogFrom(logFile, offsetBytes), options.signal),
      );
      if (ready) {
        await setRetention(options, ports.temporal);
        return { process, ports };
      }
    } catch (error) {
      await stopTemporal(process);
      throw error;
    }
    if (readLogFrom(logFile, offsetBytes).includes(DATABASE_LOCKED)) {
      await endUnknownTemporal(options.home);
      continue;
    }
    if ((await isPortFree(ports.temporal)) && (await isPortFree(ports.temporalWeb))) break;
  }
  throw new SchedulerError(
    'LOCAL_STACK',
    `Temporal does not start: ${lastLogLines(logFile, offsetBytes)} (whole log: ${logFile}).`,
  );
}

function databaseArguments(home: string): readonly [string, string] {
  return ['--db-filename', join(home, 'temporal.db')];
}

/** A run that was killed between starting the server and noting it has left one that nobody knows of. */
export async function endUnknownTemporal(home: string): Promise<void> {
  for (const process of findProcesses(databaseArguments(home).join(' '))) await stopTemporal(process);
}

/** Goes on with the server that a killed run left; one that does not do its work is ended. */
export async function takeOverTemporal(
  options: Pick<TemporalOptions, 'home' | 'binary' | 'namespace'>,
  left: RunningTemporal,
): Promise<RunningTemporal | undefined> {
  try {
    // The run may have been killed before it could do this; and it shows that the server works.
    await setRetention(options, left.ports.temporal);
    return left;
  } catch {
    await stopTemporal(left.process);
    return undefined;
  }
}

export async function stopTemporal(process: ProcessMark): Promise<void> {
  await endProcess(process, [
    { signal: 'SIGTERM', graceMs: 15_000 },
    { signal: 'SIGKILL', graceMs: 5_000 },
  ]);
}

/** Whether something listens at an address, HOST:PORT. */
async function answers(address: string): Promise<boolean> {
  const [, host, port] = /^(.*):(\d+)$/.exec(address) ?? [];
  if (host === undefined || port === undefined) return false;
  const socket = connect({ host, port: Number(port), timeout: CONNECT_MS });
  const connected = await new Promise<boolean>((resolve) => {
    for (const [event, result] of [
      ['connect', true],
      ['error', false],
      ['timeout', false],
    ] as const) {
      socket.once(event, () => {
        resolve(result);
      });
    }
  });
  socket.destroy();
  return connected;
}

/** Proves that a server that was given is there. */
export async function assertTemporalAnswers(address: string): Promise<void> {
  if (await answers(address)) return;
  throw new SchedulerError(
    'LOCAL_STACK',
    `The Temporal server that TEMPORAL_ADDRESS names, ${address}, does not answer: start it, or correct TEMPORAL_ADDRESS (HOST:PORT), or unset it to have a local one.`,
    { place: 'TEMPORAL_ADDRESS', value: address },
  );
}

function serverArguments(options: TemporalOptions, ports: TemporalPorts): string[] {
  return [
    ...['server', 'start-dev', '--ip', LOOPBACK],
    ...['--port', String(ports.temporal), '--ui-port', String(ports.temporalWeb)],
    // Its SQLite file is the record of every run: a commit must survive a loss of power.
    ...databaseArguments(options.home),
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=FULL'],
    ...['--namespace', options.namespace, '--log-level', 'warn', '--ui-disable-news-fetch'],
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => ['--search-attribute', `${name}=${type}`]),
  ];
}

/**
 * The server prints its addresses when it listens on all of them. A connection would prove less: the
 * server of another stack, started at the same moment, may have been quicker at this port.
 */
async function waitUntilReady(
  process: ProcessMark,
  readLog: () => string,
  signal: AbortSignal,
): Promise<boolean> {
  while (isAlive(process)) {
    if (readLog().includes('Temporal Server:')) return true;
    await delay(POLL_MS, undefined, { signal });
  }
  return false;
}

async function setRetention(
  options: Pick<TemporalOptions, 'home' | 'binary' | 'namespace'>,
  port: number,
): Promise<void> {
  const args = [
    'operator',
    'namespace',
    'update',
    '--namespace',
    options.namespace,
    '--retention',
    RETENTION,
  ];
  await promisify(execFile)(options.binary, [...args, '--address', `${LOOPBACK}:${port}`], {
    env: cliEnvironment(options.home),
    timeout: CONNECT_MS,
  });
}

/** Nothing of the caller's: TEMPORAL_* variables and profiles would change addresses and namespaces. */
function cliEnvironment(home: string): Record<string, string> {
  return { PATH: '/usr/bin:/bin', HOME: home, TZ: 'UTC' };
}
