import { fileURLToPath } from 'node:url';
import { buildWithGo } from './go-build.ts';
import { cachedBinary, type BinaryOptions, type Found } from './temporal-cache.ts';
import { TEMPORAL_VERSION, temporalVersionOf } from './temporal-version.ts';

/** Builds Temporal from its Go modules, at the versions that tools/temporal pins; the last resort. */
export async function buildTemporal(options: BinaryOptions): Promise<Found> {
  const { cacheFolder } = options.environment;
  const path = cachedBinary(options.environment);
  const reason = await buildWithGo(options, {
    name: 'Temporal',
    announcement: `Temporal ${TEMPORAL_VERSION} is built from its Go modules into ${cacheFolder}. This happens once, and takes five to ten minutes on two cores.`,
    moduleFolder: fileURLToPath(new URL('../../tools/temporal', import.meta.url)),
    programs: [
      {
        mainPackage: 'github.com/temporalio/cli/cmd/temporal',
        path,
        linkerFlags: `-X github.com/temporalio/cli/internal/temporalcli.Version=${TEMPORAL_VERSION}`,
      },
    ],
    isBuilt: async () => (await temporalVersionOf(path)) !== undefined,
  });
  return reason === undefined ? { path } : { reason };
}
