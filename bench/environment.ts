/** Where and on what was measured: without it a number says nothing. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem, type } from 'node:os';
import { promisify } from 'node:util';
import type { Pool } from 'pg';
import { CHECKOUT } from '../src/cli/environment.ts';
import { SchedulerError } from '../src/contracts/errors.ts';
import type { BenchStack } from './stack.ts';

export interface Machine {
  readonly startedAt: string;
  /** `null` where this is no git checkout; `-dirty`: with changes that are not committed. */
  readonly commit: string | null;
  readonly processor: string;
  readonly processors: number;
  readonly memoryBytes: number;
  /** Of the last minute, when the measurement began. */
  readonly loadAverage: number;
  readonly system: string;
  readonly node: string;
}

export interface Servers {
  readonly postgres: { readonly version: string; readonly settings: Readonly<Record<string, string>> };
  readonly temporal: { readonly version: string };
  /** Of the folder with PostgreSQL's data; `null` where the operating system does not tell. */
  readonly fileSystem: string | null;
}

/** Without them a commit is none, and the numbers are of another program. */
const SAFE_SETTINGS = ['fsync', 'full_page_writes', 'synchronous_commit'] as const;
const NOTED_SETTINGS = [
  ...SAFE_SETTINGS,
  'wal_level',
  'shared_buffers',
  'max_wal_size',
  'maintenance_work_mem',
];
/** Above this, other programs have a part in the numbers. */
const QUIET_LOAD_PER_PROCESSOR = 0.5;

export async function readMachine(): Promise<Machine> {
  const [processor] = cpus();
  return {
    startedAt: new Date().toISOString(),
    commit: await readCommit(),
    processor: processor?.model ?? 'unknown',
    processors: cpus().length,
    memoryBytes: totalmem(),
    loadAverage: loadavg()[0]!,
    system: `${type()} ${release()}`,
    node: process.versions.node,
  };
}

/** What a reader of the numbers has to know. */
export function warningsOf(machine: Machine, servers?: Servers): string[] {
  const warnings: string[] = [];
  if (machine.loadAverage > QUIET_LOAD_PER_PROCESSOR * machine.processors) {
    warnings.push(
      `The load average was ${machine.loadAverage.toFixed(2)} on ${machine.processors} processors at the start: other programs have a part in these numbers. Measure on a quiet machine.`,
    );
  }
  if (servers?.fileSystem === 'tmpfs') {
    warnings.push(
      'PostgreSQL kept its data in memory (tmpfs), where a commit costs next to nothing: set TMPDIR to a folder on a disk.',
    );
  }
  return warnings;
}

export async function readServers({ owner, temporal, folder }: BenchStack): Promise<Servers> {
  const { serverVersion } = await temporal.workflowService.getSystemInfo({});
  return {
    postgres: { version: await showSetting(owner, 'server_version'), settings: await readSettings(owner) },
    temporal: { version: serverVersion },
    fileSystem: fileSystemOf(folder),
  };
}

/** @throws SchedulerError LOCAL_STACK if PostgreSQL may lose what it has committed */
export function assertSafe(settings: Readonly<Record<string, string>>): void {
  const off = SAFE_SETTINGS.filter((name) => settings[name] !== 'on');
  if (off.length === 0) return;
  const found = off.map((name) => `${name} = ${settings[name]}`).join(', ');
  throw new SchedulerError(
    'LOCAL_STACK',
    `PostgreSQL runs with ${found}: nothing is measured unless ${SAFE_SETTINGS.join(', ')} are on, as they are for real data.`,
    { place: off.join(', '), value: found, allowed: 'on' },
  );
}

async function readSettings(owner: Pool): Promise<Record<string, string>> {
  const settings: Record<string, string> = {};
  for (const name of NOTED_SETTINGS) settings[name] = await showSetting(owner, name);
  return settings;
}

async function showSetting(owner: Pool, name: string): Promise<string> {
  const { rows } = await owner.query<{ value: string }>('SELECT current_setting($1) AS value', [name]);
  return rows[0]!.value;
}

async function readCommit(): Promise<string | null> {
  try {
    const { stdout } = await promisify(execFile)('git', ['describe', '--always', '--dirty', '--abbrev=12'], {
      cwd: CHECKOUT,
    });
    return stdout.trim();
  } catch {
    return null;
  }
}

/** The type of the mount that the folder lies in: of tmpfs, what PostgreSQL writes never reaches a disk. */
function fileSystemOf(folder: string): string | null {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string, string])
      .filter(([, point]) => `${folder}/`.startsWith(point === '/' ? '/' : `${point}/`));
    return mounts.toSorted(([, a], [, b]) => b.length - a.length)[0]?.[2] ?? null;
  } catch {
    return null;
  }
}
