/** The fields of a campaign instance (SPEC 6). */
import type { Finding } from '../../contracts/finding.ts';
import type { InstanceStatus } from '../../domain/campaigns.ts';
import { day, flagOrTypes, line, oneOf, orNothing, templateName, tightening, typeName } from './kinds.ts';
import { readInstanceMetadata, withMetadata } from './metadata.ts';
import { isFoundWrong, readFields, type Given, type ReadFields } from './read-fields.ts';

/** Named as in the relation `campaign_instances`, but for `type`, which is the name of its type. */
export interface CampaignInstanceFields {
  readonly name: string;
  readonly type: string;
  readonly status: InstanceStatus;
  readonly email_template: string | null;
  readonly sms_template: string | null;
  readonly active_start_date: string | null;
  readonly active_end_date: string | null;
  /** `null` is the type's. */
  readonly respect_exclusion_windows: true | null;
  readonly enable_followups: boolean | null;
  /** JSON text. */
  readonly metadata: string;
}

const STATUSES = ['draft', 'active', 'paused', 'ended'] as const satisfies readonly InstanceStatus[];

const INSTANCE_NAME = line(100);

const KINDS = {
  name: INSTANCE_NAME,
  type: { ...typeName, allowed: 'the name of a campaign type' },
  status: oneOf(STATUSES),
  email_template: orNothing(templateName),
  sms_template: orNothing(templateName),
  active_start_date: orNothing(day),
  active_end_date: orNothing(day),
  respect_exclusion_windows: tightening,
  enable_followups: flagOrTypes,
  // What is in it is said by its own places.
  metadata: { allowed: 'a JSON object', isAllowed: () => true },
};

export const INSTANCE_FIELD_NAMES = Object.keys(KINDS) as (keyof CampaignInstanceFields)[];

/** What a new instance has that is not given: as the database has it. */
export const NEW_INSTANCE: Omit<CampaignInstanceFields, 'name' | 'type'> = {
  status: 'draft',
  email_template: null,
  sms_template: null,
  active_start_date: null,
  active_end_date: null,
  respect_exclusion_windows: null,
  enable_followups: null,
  metadata: '{}',
};

export function readInstanceFields(given: Given, isNew: boolean): ReadFields<CampaignInstanceFields> {
  const read = readFields<CampaignInstanceFields>(KINDS, given, isNew ? ['name', 'type'] : []);
  return withMetadata(read, given, readInstanceMetadata);
}

/** Values that are allowed one by one and not together. */
export function checkInstance(
  { active_start_date: start, active_end_date: end }: CampaignInstanceFields,
  given: Given,
  findings: readonly Finding[],
): Finding[] {
  if (isFoundWrong(findings, 'active_start_date', 'active_end_date')) return [];
  if (start === null || end === null || start <= end) return [];
  const isStartGiven = given['active_start_date'] !== undefined && given['active_end_date'] === undefined;
  return [
    isStartGiven
      ? {
          path: ['active_start_date'],
          value: start,
          allowed: `a date on or before active_end_date, which is ${end}`,
        }
      : {
          path: ['active_end_date'],
          value: end,
          allowed: `a date on or after active_start_date, which is ${start}`,
        },
  ];
}
