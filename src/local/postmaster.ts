import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine, markProcess, type ProcessMark } from './processes.ts';

/**
 * The PostgreSQL that still runs on a data folder, found by PostgreSQL's own record. A record whose
 * process is gone or is another program by now is removed: PostgreSQL would take any living process of
 * the same user with that id for a server, and refuse to start.
 */
export function findPostmaster(
  dataFolder: string,
): { readonly process: ProcessMark; readonly port: number } | undefined {
  const file = join(dataFolder, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const [pidLine, , , portLine] = readFileSync(file, 'utf8').split('\n');
  const pid = Number(pidLine);
  const process = Number.isInteger(pid) && pid > 0 ? markProcess(pid) : undefined;
  if (process !== undefined && commandLine(pid).includes(`-D ${dataFolder} `)) {
    return { process, port: Number(portLine) };
  }
  rmSync(file, { force: true });
  return undefined;
}
