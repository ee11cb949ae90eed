import type { AcceptedConfiguration } from '../config/accept.ts';
import { readEnvironment, type CliEnvironment } from './environment.ts';

/** Both YAML files as they lie in the folder now. Throws `InvalidConfiguration` with every problem. */
export async function acceptConfigurationFiles(
  { configurationFolder }: CliEnvironment = readEnvironment(),
): Promise<AcceptedConfiguration> {
  const [{ parseConfiguration }, { readConfigurationFiles }] = await Promise.all([
    import('../config/accept.ts'),
    import('../config/source.ts'),
  ]);
  return parseConfiguration(await readConfigurationFiles(configurationFolder));
}
