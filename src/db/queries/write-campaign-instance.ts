import type { ClientBase } from 'pg';
import type { CampaignInstanceFields } from '../campaign-fields/instance-fields.ts';

/** @param id of one that is there; `null`: a new one @returns its id */
export async function writeCampaignInstance(
  client: ClientBase,
  organizationId: number,
  id: number | null,
  typeId: number,
  instance: CampaignInstanceFields,
): Promise<number> {
  const values = [
    organizationId,
    typeId,
    instance.name,
    instance.status,
    instance.email_template,
    instance.sms_template,
    instance.active_start_date,
    instance.active_end_date,
    instance.respect_exclusion_windows,
    instance.enable_followups,
    instance.metadata,
  ];
  const columns = `campaign_type_id, name, status, email_template, sms_template, active_start_date,
    active_end_date, respect_exclusion_windows, enable_followups, metadata`;
  const { rows } =
    id === null
      ? await client.query<{ id: string }>(
          `INSERT INTO campaign_instances (organization_id, ${columns})
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id`,
          values,
        )
      : await client.query<{ id: string }>(
          `UPDATE campaign_instances SET (${columns}) = ROW ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           WHERE organization_id = $1 AND id = $12 RETURNING id`,
          [...values, id],
        );
  return Number(rows[0]!.id);
}
