/**
 * What the independent model of the rules takes and returns. Plain data: days are ISO texts
 * (`2027-03-04`), names are those of the relations of the database. The model knows nothing of
 * `src`; the product knows nothing of the model; tests translate between the two.
 */

export interface ModelContact {
  id: number;
  email: string | null;
  zip_code: string | null;
  state: string | null;
  birth_date: string | null;
  effective_date: string | null;
}

export interface ModelSuppression {
  address: string;
  scope: 'all' | 'marketing';
}

/** SPEC 6, the upper tier. */
export interface ModelCampaignType {
  id: number;
  name: string;
  respect_exclusion_windows: boolean;
  /** Why its mails may go out inside a window. */
  legal_basis: string | null;
  enable_followups: boolean;
  days_before_event: number;
  target_all_contacts: boolean;
  priority: number;
  transactional: boolean;
  active: boolean;
}

interface ModelInstanceMetadata {
  days_before_event?: number;
  priority?: number;
  email_template?: string;
  sms_template?: string;
}

export interface ModelCampaignInstance {
  id: number;
  campaign_type_id: number;
  name: string;
  status: 'draft' | 'active' | 'paused' | 'ended';
  email_template: string | null;
  sms_template: string | null;
  active_start_date: string | null;
  active_end_date: string | null;
  /** True tightens the type; null leaves it to the type. */
  respect_exclusion_windows: true | null;
  enable_followups: boolean | null;
  metadata: ModelInstanceMetadata | null;
  /** A moment, `2027-03-01T04:30:00.000Z`. */
  created_at: string;
}

/** A row of the relation `contact_campaigns`. */
export interface ModelTarget {
  contact_id: number;
  campaign_instance_id: number;
  /** Null only where the instance is for all contacts. */
  trigger_date: string | null;
  metadata: { email_template?: string; sms_template?: string } | null;
}

export interface ModelCampaigns {
  types: ModelCampaignType[];
  instances: ModelCampaignInstance[];
  targets: ModelTarget[];
}

/** A row of the relation `email_schedules`, of the ledger or of the plan in force. */
export interface ModelRow {
  contact_id: number;
  email_type: string;
  campaign_instance_id: number | null;
  event_date: string;
  ideal_date: string;
  scheduled_send_date: string;
  status: string;
  skip_reason: string | null;
  priority: number;
  metadata: ModelMetadata | null;
}

export interface ModelMetadata {
  placed_by?: 'catch_up' | 'smoothed' | 'redistributed';
  moved_from?: string;
  /** The rule that blocked a skipped mail. */
  blocked_by?: { state: string; kind: string; from: string; to: string };
  /** Mails by the text of SPEC 2, ordered by their day, then by the text. */
  collided_with?: string[];
  /** The campaign mail that stays on the day, by the text of SPEC 2. */
  winner?: string;
  /** Mails by the text of SPEC 2, ordered by their day, then by the text. */
  stands_for?: string[];
  /** Of the type by which the mail is exempted from the windows. */
  legal_basis?: string;
}

/** A rule of `config/state-rules.yaml`, as written there. */
export interface ModelRule {
  state: string;
  kind: 'birthday' | 'effective_date' | 'calendar' | 'all_year';
  days_before?: number;
  days_after?: number;
  /** `calendar`: month-day, `03-15`. */
  from?: string;
  to?: string;
  anchor?: 'month_start';
  extension_days?: number;
  all_year_from_age?: number;
  law_from?: string;
  law_until?: string;
}

/** The keys of SPEC 12 that matter to planning. */
export interface ModelConfig {
  send_time: string;
  features: {
    campaigns: boolean;
    load_balancing: boolean;
    frequency_limit: boolean;
    post_window: boolean;
  };
  email_types: {
    birthday: { enabled: boolean; days_before: number; deadline_days_before: number; priority: number };
    effective_date: {
      enabled: boolean;
      days_before: number;
      deadline_days_before: number;
      priority: number;
    };
    aep: { enabled: boolean; days: { on: string; deadline: string }[]; priority: number };
    post_window: { enabled: boolean; days_after: number; deadline_days_after: number; priority: number };
  };
  catch_up_days: number;
  exclusion: { extension_days: number; unknown_anchor: 'block' | 'send' };
  load: {
    daily_cap_percent: number;
    redistribute_above_percent: number;
    redistribute_within_days: number;
    smoothing_limit: number;
    smoothing_percent_of_cap: number;
    smoothing_days: number;
  };
  frequency: { max_mails: number; period_days: number };
}

export interface ModelInput {
  /** The organization's today. */
  today: string;
  /** The first day to plan for, on or after today. */
  asOf: string;
  /** Ignore the plan in force and draw everything anew (rows from today up to the as-of date stay). */
  fresh: boolean;
  config: ModelConfig;
  rules: ModelRule[];
  contacts: ModelContact[];
  suppressions: ModelSuppression[];
  /** Five-digit ZIP codes that exist, and their state. */
  zipStates: Record<string, string>;
  ledger: ModelRow[];
  /** Every row of the plan in force, those whose day has passed included. */
  planInForce: ModelRow[];
  /** Absent: the organization has none, and no types either. */
  campaigns?: ModelCampaigns;
  /** The organization's zone. Absent: America/Chicago. */
  time_zone?: string;
  /** Ids of the contacts to replan (SPEC 9, Replanning). Absent: a run over all. */
  only?: number[];
}

/** A row of the new plan. */
export interface ModelPlannedRow extends ModelRow {
  status: 'pre-scheduled' | 'skipped';
  scheduled_send_time: string;
  over_cap: boolean;
  /** Campaign mails only: the templates by the precedence of SPEC 6. */
  email_template?: string;
  sms_template?: string | null;
}

export interface ModelOutput {
  /** Rows dated on or after the as-of date, ordered by contact, type, instance, event date. */
  rows: ModelPlannedRow[];
  /** Overdue rows of the plan in force that are settled as `skipped`, `missed` (SPEC 4). */
  missed: ModelRow[];
  rejected: { contact_id: number; reason: string }[];
  /** Contacts that are planned or rejected nowhere: nothing was due. */
  nothing_due: number[];
  /** Volume of each day (SPEC 7) from the as-of date on, after shaping; days without mail left out. */
  volumes: Record<string, number>;
}
