import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimHolder } from '../local/claim.ts';
import { stopPostgres } from '../local/postgres.ts';
import { findPostmaster } from '../local/postmaster.ts';
import { endProcess, isAlive } from '../local/processes.ts';
import type { Report } from '../local/report.ts';
import { startStack, type LocalStack } from '../local/stack.ts';
import { OWNER_CLAIM, readState } from '../local/state.ts';
import { stopTemporal } from '../local/temporal.ts';
import { readEnvironment } from './environment.ts';

const PREFIX = 'email-scheduler-test-';

/** A stack on ports and in a folder of its own; `stop` removes the folder, too. */
export async function startThrowAwayStack(options: {
  readonly report: Report;
  readonly signal?: AbortSignal;
}): Promise<LocalStack> {
  await removeLeftStacks();
  const home = mkdtempSync(join(tmpdir(), PREFIX));
  const remove = (): void => {
    rmSync(home, { recursive: true, force: true });
  };
  try {
    const stack = await startStack({
      ...options,
      home,
      ports: 'any',
      environment: {
        ...readEnvironment(),
        databaseUrl: undefined,
        temporalAddress: undefined,
        namespace: 'default',
      },
    });
    return {
      ...stack,
      stop: async () => {
        await stack.stop();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

/** Ends and removes the throw-away stacks whose test run or measurement was killed. */
async function removeLeftStacks(): Promise<void> {
  const homes = readdirSync(tmpdir()).filter((name) => name.startsWith(PREFIX));
  for (const home of homes.map((name) => join(tmpdir(), name))) {
    if (!wasClaimed(home) || claimHolder(home, OWNER_CLAIM) !== undefined) continue;
    const { worker, temporal } = readState(home).processes;
    if (worker !== undefined) await endProcess(worker, [{ signal: 'SIGKILL', graceMs: 5_000 }]);
    if (temporal !== undefined && isAlive(temporal)) await stopTemporal(temporal);
    const postgres = findPostmaster(join(home, 'postgres'));
    if (postgres !== undefined) await stopPostgres(postgres.process);
    rmSync(home, { recursive: true, force: true });
  }
}

/** A folder that was made a moment ago has no owner yet, and is not a left one. */
function wasClaimed(home: string): boolean {
  return readdirSync(home).some((name) => name.startsWith(`${OWNER_CLAIM}.`));
}
