/** Fields as somebody gave them, checked one by one. */
import type { Finding } from '../../contracts/finding.ts';
import type { FieldKind } from './kinds.ts';

export type Given = Readonly<Record<string, unknown>>;

export interface ReadFields<Row> {
  /** What was given and is allowed. */
  readonly fields: Partial<Row>;
  readonly findings: readonly Finding[];
}

/**
 * @param required what has to be given
 * @returns paths begin with the field
 */
export function readFields<Row>(
  kinds: Readonly<Record<keyof Row & string, FieldKind>>,
  given: Given,
  required: readonly (keyof Row & string)[],
): ReadFields<Row> {
  const fields: Record<string, unknown> = {};
  const findings: Finding[] = [];
  const known: Readonly<Record<string, FieldKind>> = kinds;
  for (const [field, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, field)) findings.push(unknownField(field, Object.keys(kinds)));
    else if (known[field]!.isAllowed(value)) fields[field] = value;
    else findings.push({ path: [field], value, allowed: known[field]!.allowed });
  }
  for (const field of required) {
    if (given[field] === undefined) {
      findings.push({ path: [field], value: undefined, allowed: kinds[field].allowed });
    }
  }
  return { fields: fields as Partial<Row>, findings };
}

function unknownField(field: string, known: readonly string[]): Finding {
  return { path: [field], value: field, allowed: `the keys ${known.join(', ')}`, isUnknownKey: true };
}

/** Whether a value that was given for one of the fields is not allowed by itself, so that nothing follows from it. */
export function isFoundWrong(findings: readonly Finding[], ...fields: readonly string[]): boolean {
  return findings.some(({ path }) => fields.includes(String(path[0])));
}
