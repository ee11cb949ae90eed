import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SchedulerError } from '../contracts/errors.ts';
import { logFileOf } from '../local/logs.ts';
import { startServerProcess, type ProcessMark } from '../local/processes.ts';
import type { Report } from '../local/report.ts';
import { CHECKOUT, type Addresses, type CliEnvironment } from './environment.ts';

const PROGRAM = join(CHECKOUT, 'bin/email-scheduler.mjs');

/** Where a command runs: on the addresses of a stack, otherwise as this process does. */
export interface ChildContext {
  readonly environment: CliEnvironment;
  readonly addresses: Addresses;
}

/** Runs a command of email-scheduler to its end; what it says is passed on, and is its error if it fails. */
export async function runCommand(
  context: ChildContext,
  args: readonly string[],
  options: { readonly report: Report; readonly signal: AbortSignal },
): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: variablesOf(context),
    signal: options.signal,
  });
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', options.report);
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  throw new SchedulerError(
    'LOCAL_STACK',
    `\`email-scheduler ${args.join(' ')}\` failed: ${errors.join('\n')}`,
  );
}

/** Starts a command of email-scheduler that stays; it writes to a log file in the home folder. */
export function startCommand(
  context: ChildContext,
  name: string,
  args: readonly string[],
): Promise<ProcessMark> {
  return startServerProcess({
    command: process.execPath,
    args: [PROGRAM, ...args],
    env: variablesOf(context),
    logFile: logFileOf(context.environment.home, name),
  });
}

function variablesOf({ environment, addresses }: ChildContext): Record<string, string | undefined> {
  return {
    ...environment.variables,
    EMAIL_SCHEDULER_HOME: environment.home,
    DATABASE_URL: addresses.databaseUrl,
    TEMPORAL_ADDRESS: addresses.temporalAddress,
    TEMPORAL_NAMESPACE: addresses.namespace,
    EMAIL_SCHEDULER_URL: addresses.api ?? undefined,
  };
}
