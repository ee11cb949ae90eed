import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { claimHolder } from './claim.ts';
import { LOOPBACK } from './ports.ts';
import { isAlive, type ProcessMark } from './processes.ts';

/** The name of the claim that the one process holds which may change the state. */
export const OWNER_CLAIM = 'owner';

export type ServiceName = 'postgres' | 'temporal' | 'worker' | 'api';
export type PortName = 'postgres' | 'temporal' | 'temporalWeb' | 'api';

export interface StackAddresses {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  /** Nobody tells where the Web UI of a given server is. */
  readonly temporalWeb: string | null;
  readonly namespace: string;
}

/** What runs from a home folder, and the ports that it prefers the next time. */
export interface StackState {
  readonly ports: Readonly<Partial<Record<PortName, number>>>;
  readonly processes: Readonly<Partial<Record<ServiceName, ProcessMark>>>;
  /** Absent until everything runs, and after it was stopped. */
  readonly addresses?: StackAddresses;
}

const EMPTY: StackState = { ports: {}, processes: {} };

/** A file that is missing or was cut short by a full disk tells nothing, and is no reason to fail. */
export function readState(home: string): StackState {
  try {
    const state = JSON.parse(readFileSync(stateFile(home), 'utf8')) as Partial<StackState> | null;
    return { ...EMPTY, ...state };
  } catch {
    return EMPTY;
  }
}

/** Changes the state of a home; only its owner does (claim.ts). */
function changeState(home: string, change: (state: StackState) => StackState): void {
  const draft = `${stateFile(home)}.${process.pid}`;
  // Readable by its owner only: the database's URL has its password.
  writeFileSync(draft, `${JSON.stringify(change(readState(home)), null, 2)}\n`, { mode: 0o600 });
  renameSync(draft, stateFile(home));
}

export function noteProcess(home: string, service: ServiceName, process: ProcessMark): void {
  changeState(home, (state) => ({ ...state, processes: { ...state.processes, [service]: process } }));
}

export function notePorts(home: string, ports: Partial<Record<PortName, number>>): void {
  changeState(home, (state) => ({ ...state, ports: { ...state.ports, ...ports } }));
}

export function noteAddresses(home: string, addresses: StackAddresses): void {
  changeState(home, (state) => ({ ...state, addresses }));
}

/** Everything was stopped; its ports are preferred the next time. */
export function noteStopped(home: string): void {
  changeState(home, ({ ports }) => ({ ports, processes: {} }));
}

function stateFile(home: string): string {
  return join(home, 'state.json');
}

/** The addresses that are good now: nothing that was stopped or has died, even if the state still names it. */
export function runningAddresses(home: string): Partial<StackAddresses & { readonly api: string }> {
  const { addresses, processes, ports } = readState(home);
  if (addresses === undefined) return {};
  const hasOwner = claimHolder(home, OWNER_CLAIM) !== undefined;
  // A part that was given to the stack has no process here; then the owner vouches for it.
  const runs = (service: ServiceName): boolean => {
    const process = processes[service];
    return hasOwner || (process !== undefined && isAlive(process));
  };
  const { databaseUrl, temporalAddress, temporalWeb, namespace } = addresses;
  return {
    ...(runs('postgres') ? { databaseUrl } : {}),
    ...(runs('temporal') ? { temporalAddress, temporalWeb, namespace } : {}),
    ...(runs('api') && ports.api !== undefined ? { api: localApi(ports.api) } : {}),
  };
}

/** The address of an API that runs here. */
export function localApi(port: number): string {
  return `http://${LOOPBACK}:${port}`;
}
