/** Writes the model's configuration and rules as the files that the product reads. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultConfig, shippedRules } from '../model/defaults.ts';
import type { ModelConfig, ModelRule } from '../model/types.ts';

export interface ConfigurationFolder {
  readonly folder: string;
  readonly write: (config: ModelConfig, rules: readonly ModelRule[]) => Promise<void>;
  readonly remove: () => Promise<void>;
}

/** A folder of its own with the model's defaults in it. */
export async function createConfigurationFolder(): Promise<ConfigurationFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'email-scheduler-test-'));
  const write = async (config: ModelConfig, rules: readonly ModelRule[]): Promise<void> => {
    // JSON is YAML.
    await writeFile(join(folder, 'scheduler.yaml'), JSON.stringify(config));
    await writeFile(
      join(folder, 'state-rules.yaml'),
      JSON.stringify({ rules: rules.map((rule) => ({ ...windowOf(rule), ...rule, citation: 'generated' })) }),
    );
  };
  await write(defaultConfig(), shippedRules());
  return { folder, write, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Keys that the product wants to be given, and that the model takes for 0 where they are not. */
function windowOf({ kind }: ModelRule): { days_before: number; days_after: number } | object {
  return kind === 'birthday' || kind === 'effective_date' ? { days_before: 0, days_after: 0 } : {};
}
