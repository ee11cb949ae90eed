import type { ClientBase, Pool } from 'pg';

const RELATIONS = { type: 'campaign_types', instance: 'campaign_instances' } as const;

/** In the order in which they were added. */
export async function listCampaignNames(
  db: ClientBase | Pool,
  organizationId: number,
  kind: keyof typeof RELATIONS,
): Promise<string[]> {
  const { rows } = await db.query<{ name: string }>(
    `SELECT name FROM ${RELATIONS[kind]} WHERE organization_id = $1 ORDER BY id`,
    [organizationId],
  );
  return rows.map(({ name }) => name);
}
