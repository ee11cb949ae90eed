import type { CliEnvironment } from './environment.ts';

/** A new organization's: what the configuration says for that name. */
export async function timeZoneFor(
  organization: string,
  { configurationFolder, environmentName }: CliEnvironment,
): Promise<string> {
  const [{ parseConfiguration }, { resolveConfiguration }, { readConfigurationFiles }] = await Promise.all([
    import('../config/accept.ts'),
    import('../config/resolve.ts'),
    import('../config/source.ts'),
  ]);
  const accepted = parseConfiguration(await readConfigurationFiles(configurationFolder));
  return resolveConfiguration(accepted, { organization, environment: environmentName ?? null }).timeZone;
}
