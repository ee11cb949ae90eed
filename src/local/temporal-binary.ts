import { accessSync, constants, mkdirSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { SchedulerError } from '../contracts/errors.ts';
import { buildTemporal } from './temporal-build.ts';
import { cachedBinary, type BinaryOptions, type Found, type Way } from './temporal-cache.ts';
import { downloadTemporal } from './temporal-download.ts';
import { isFittingVersion, temporalVersionOf } from './temporal-version.ts';

/** What is done if the binary is not there yet. */
const LAST_RESORTS: readonly Way[] = [downloadTemporal, buildTemporal];

/** Temporal's CLI, which is its server for one machine, too; the first way that works is taken. */
export async function findTemporalBinary(
  options: BinaryOptions,
  lastResorts = LAST_RESORTS,
): Promise<string> {
  mkdirSync(options.environment.cacheFolder, { recursive: true });
  const reasons: string[] = [];
  for (const way of [onSearchPath, inCache, ...lastResorts]) {
    options.signal.throwIfAborted();
    const found = await way(options);
    if ('path' in found) return found.path;
    reasons.push(found.reason);
  }
  throw new SchedulerError(
    'LOCAL_STACK',
    `Temporal cannot be started: ${reasons.join('; ')}. Install Temporal's CLI (version 1.8 or later) or Go, or give a server with TEMPORAL_ADDRESS.`,
  );
}

async function onSearchPath({ environment, report }: BinaryOptions): Promise<Found> {
  for (const folder of environment.searchPath.split(delimiter).filter(isAbsolute)) {
    const path = join(folder, 'temporal');
    if (!isExecutable(path)) continue;
    const version = await temporalVersionOf(path);
    if (version !== undefined && isFittingVersion(version)) return { path };
    report(`Temporal: ${path} is version ${version ?? 'unknown'}, not 1.8 or later; passed over.`);
  }
  return { reason: 'no fitting `temporal` is on the PATH' };
}

async function inCache({ environment }: BinaryOptions): Promise<Found> {
  const path = cachedBinary(environment);
  const version = isExecutable(path) ? await temporalVersionOf(path) : undefined;
  return version === undefined ? { reason: `none is in ${environment.cacheFolder}` } : { path };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
