/** Temporal's production server and its schema tool, built from their Go modules into the user's cache. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readLocalEnvironment } from '../../../src/local/environment.ts';
import { buildWithGo } from '../../../src/local/go-build.ts';
import { CHECKOUT } from '../compose-file.ts';

export interface ServerPrograms {
  readonly server: string;
  readonly sqlTool: string;
}

const MODULE_FOLDER = join(CHECKOUT, 'tools/temporal-server');
const never = new AbortController().signal;

/** The version that tools/temporal-server pins. */
function pinnedServerVersion(): string {
  const goMod = readFileSync(join(MODULE_FOLDER, 'go.mod'), 'utf8');
  const version = /\bgo\.temporal\.io\/server v(\S+)/.exec(goMod)?.[1];
  if (version === undefined)
    throw new Error('tools/temporal-server/go.mod requires no go.temporal.io/server');
  return version;
}

export async function findServerPrograms(report: (line: string) => void): Promise<ServerPrograms> {
  const environment = readLocalEnvironment(process.env, homedir());
  const version = pinnedServerVersion();
  const server = join(environment.cacheFolder, `temporal-server-${version}`);
  const sqlTool = join(environment.cacheFolder, `temporal-sql-tool-${version}`);
  const isBuilt = async (): Promise<boolean> =>
    (await answer(server)) === `temporal version ${version}` &&
    (await answer(sqlTool)) === `temporal-sql-tool version ${version}`;
  if (await isBuilt()) return { server, sqlTool };
  mkdirSync(environment.cacheFolder, { recursive: true });
  const reason = await buildWithGo(
    { environment, report, signal: never },
    {
      name: 'the Temporal server',
      announcement: `The Temporal server ${version} is built from its Go modules into ${environment.cacheFolder}. This happens once, and takes up to ten minutes on two cores.`,
      moduleFolder: MODULE_FOLDER,
      programs: [
        { mainPackage: 'go.temporal.io/server/cmd/server', path: server },
        { mainPackage: 'go.temporal.io/server/cmd/tools/sql', path: sqlTool },
      ],
      isBuilt,
    },
  );
  if (reason !== undefined) throw new Error(`The tests of the production composition cannot run: ${reason}.`);
  return { server, sqlTool };
}

async function answer(program: string): Promise<string | undefined> {
  try {
    return (await promisify(execFile)(program, ['--version'])).stdout.trim();
  } catch {
    return undefined;
  }
}
