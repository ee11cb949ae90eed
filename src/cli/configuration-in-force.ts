import type { Pool } from 'pg';
import type { Json } from '../config/json.ts';
import type { Configuration } from '../domain/configuration.ts';
import { acceptConfigurationFiles } from './configuration-files.ts';
import { readEnvironment } from './environment.ts';

/**
 * The configuration that a run of the organization would take now: the latest version, or the files if they have
 * changed since. Nothing is stored. Throws `InvalidConfiguration` with every problem of the files.
 */
export async function configurationInForce(pool: Pool, organization: string): Promise<Configuration> {
  const environment = readEnvironment();
  const [{ resolveConfiguration }, { readLatestConfiguration }, files] = await Promise.all([
    import('../config/resolve.ts'),
    import('../db/configuration-versions.ts'),
    acceptConfigurationFiles(environment),
  ]);
  const latest = await readLatestConfiguration(pool);
  const document = latest?.filesHash === files.hash ? (latest.document as Json) : files.document;
  return resolveConfiguration(
    { document },
    { organization, environment: environment.environmentName ?? null },
  );
}
