import type { ClientBase, Pool } from 'pg';
import type { StoredInstance } from '../campaign-catalog.ts';
import type { CampaignTypeFields } from '../campaign-fields/type-fields.ts';

export interface ListedInstance extends StoredInstance {
  readonly created_at: Date;
  /** What it has of its type where it has nothing of its own. */
  readonly of_type: CampaignTypeFields;
  /** Contacts with a target row; deleted ones do not count. */
  readonly targets: number;
  readonly targets_without_trigger: number;
}

/** @param name only this one; `null`: all, by name */
export async function listCampaignInstances(
  db: ClientBase | Pool,
  organizationId: number,
  name: string | null,
): Promise<ListedInstance[]> {
  const { rows } = await db.query<ListedInstance>(
    `SELECT i.id::integer, i.name, t.name AS type, i.status, i.email_template, i.sms_template,
       i.active_start_date::text, i.active_end_date::text, i.respect_exclusion_windows, i.enable_followups,
       i.metadata::text, i.created_at,
       json_build_object('name', t.name, 'respect_exclusion_windows', t.respect_exclusion_windows,
         'legal_basis', t.legal_basis, 'enable_followups', t.enable_followups,
         'days_before_event', t.days_before_event, 'target_all_contacts', t.target_all_contacts,
         'priority', t.priority, 'transactional', t.transactional, 'active', t.active) AS of_type,
       counted.targets::integer, counted.targets_without_trigger::integer
     FROM campaign_instances i
     JOIN campaign_types t ON t.organization_id = i.organization_id AND t.id = i.campaign_type_id
     CROSS JOIN LATERAL (
       SELECT count(*) AS targets, count(*) FILTER (WHERE trigger_date IS NULL) AS targets_without_trigger
       FROM contact_campaigns c
       JOIN contacts p ON p.organization_id = c.organization_id AND p.id = c.contact_id
       WHERE c.organization_id = i.organization_id AND c.campaign_instance_id = i.id AND p.deleted_at IS NULL
     ) counted
     WHERE i.organization_id = $1 AND ($2::text IS NULL OR i.name = $2)
     ORDER BY i.name`,
    [organizationId, name],
  );
  return rows;
}
