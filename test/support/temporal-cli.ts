/** Temporal's own command line, as a person uses it. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { temporalBinary } from './private-servers.ts';

export type TemporalCli = (...args: readonly string[]) => Promise<string>;

/** Rejects with what it wrote to stderr if it fails. */
export async function temporalCli(address: string, namespace: string): Promise<TemporalCli> {
  const binary = await temporalBinary();
  return async (...args) => {
    const { stdout } = await promisify(execFile)(binary, args, {
      env: { PATH: process.env.PATH, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  };
}
