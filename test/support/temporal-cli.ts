/** Temporal's own command line, as a person uses it. */
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { temporalBinary } from './private-servers.ts';

export type TemporalCli = (...args: readonly string[]) => Promise<string>;

/** Without the profile of the one who runs the tests. Rejects with what it wrote to stderr if it fails. */
export async function temporalCli(address: string, namespace: string): Promise<TemporalCli> {
  const binary = await temporalBinary();
  return async (...args) => {
    const { stdout } = await promisify(execFile)(binary, args, {
      env: {
        PATH: process.env.PATH,
        HOME: tmpdir(),
        TEMPORAL_ADDRESS: address,
        TEMPORAL_NAMESPACE: namespace,
      },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };
}
