/** The command `email-scheduler` as a person types it, on the servers of the tests. */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CommandEnding {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandPlace {
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  /** Default: the configuration of the checkout. */
  readonly configurationFolder?: string;
  /** Default: the templates of the checkout. */
  readonly templatesFolder?: string;
}

const PROGRAM = fileURLToPath(new URL('../../bin/email-scheduler.mjs', import.meta.url));

export function runCommand(place: CommandPlace, ...args: readonly string[]): Promise<CommandEnding> {
  const env = {
    ...{ PATH: process.env.PATH, HOME: process.env.HOME, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME },
    EMAIL_SCHEDULER_HOME: join(tmpdir(), 'email-scheduler-nothing-here'),
    DATABASE_URL: place.databaseUrl,
    TEMPORAL_ADDRESS: place.temporalAddress,
    TEMPORAL_NAMESPACE: place.namespace,
    EMAIL_SCHEDULER_CONFIG: place.configurationFolder,
    EMAIL_SCHEDULER_TEMPLATES: place.templatesFolder,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [PROGRAM, ...args], { env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

/** What the command prints for programs. @throws Error with what it said, if it fails */
export async function runForJson(place: CommandPlace, ...args: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await runCommand(place, ...args, '--json');
  if (code !== 0) throw new Error(`ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}
