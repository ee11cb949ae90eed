/** The fields of a campaign type (SPEC 6). */
import type { Finding } from '../../contracts/finding.ts';
import { flag, orNothing, text, typeName } from './kinds.ts';
import { DAYS_BEFORE_EVENT, PRIORITY } from './metadata.ts';
import { isFoundWrong, readFields, type Given, type ReadFields } from './read-fields.ts';

/** Named as in the relation `campaign_types`. */
export interface CampaignTypeFields {
  readonly name: string;
  readonly respect_exclusion_windows: boolean;
  /** Why a type that does not respect windows may mail into them. */
  readonly legal_basis: string | null;
  readonly enable_followups: boolean;
  readonly days_before_event: number;
  readonly target_all_contacts: boolean;
  readonly priority: number;
  readonly transactional: boolean;
  readonly active: boolean;
}

const KINDS = {
  name: typeName,
  respect_exclusion_windows: flag,
  legal_basis: orNothing(text(1000)),
  enable_followups: flag,
  days_before_event: DAYS_BEFORE_EVENT,
  target_all_contacts: flag,
  priority: PRIORITY,
  transactional: flag,
  active: flag,
};

export const TYPE_FIELD_NAMES = Object.keys(KINDS) as (keyof CampaignTypeFields)[];

/** What a new type has that is not given: as the database has it. */
export const NEW_TYPE: Omit<CampaignTypeFields, 'name' | 'priority'> = {
  respect_exclusion_windows: true,
  legal_basis: null,
  enable_followups: true,
  days_before_event: 0,
  target_all_contacts: false,
  transactional: false,
  active: true,
};

export function readTypeFields(given: Given, isNew: boolean): ReadFields<CampaignTypeFields> {
  return readFields<CampaignTypeFields>(KINDS, given, isNew ? ['name', 'priority'] : []);
}

/** Values that are allowed one by one and not together. */
export function checkType(
  { respect_exclusion_windows: respectsWindows, legal_basis: basis }: CampaignTypeFields,
  given: Given,
  findings: readonly Finding[],
): Finding[] {
  if (isFoundWrong(findings, 'respect_exclusion_windows', 'legal_basis')) return [];
  if (respectsWindows || (basis !== null && basis.trim() !== '')) return [];
  return [
    {
      path: ['legal_basis'],
      value: given['legal_basis'] ?? undefined,
      allowed: 'a text that says why a type that does not respect exclusion windows may mail into them',
    },
  ];
}
