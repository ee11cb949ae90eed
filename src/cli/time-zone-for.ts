import { acceptConfigurationFiles } from './configuration-files.ts';
import type { CliEnvironment } from './environment.ts';

/** A new organization's: what the configuration says for that name. */
export async function timeZoneFor(organization: string, environment: CliEnvironment): Promise<string> {
  const { resolveConfiguration } = await import('../config/resolve.ts');
  const accepted = await acceptConfigurationFiles(environment);
  const scope = { organization, environment: environment.environmentName ?? null };
  return resolveConfiguration(accepted, scope).timeZone;
}
