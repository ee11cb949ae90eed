/** Short notation for hand-worked cases of campaigns. */

import { configOf, organization } from './case-helpers.ts';
import { shippedCampaignTypes } from './defaults.ts';
import type { ModelCampaignInstance, ModelCampaignType, ModelInput, ModelTarget } from './types.ts';

export const TYPE_IDS = {
  rate_increase: 1,
  seasonal_promo: 2,
  initial_blast: 3,
  regulatory_notice: 4,
  policy_update: 5,
} as const;

export function instance(
  id: number,
  type: keyof typeof TYPE_IDS,
  fields: Partial<ModelCampaignInstance> = {},
): ModelCampaignInstance {
  return {
    id,
    campaign_type_id: TYPE_IDS[type],
    name: `instance ${id}`,
    status: 'active',
    email_template: null,
    sms_template: null,
    active_start_date: null,
    active_end_date: null,
    respect_exclusion_windows: null,
    enable_followups: null,
    metadata: null,
    created_at: '2027-02-01T12:00:00.000Z',
    ...fields,
  };
}

/** Of contact 1, unless told otherwise. */
export function target(
  instanceId: number,
  trigger: string | null,
  fields: Partial<ModelTarget> = {},
): ModelTarget {
  return {
    contact_id: 1,
    campaign_instance_id: instanceId,
    trigger_date: trigger,
    metadata: null,
    ...fields,
  };
}

/** The shipped types, one of them with other fields. */
export function typesWith(
  name: keyof typeof TYPE_IDS,
  fields: Partial<ModelCampaignType>,
): ModelCampaignType[] {
  return shippedCampaignTypes().map((type) => (type.name === name ? { ...type, ...fields } : type));
}

/** An organization without yearly mails, unless told otherwise, and with these campaigns. */
export function campaigning(
  instances: ModelCampaignInstance[],
  targets: ModelTarget[],
  fields: Partial<ModelInput> & { types?: ModelCampaignType[] } = {},
): ModelInput {
  const { types = shippedCampaignTypes(), ...rest } = fields;
  return organization({ config: configOf(), campaigns: { types, instances, targets }, ...rest });
}
