/** Finds everything that is wrong in a scheduler document: its own settings and those of every override. */
import type { Inconsistency, Side } from './consistency.ts';
import { findInconsistencies } from './consistency.ts';
import type { Finding } from '../contracts/finding.ts';
import { fromIssue } from './finding.ts';
import { isMapping } from './json.ts';
import type { Mapping } from './json.ts';
import type { Layer } from './layers.ts';
import { mergeLayers, originOf } from './layers.ts';
import { schedulerSettings } from './scheduler-schema.ts';

export const OVERRIDE_KINDS = ['environments', 'organizations'] as const;
type OverrideKind = (typeof OVERRIDE_KINDS)[number];

export function checkScheduler(document: unknown): Finding[] {
  if (!isMapping(document)) return [{ path: [], value: document, allowed: 'a mapping of settings' }];
  return [
    ...OVERRIDE_KINDS.flatMap((kind) => checkOverrides(document[kind], kind)),
    ...combinations(document).flatMap(checkLayers),
  ];
}

const MAX_OVERRIDES = { environments: 20, organizations: 1000 } as const;
const MAX_NAME_LENGTH = 200;

function checkOverrides(overrides: unknown, kind: OverrideKind): Finding[] {
  if (overrides === undefined || overrides === null) return [];
  const max = MAX_OVERRIDES[kind];
  const allowed = `a mapping of at most ${max} names to settings`;
  if (!isMapping(overrides) || Object.keys(overrides).length > max) {
    return [{ path: [kind], value: overrides, allowed }];
  }
  return Object.entries(overrides).flatMap(([name, settings]): Finding[] => {
    const path = [kind, name];
    if (name.trim() !== name || name === '' || name.length > MAX_NAME_LENGTH) {
      return [{ path, value: name, allowed: `a name of 1 to ${MAX_NAME_LENGTH} characters, trimmed` }];
    }
    const isSettings = isMapping(settings) || settings === null;
    return isSettings ? [] : [{ path, value: settings, allowed: 'a mapping of settings' }];
  });
}

/** The document's own settings, alone and under every override that may apply together. */
export function combinations(document: Mapping): Layer[][] {
  const environments = [[], ...overrideLayers(document, 'environments').map((layer) => [layer])];
  const organizations = [[], ...overrideLayers(document, 'organizations').map((layer) => [layer])];
  return environments.flatMap((environment) =>
    organizations.map((organization) => [ownLayer(document), ...environment, ...organization]),
  );
}

export function ownLayer(document: Mapping): Layer {
  const settings = Object.entries(document).filter(([key]) => !isOverrideKind(key));
  return { at: [], settings: Object.fromEntries(settings) };
}

function isOverrideKind(key: string): boolean {
  return (OVERRIDE_KINDS as readonly string[]).includes(key);
}

export function overrideLayers(document: Mapping, kind: OverrideKind): Layer[] {
  const overrides = document[kind];
  if (!isMapping(overrides)) return [];
  return Object.entries(overrides)
    .filter(([, settings]) => isMapping(settings))
    .slice(0, MAX_OVERRIDES[kind])
    .map(([name, settings]) => ({ at: [kind, name], settings }));
}

/** What is wrong with the merged settings, each where the last of the layers concerned has it. */
export function checkLayers(layers: readonly Layer[]): Finding[] {
  const merged = mergeLayers(layers);
  const parsed = schedulerSettings.safeParse(merged);
  const findings = parsed.success ? [] : parsed.error.issues.flatMap((issue) => fromIssue(issue, merged));
  const located = findings.map((finding) => locate(layers, finding));
  const inconsistent = findInconsistencies(merged).map((sides) => locate(layers, sideToBlame(layers, sides)));
  return [...located, ...inconsistent];
}

function locate(layers: readonly Layer[], finding: Finding): Finding {
  const { layer } = originOf(layers, finding.path);
  return { ...finding, path: [...layers[layer]!.at, ...finding.path] };
}

/** What was written rather than a default, and an override rather than what it overrides. */
function sideToBlame(layers: readonly Layer[], [first, ...others]: Inconsistency): Side {
  const weight = (side: Side) => {
    const { layer, isGiven } = originOf(layers, side.path);
    return isGiven ? layer : -1;
  };
  return others.reduce((best, side) => (weight(side) > weight(best) ? side : best), first);
}
