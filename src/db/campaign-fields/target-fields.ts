/** The fields of a campaign target (SPEC 6), but for its contact and instance. */
import type { Finding } from '../../contracts/finding.ts';
import { day, orNothing } from './kinds.ts';
import { readTargetMetadata, withMetadata } from './metadata.ts';
import { isFoundWrong, readFields, type Given, type ReadFields } from './read-fields.ts';

/** Named as in the relation `contact_campaigns`. */
export interface TargetFields {
  readonly trigger_date: string | null;
  /** JSON text. */
  readonly metadata: string;
}

const KINDS = {
  trigger_date: orNothing(day),
  metadata: { allowed: 'a JSON object', isAllowed: () => true },
};

export const NEW_TARGET: TargetFields = { trigger_date: null, metadata: '{}' };

export function readTargetFields(given: Given): ReadFields<TargetFields> {
  return withMetadata(readFields<TargetFields>(KINDS, given, []), given, readTargetMetadata);
}

/** @param instance whose target it is to be; one that is for all contacts needs no trigger date */
export function checkTarget(
  { trigger_date: trigger }: TargetFields,
  instance: { readonly name: string; readonly type: string; readonly isForAllContacts: boolean },
  findings: readonly Finding[],
): Finding[] {
  if (trigger !== null || instance.isForAllContacts || isFoundWrong(findings, 'trigger_date')) return [];
  return [
    {
      path: ['trigger_date'],
      value: undefined,
      allowed: `a date, as YYYY-MM-DD: ${instance.name} is of type ${instance.type}, whose targets need a trigger date`,
    },
  ];
}
