/** An organization's campaign types and instances, as a run has pinned them or as they are. */
import type { ClientBase, Pool } from 'pg';
import { parseDay, type DayNumber } from '../domain/calendar.ts';
import type { CampaignInstance, CampaignType, InstanceStatus } from '../domain/campaigns.ts';
import { cleanText } from '../domain/contact-text.ts';
import { dayAt } from '../domain/time-zone.ts';

export interface Campaigns {
  readonly types: readonly CampaignType[];
  readonly instances: readonly CampaignInstance[];
}

/** What the run goes by: campaigns as its snapshot has them. */
export async function readCampaignsOfRun(client: ClientBase, runId: number): Promise<Campaigns> {
  const { rows } = await client.query<{ campaigns: StoredCampaigns | null }>(
    'SELECT campaigns FROM scheduler_runs WHERE id = $1',
    [runId],
  );
  return campaignsOf(rows[0]?.campaigns ?? null);
}

/** What a run would go by that starts now. */
export async function readCampaigns(client: ClientBase | Pool, organizationId: number): Promise<Campaigns> {
  const { rows } = await client.query<{ campaigns: StoredCampaigns | null }>(
    'SELECT campaigns_of($1) AS campaigns',
    [organizationId],
  );
  return campaignsOf(rows[0]?.campaigns ?? null);
}

/** As `campaigns_of` writes it: what is null is left out. */
interface StoredCampaigns {
  readonly time_zone: string;
  readonly types: readonly StoredType[];
  readonly instances: readonly StoredInstance[];
}

interface StoredType {
  readonly id: number;
  readonly name: string;
  readonly respect_exclusion_windows: boolean;
  readonly legal_basis?: string;
  readonly days_before_event: number;
  readonly target_all_contacts: boolean;
  readonly priority: number;
  readonly transactional: boolean;
  readonly active: boolean;
}

interface StoredInstance {
  readonly id: number;
  readonly name: string;
  readonly campaign_type_id: number;
  readonly status: InstanceStatus;
  readonly email_template?: string;
  readonly sms_template?: string;
  readonly active_start_date?: string;
  readonly active_end_date?: string;
  readonly respect_exclusion_windows?: boolean;
  readonly overrides: {
    readonly days_before_event?: number;
    readonly priority?: number;
    readonly email_template?: string;
    readonly sms_template?: string;
  };
  readonly created_at_ms: number;
}

function campaignsOf(stored: StoredCampaigns | null): Campaigns {
  if (stored === null) return { types: [], instances: [] };
  return {
    types: stored.types.map(typeOf),
    instances: stored.instances.map((instance) => instanceOf(instance, stored.time_zone)),
  };
}

function typeOf(type: StoredType): CampaignType {
  return {
    id: type.id,
    name: type.name,
    respectsWindows: type.respect_exclusion_windows,
    legalBasis: textOrNull(type.legal_basis),
    daysBeforeEvent: type.days_before_event,
    targetsAllContacts: type.target_all_contacts,
    priority: type.priority,
    isTransactional: type.transactional,
    isActive: type.active,
  };
}

function instanceOf(instance: StoredInstance, timeZone: string): CampaignInstance {
  const { overrides } = instance;
  return {
    id: instance.id,
    name: instance.name,
    typeId: instance.campaign_type_id,
    status: instance.status,
    emailTemplate: textOrNull(instance.email_template),
    smsTemplate: textOrNull(instance.sms_template),
    startDay: dayOrNull(instance.active_start_date),
    endDay: dayOrNull(instance.active_end_date),
    tightensWindows: instance.respect_exclusion_windows === true,
    overrides: {
      daysBeforeEvent: overrides.days_before_event ?? null,
      priority: overrides.priority ?? null,
      emailTemplate: textOrNull(overrides.email_template),
      smsTemplate: textOrNull(overrides.sms_template),
    },
    createdDay: dayAt(instance.created_at_ms, timeZone),
  };
}

/** Blank is missing (SPEC 3). */
function textOrNull(text: string | undefined): string | null {
  return cleanText(text ?? null);
}

function dayOrNull(date: string | undefined): DayNumber | null {
  return date === undefined ? null : parseDay(date);
}
