import { join } from 'node:path';
import type { LocalEnvironment } from './environment.ts';
import type { Report } from './report.ts';
import { TEMPORAL_VERSION } from './temporal-version.ts';

export interface BinaryOptions {
  readonly environment: LocalEnvironment;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** One way to come by Temporal: the binary's path, or why there is none this way. */
export type Way = (options: BinaryOptions) => Promise<Found>;
export type Found = { readonly path: string } | { readonly reason: string };

/** Where a binary that was fetched or built is kept, for every checkout of this user. */
export function cachedBinary(environment: LocalEnvironment): string {
  return join(environment.cacheFolder, `temporal-${TEMPORAL_VERSION}`);
}
