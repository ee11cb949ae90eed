/** Short notation for hand-worked cases: one contact, one type, one line of text for each row. */

import { defaultConfig, shippedRules } from './defaults.ts';
import { textOfRow } from './identity.ts';
import { planByModel } from './model.ts';
import type { ModelConfig, ModelContact, ModelInput, ModelOutput, ModelRow } from './types.ts';

export type TypeName = keyof ModelConfig['email_types'];

export function person(id: number, fields: Partial<ModelContact> = {}): ModelContact {
  return {
    id,
    email: `person${id}@example.com`,
    zip_code: null,
    state: 'TX',
    birth_date: null,
    effective_date: null,
    ...fields,
  };
}

/** The defaults, with these e-mail types only. */
export function configOf(...types: TypeName[]): ModelConfig {
  const config = defaultConfig();
  for (const type of ['birthday', 'effective_date', 'aep', 'post_window'] as const) {
    config.email_types[type].enabled = types.includes(type);
  }
  return config;
}

export function organization(fields: Partial<ModelInput> = {}): ModelInput {
  const asOf = fields.asOf ?? '2027-03-01';
  return {
    today: asOf,
    asOf,
    fresh: false,
    config: configOf('birthday', 'effective_date', 'aep', 'post_window'),
    rules: shippedRules(),
    contacts: [],
    suppressions: [],
    zipStates: { '75201': 'TX', '90210': 'CA', '63101': 'MO', '10001': 'NY', '77777': 'XX' },
    ledger: [],
    planInForce: [],
    ...fields,
  };
}

/** A row of contact 1 (unless told otherwise) by `TYPE EVENT IDEAL DAY STATUS`; a skip reason as status is a skip. */
export function row(text: string, fields: Partial<ModelRow> = {}): ModelRow {
  const [type = '', event = '', ideal = '', day = '', status = ''] = text.split(' ');
  const reasons = [
    'exclusion_window',
    'unknown_anchor',
    'frequency_limit',
    'campaign_conflict',
    'missed',
    'outside_active_dates',
    'missed_trigger',
  ];
  return {
    contact_id: 1,
    email_type: type,
    campaign_instance_id: null,
    event_date: event,
    ideal_date: ideal,
    scheduled_send_date: day,
    status: reasons.includes(status) ? 'skipped' : status,
    skip_reason: reasons.includes(status) ? status : null,
    priority: 5,
    metadata: null,
    ...fields,
  };
}

/** `1:birthday::2027-06-15 on 2027-06-01`, and what else there is to say. */
export function linesOf(output: ModelOutput): string[] {
  return output.rows.map((planned) => {
    const { metadata } = planned;
    const parts = [`${textOfRow(planned)} on ${planned.scheduled_send_date}`];
    if (planned.skip_reason !== null) parts.push(planned.skip_reason);
    if (metadata?.placed_by !== undefined) parts.push(metadata.placed_by);
    if (metadata?.moved_from !== undefined) parts.push(`from ${metadata.moved_from}`);
    if (planned.over_cap) parts.push('over cap');
    return parts.join(' ');
  });
}

export function linesOfPlan(fields: Partial<ModelInput>): string[] {
  return linesOf(planByModel(organization(fields)));
}
