/** From two YAML texts to a configuration that can be stored as a version and run by. */
import { createHash } from 'node:crypto';
import { checkRules } from './check-rules.ts';
import { OVERRIDE_KINDS, checkScheduler, combinations, overrideLayers, ownLayer } from './check-scheduler.ts';
import { toProblem } from './finding.ts';
import type { Json, JsonObject, Mapping } from './json.ts';
import { canonicalJson, isMapping } from './json.ts';
import { mergeLayers } from './layers.ts';
import type { ConfigurationProblem } from './problem.ts';
import { InvalidConfiguration, sortProblems } from './problem.ts';
import { rulesDocument } from './rules-schema.ts';
import { exclusion, schedulerSettings } from './scheduler-schema.ts';
import type { ConfigurationSource, ConfigurationText } from './source.ts';
import { wholeFileProblem } from './source.ts';
import type { YamlText } from './yaml-text.ts';
import { readYaml } from './yaml-text.ts';

/**
 * A configuration without problems. Both documents have the keys of their files; `document` has every
 * default filled in, and its overrides as they were given.
 */
export interface AcceptedConfiguration {
  readonly document: Json;
  readonly rules: Json;
  /** SHA-256, in hexadecimal, of the canonical JSON of both. */
  readonly hash: string;
}

/** Throws `InvalidConfiguration` with every problem of both texts. */
export function parseConfiguration(source: ConfigurationSource): AcceptedConfiguration {
  const scheduler = readYaml(source.scheduler.file, source.scheduler.text);
  const rules = readYaml(source.rules.file, source.rules.text);
  const extensionDays = longestExtensionDays(scheduler.value);
  const problems = [
    ...problemsOf(source.scheduler, scheduler, 'put {} into it to take every default', checkScheduler),
    ...problemsOf(source.rules, rules, 'put "rules: []" into it if no state has a rule', (document) =>
      checkRules(document, extensionDays),
    ),
  ];
  if (problems.length > 0) throw new InvalidConfiguration(sortProblems(problems));
  return accept(scheduler.value as Mapping, rules.value);
}

function problemsOf(
  { file }: ConfigurationText,
  yaml: YamlText,
  remedy: string,
  check: (document: unknown) => Parameters<typeof toProblem>[0][],
): ConfigurationProblem[] {
  if (yaml.value === undefined) return [...yaml.problems];
  if (yaml.value === null) return [wholeFileProblem(file, 'YAML', `The file is empty; ${remedy}.`)];
  return [...yaml.problems, ...check(yaml.value).map((finding) => toProblem(finding, file, yaml.lineOf))];
}

/** Of the scheduler document under all its overrides, as far as it is valid. */
function longestExtensionDays(document: unknown): number {
  if (!isMapping(document)) return 0;
  const lengths = combinations(document).map((layers) => {
    const merged = mergeLayers(layers);
    const parsed = exclusion.safeParse(isMapping(merged) ? merged['exclusion'] : undefined);
    return parsed.success ? parsed.data.extension_days : 0;
  });
  return Math.max(...lengths);
}

function accept(schedulerValue: Mapping, rulesValue: unknown): AcceptedConfiguration {
  const settings = schedulerSettings.parse(ownLayer(schedulerValue).settings);
  const overrides = OVERRIDE_KINDS.map((kind) => {
    return [kind, Object.fromEntries(overrideLayers(schedulerValue, kind).map(nameAndSettings))];
  });
  const document = toJson({ ...settings, ...Object.fromEntries(overrides) });
  const rules = toJson(rulesDocument.parse(rulesValue));
  const hash = createHash('sha256').update(canonicalJson({ document, rules })).digest('hex');
  return { document, rules, hash };
}

/** Plain JSON, also where YAML's anchors have one object in two places. */
function toJson(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value)) as JsonObject;
}

function nameAndSettings(layer: { at: readonly (string | number)[]; settings: unknown }) {
  return [String(layer.at[1]), layer.settings] as const;
}
