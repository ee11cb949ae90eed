/** An organization's campaign types and instances, held for a change of them. */
import type { ClientBase } from 'pg';
import type { CampaignInstanceFields } from './campaign-fields/instance-fields.ts';
import type { CampaignTypeFields } from './campaign-fields/type-fields.ts';

export type StoredType = CampaignTypeFields & { readonly id: number };
export type StoredInstance = CampaignInstanceFields & { readonly id: number };

export interface CampaignCatalog {
  /** By name. */
  readonly types: ReadonlyMap<string, StoredType>;
  readonly instances: ReadonlyMap<string, StoredInstance>;
}

/** Changes of an organization's campaigns take turns (the first key of two; the second is the organization). */
const CAMPAIGNS_LOCK_CLASS = 7073;

/**
 * Until the transaction ends, nobody else changes them, nor adds one of the same name, nor enrols anybody. Instances are
 * held before types, as the triggers of instances do it.
 */
export async function holdCampaigns(client: ClientBase, organizationId: number): Promise<CampaignCatalog> {
  await client.query('SELECT pg_advisory_xact_lock($1, $2)', [CAMPAIGNS_LOCK_CLASS, organizationId]);
  const instances = await client.query<StoredInstance>(
    `SELECT i.id::integer, i.name, t.name AS type, i.status, i.email_template, i.sms_template,
       i.active_start_date::text, i.active_end_date::text, i.respect_exclusion_windows, i.enable_followups,
       i.metadata::text
     FROM campaign_instances i
     JOIN campaign_types t ON t.organization_id = i.organization_id AND t.id = i.campaign_type_id
     WHERE i.organization_id = $1 ORDER BY i.id FOR NO KEY UPDATE OF i`,
    [organizationId],
  );
  const types = await client.query<StoredType>(
    `SELECT id::integer, name, respect_exclusion_windows, legal_basis, enable_followups, days_before_event,
       target_all_contacts, priority, transactional, active
     FROM campaign_types WHERE organization_id = $1 ORDER BY id FOR NO KEY UPDATE`,
    [organizationId],
  );
  return {
    types: new Map(types.rows.map((type) => [type.name, type])),
    instances: new Map(instances.rows.map((instance) => [instance.name, instance])),
  };
}
