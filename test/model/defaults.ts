/** The defaults of SPEC 12, the table of rules of SPEC 5, and that of campaign types of SPEC 6. */

import type { ModelCampaignType, ModelConfig, ModelRule } from './types.ts';

export function defaultConfig(): ModelConfig {
  return {
    send_time: '08:30',
    features: { campaigns: true, load_balancing: true, frequency_limit: true, post_window: true },
    email_types: {
      birthday: { enabled: true, days_before: 14, deadline_days_before: 1, priority: 5 },
      effective_date: { enabled: true, days_before: 30, deadline_days_before: 1, priority: 5 },
      aep: { enabled: true, days: [{ on: '09-15', deadline: '10-14' }], priority: 3 },
      post_window: { enabled: true, days_after: 1, deadline_days_after: 30, priority: 8 },
    },
    catch_up_days: 7,
    exclusion: { extension_days: 60, unknown_anchor: 'block' },
    load: {
      daily_cap_percent: 7,
      redistribute_above_percent: 120,
      redistribute_within_days: 62,
      smoothing_limit: 15,
      smoothing_percent_of_cap: 30,
      smoothing_days: 2,
    },
    frequency: { max_mails: 2, period_days: 14 },
  };
}

export function shippedRules(): ModelRule[] {
  return [
    { state: 'CA', kind: 'birthday', days_before: 30, days_after: 60 },
    { state: 'ID', kind: 'birthday', days_before: 0, days_after: 63 },
    { state: 'KY', kind: 'birthday', days_before: 0, days_after: 60 },
    { state: 'OK', kind: 'birthday', days_before: 0, days_after: 60 },
    { state: 'MD', kind: 'birthday', days_before: 0, days_after: 30 },
    { state: 'VA', kind: 'birthday', days_before: 0, days_after: 30 },
    { state: 'NV', kind: 'birthday', anchor: 'month_start', days_before: 0, days_after: 60 },
    { state: 'OR', kind: 'birthday', days_before: 0, days_after: 31 },
    { state: 'MO', kind: 'effective_date', days_before: 30, days_after: 33 },
    { state: 'CT', kind: 'all_year' },
    { state: 'MA', kind: 'all_year' },
    { state: 'NY', kind: 'all_year' },
    { state: 'WA', kind: 'all_year' },
  ];
}

export function shippedCampaignTypes(): ModelCampaignType[] {
  const shipped = { legal_basis: null, active: true };
  // prettier-ignore
  return [
    { id: 1, name: 'rate_increase', respect_exclusion_windows: true, enable_followups: true, days_before_event: 14, target_all_contacts: false, priority: 1, transactional: false, ...shipped },
    { id: 2, name: 'seasonal_promo', respect_exclusion_windows: true, enable_followups: true, days_before_event: 7, target_all_contacts: false, priority: 5, transactional: false, ...shipped },
    { id: 3, name: 'initial_blast', respect_exclusion_windows: true, enable_followups: false, days_before_event: 0, target_all_contacts: true, priority: 10, transactional: false, ...shipped },
    { id: 4, name: 'regulatory_notice', respect_exclusion_windows: false, enable_followups: false, days_before_event: 0, target_all_contacts: false, priority: 1, transactional: true, ...shipped, legal_basis: 'a notice that the law requires' },
    { id: 5, name: 'policy_update', respect_exclusion_windows: true, enable_followups: true, days_before_event: 5, target_all_contacts: true, priority: 3, transactional: false, ...shipped },
  ];
}
