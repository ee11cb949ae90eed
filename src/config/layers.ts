/**
 * Overrides: settings in layers, later ones over earlier ones (SPEC 12). Mappings are merged, everything
 * else, lists too, is replaced; a mapping that is left empty replaces nothing.
 */
import { isMapping } from './json.ts';
import type { Path } from '../contracts/finding.ts';

export interface Layer {
  /** Where in the document the layer is: `[]`, or `['organizations', 'acme']`. */
  readonly at: Path;
  readonly settings: unknown;
}

export function mergeLayers(layers: readonly Layer[]): unknown {
  return layers.map((layer) => layer.settings).reduce(overlay, undefined);
}

function overlay(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isMapping(below)) return above;
  if (above === null) return below;
  if (!isMapping(above)) return above;
  const keys = [...new Set([...Object.keys(below), ...Object.keys(above)])];
  return Object.fromEntries(keys.map((key) => [key, overlay(own(below, key), own(above, key))]));
}

function own(mapping: Readonly<Record<string, unknown>>, key: string): unknown {
  return Object.hasOwn(mapping, key) ? mapping[key] : undefined;
}

export interface Origin {
  /** Index of the layer. */
  readonly layer: number;
  /** False: no layer has the path; the layer is then the last one that has what is above it. */
  readonly isGiven: boolean;
}

/** The layer that a merged value comes from. */
export function originOf(layers: readonly Layer[], path: Path): Origin {
  let live = layers.map((layer, index) => ({ index, value: layer.settings }));
  for (const step of path) {
    const last = live.at(-1)!;
    // A list is not merged: what it contains is the last layer's, or nobody's.
    const from = Array.isArray(last.value) ? [last] : live;
    const having = from.flatMap(({ index, value }) =>
      hasStep(value, step) ? [{ index, value: value[step] }] : [],
    );
    if (having.length === 0) return { layer: last.index, isGiven: false };
    live = having;
  }
  return { layer: live.at(-1)!.index, isGiven: true };
}

function hasStep(value: unknown, step: string | number): value is Record<string | number, unknown> {
  return (isMapping(value) || Array.isArray(value)) && Object.hasOwn(value, step);
}
