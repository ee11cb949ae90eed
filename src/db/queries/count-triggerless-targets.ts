import type { ClientBase } from 'pg';

/** Targets of all instances of the type that have no trigger date: only all-contacts types allow them. */
export async function countTriggerlessTargets(
  client: ClientBase,
  organizationId: number,
  typeId: number,
): Promise<number> {
  const { rows } = await client.query<{ count: number }>(
    `SELECT count(*)::integer AS count
     FROM campaign_instances i
     JOIN contact_campaigns t ON t.organization_id = i.organization_id AND t.campaign_instance_id = i.id
     WHERE i.organization_id = $1 AND i.campaign_type_id = $2 AND t.trigger_date IS NULL`,
    [organizationId, typeId],
  );
  return rows[0]!.count;
}
