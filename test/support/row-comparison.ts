/** Row for row: the first difference between two plans, as a text that says where it is. */
import { isDeepStrictEqual } from 'node:util';
import { textOfRow } from '../model/identity.ts';
import type { ModelMetadata, ModelRow } from '../model/types.ts';

/**
 * The row with the metadata that the model knows: it does not name the rule that blocked a day, nor any
 * rule where an anchor is unknown.
 */
export function asModelSays<T extends ModelRow>(row: T): T {
  if (row.metadata === null) return row;
  const { blocked_by: blockedBy, ...others } = row.metadata;
  const metadata: ModelMetadata = { ...others };
  if (blockedBy !== undefined && row.skip_reason !== 'unknown_anchor') {
    const { state, kind, from, to } = blockedBy;
    metadata.blocked_by = { state, kind, from, to };
  }
  return { ...row, metadata: Object.keys(metadata).length === 0 ? null : metadata };
}

/**
 * `null`: none. The fields given are compared.
 * @param keyOf tells rows apart; default: the text of SPEC 2
 */
export function firstDifference<Expected extends ModelRow>(
  expected: readonly Expected[],
  actual: readonly Expected[],
  fields: readonly (keyof Expected)[],
  keyOf: (row: Expected) => string = textOfRow,
): string | null {
  const actualByKey = new Map<string, Expected>();
  for (const row of actual) {
    const key = keyOf(row);
    if (actualByKey.has(key)) return `twice: ${key}`;
    actualByKey.set(key, row);
  }
  for (const row of expected) {
    const key = keyOf(row);
    const found = actualByKey.get(key);
    if (found === undefined) return `missing: ${JSON.stringify(row)}`;
    actualByKey.delete(key);
    const [want, got] = [row, found].map((one) => pick(asModelSays(one), fields));
    if (!isDeepStrictEqual(want, got)) {
      return `expected ${JSON.stringify(want)}\n     got ${JSON.stringify(got)}\n      of ${textOfRow(row)}`;
    }
  }
  for (const row of actualByKey.values()) return `not expected: ${JSON.stringify(row)}`;
  return null;
}

function pick<T extends object>(row: T, fields: readonly (keyof T)[]): object {
  return Object.fromEntries(fields.map((field) => [field, row[field]]));
}
