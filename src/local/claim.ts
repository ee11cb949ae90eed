import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, markProcess, type ProcessMark } from './processes.ts';

/** Who has a claim, or that it is ours until we release it. */
export type ClaimResult =
  | { readonly claimed: true; readonly release: () => void }
  | { readonly claimed: false; readonly holder: ProcessMark };

/**
 * Claims a name in a folder for this process, for as long as it lives. The files are NAME.1, NAME.2 …,
 * the highest counts; a claim of a process that has ended is passed over by making the next one.
 *
 * Removing a stale file and making it anew was not taken: of two processes that both found it stale,
 * the second would remove the claim of the first. The highest file is never removed, so that of any
 * number of processes only one can make its successor.
 */
export function claim(folder: string, name: string): ClaimResult {
  const mine = markProcess(process.pid);
  if (mine === undefined) throw new Error('The operating system does not tell when this process started.');
  for (;;) {
    const latest = latestClaim(folder, name);
    const holder = latest === 0 ? undefined : readClaim(join(folder, `${name}.${latest}`));
    if (holder !== undefined && isAlive(holder)) return { claimed: false, holder };
    const file = join(folder, `${name}.${latest + 1}`);
    if (!createWhole(file, JSON.stringify(mine))) continue;
    removeBelow(folder, name, latest + 1);
    return {
      claimed: true,
      release: () => {
        replaceWhole(file, '{}');
      },
    };
  }
}

/** The process that holds the claim, if it lives. */
export function claimHolder(folder: string, name: string): ProcessMark | undefined {
  const latest = latestClaim(folder, name);
  const holder = latest === 0 ? undefined : readClaim(join(folder, `${name}.${latest}`));
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

function claimNumbers(folder: string, name: string): number[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith(`${name}.`) && /^\d+$/.test(file.slice(name.length + 1)))
    .map((file) => Number(file.slice(name.length + 1)));
}

function latestClaim(folder: string, name: string): number {
  try {
    return Math.max(0, ...claimNumbers(folder, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
    throw error;
  }
}

function readClaim(file: string): ProcessMark | undefined {
  try {
    const { pid, startedAt } = JSON.parse(readFileSync(file, 'utf8')) as Partial<ProcessMark>;
    return pid === undefined || startedAt === undefined ? undefined : { pid, startedAt };
  } catch {
    return undefined;
  }
}

/** Makes the file with its content in one step; false if it exists. */
function createWhole(file: string, content: string): boolean {
  const draft = `${file}-${process.pid}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function replaceWhole(file: string, content: string): void {
  const draft = `${file}-${process.pid}`;
  try {
    writeFileSync(draft, content, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    // A throw-away folder may be gone before its claim is released.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function removeBelow(folder: string, name: string, number: number): void {
  for (const older of claimNumbers(folder, name).filter((each) => each < number)) {
    rmSync(join(folder, `${name}.${older}`), { force: true });
  }
}
