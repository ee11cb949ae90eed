import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The version of Temporal's CLI that tools/temporal builds and the tests run on. */
export const TEMPORAL_VERSION = '1.8.2';
/** The oldest one whose server has what workflows use: priorities and eager starts among it. */
const OLDEST_FITTING = [1, 8] as const;

const ANSWER_MS = 10_000;

export function isFittingVersion(version: string): boolean {
  const [major, minor] = version.split('.').map(Number);
  return major === OLDEST_FITTING[0] && minor !== undefined && minor >= OLDEST_FITTING[1];
}

/** The version that the binary says it has; undefined if it cannot be run or is something else. */
export async function temporalVersionOf(binary: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['--version'], { timeout: ANSWER_MS });
    return /^temporal version (\d+\.\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}
