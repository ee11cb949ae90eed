import type { ClientBase, Pool } from 'pg';
import type { InstanceStatus } from '../../domain/campaigns.ts';
import type { StoredType } from '../campaign-catalog.ts';

export interface ListedType extends StoredType {
  readonly instances: readonly { readonly name: string; readonly status: InstanceStatus }[];
}

/** @param name only this one; `null`: all, by name */
export async function listCampaignTypes(
  db: ClientBase | Pool,
  organizationId: number,
  name: string | null,
): Promise<ListedType[]> {
  const { rows } = await db.query<ListedType>(
    `SELECT id::integer, name, respect_exclusion_windows, legal_basis, enable_followups, days_before_event,
       target_all_contacts, priority, transactional, active,
       (SELECT coalesce(json_agg(json_build_object('name', i.name, 'status', i.status) ORDER BY i.name), '[]')
        FROM campaign_instances i
        WHERE i.organization_id = t.organization_id AND i.campaign_type_id = t.id) AS instances
     FROM campaign_types t
     WHERE organization_id = $1 AND ($2::text IS NULL OR name = $2)
     ORDER BY name`,
    [organizationId, name],
  );
  return rows;
}
