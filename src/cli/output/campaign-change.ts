/** What a change of a campaign type, instance or target did, for people. */
import type { FieldChange } from '../../db/campaign-fields/entry.ts';

export function changeLines(changes: readonly FieldChange[]): string[] {
  return changes.map(({ field, old, new: now }) => {
    const text = (value: unknown): string =>
      value === null && LEFT_TO_TYPE.includes(field) ? 'as the type has it' : fieldText(value);
    return `  ${field}: ${text(old)} → ${text(now)}`;
  });
}

/** Of an instance: null is the type's. */
const LEFT_TO_TYPE: readonly string[] = ['respect_exclusion_windows', 'enable_followups'];

/** As options take it. */
export function fieldText(value: unknown): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
