import type { ClientBase } from 'pg';

export interface TargetSlice {
  readonly organizationId: number;
  readonly instanceId: number;
  /** Lines of the file, both included. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** What the file says of targets that are there: columns that it has. */
  readonly columns: readonly ('trigger_date' | 'metadata')[];
}

/** Adds targets and brings those that are there to what the file says, where that is something else. */
export async function storeStagedTargets(
  client: ClientBase,
  { organizationId, instanceId, firstLine, lastLine, columns }: TargetSlice,
): Promise<{ added: number; updated: number }> {
  const given = columns.map((column) => `excluded.${column}`).join(', ');
  const former = columns.map((column) => `t.${column}`).join(', ');
  const onConflict =
    columns.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET (${columns.join(', ')}) = ROW (${given}) WHERE (${former}) IS DISTINCT FROM (${given})`;
  const { rows } = await client.query<{ added: string; updated: string }>(
    `WITH stored AS (
       INSERT INTO contact_campaigns AS t
         (organization_id, contact_id, campaign_instance_id, trigger_date, metadata)
       SELECT $1, contact_id, $2, trigger_date, metadata FROM resolved_targets
       WHERE line BETWEEN $3 AND $4 AND contact_id IS NOT NULL
       ORDER BY contact_id
       ON CONFLICT (organization_id, contact_id, campaign_instance_id) ${onConflict}
       RETURNING xmax = 0 AS is_added
     )
     SELECT count(*) FILTER (WHERE is_added) AS added, count(*) FILTER (WHERE NOT is_added) AS updated FROM stored`,
    [organizationId, instanceId, firstLine, lastLine],
  );
  return { added: Number(rows[0]!.added), updated: Number(rows[0]!.updated) };
}
