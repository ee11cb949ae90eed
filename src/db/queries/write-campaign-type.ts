import type { ClientBase } from 'pg';
import type { CampaignTypeFields } from '../campaign-fields/type-fields.ts';

/** @param id of one that is there; `null`: a new one @returns its id */
export async function writeCampaignType(
  client: ClientBase,
  organizationId: number,
  id: number | null,
  type: CampaignTypeFields,
): Promise<number> {
  const values = [
    organizationId,
    type.name,
    type.respect_exclusion_windows,
    type.legal_basis,
    type.enable_followups,
    type.days_before_event,
    type.target_all_contacts,
    type.priority,
    type.transactional,
    type.active,
  ];
  const columns = `name, respect_exclusion_windows, legal_basis, enable_followups, days_before_event,
    target_all_contacts, priority, transactional, active`;
  const { rows } =
    id === null
      ? await client.query<{ id: string }>(
          `INSERT INTO campaign_types (organization_id, ${columns})
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id`,
          values,
        )
      : await client.query<{ id: string }>(
          `UPDATE campaign_types SET (${columns}) = ROW ($2, $3, $4, $5, $6, $7, $8, $9, $10)
           WHERE organization_id = $1 AND id = $11 RETURNING id`,
          [...values, id],
        );
  return Number(rows[0]!.id);
}
