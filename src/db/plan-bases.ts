/** Bases: the partitions of `plan_rows`, each written by one run (DESIGN 2, A base is a partition of its own). */
import type { ClientBase } from 'pg';

/** A base of its own for the run: a bare table, without indexes, that no reader sees. */
export async function createBase(client: ClientBase, organizationId: number, runId: number): Promise<number> {
  const { rows } = await client.query<{ id: string }>(
    'INSERT INTO plan_bases (organization_id, run_id) VALUES ($1, $2) RETURNING id',
    [organizationId, runId],
  );
  const baseId = Number(rows[0]!.id);
  await client.query('SELECT create_plan_base($1)', [baseId]);
  return baseId;
}

/** Indexes the base and makes it a partition; its rows are seen once a plan of it is published. */
export async function attachBase(client: ClientBase, baseId: number): Promise<void> {
  await client.query('SELECT index_plan_base($1)', [baseId]);
  await client.query('SELECT attach_plan_base($1)', [baseId]);
  await client.query('UPDATE plan_bases SET attached = true WHERE id = $1', [baseId]);
}

/** How many rows the run has written into the base, which need not be a partition yet. */
export async function countSegmentRows(client: ClientBase, baseId: number, runId: number): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    `SELECT count(*) FROM plan_base_${baseId} WHERE segment_run_id = $1`,
    [runId],
  );
  return Number(rows[0]!.count);
}

/** Earlier plans and dry runs are kept for so long (SPEC 9, 15). */
export const KEEP_DAYS = 7;

/**
 * Removes what is kept for a few days only: old dry runs with all that they found, the rejected contacts,
 * day counts and covered changes of plans that were replaced long ago, and what runs had pinned of the campaigns.
 */
export async function forgetOldPlans(client: ClientBase, organizationId: number): Promise<void> {
  await forgetOldDryRuns(client, organizationId);
  const old = `SELECT p.number, p.run_id FROM plans p
    JOIN plans next ON next.organization_id = p.organization_id AND next.number = p.number + 1
    WHERE p.organization_id = $1 AND next.published_at < now() - make_interval(days => $2)
      AND NOT EXISTS (
        SELECT FROM scheduler_runs r WHERE r.organization_id = $1 AND r.restored_plan_number = p.number
          AND r.state IN ('queued', 'running'))`;
  // Who asks why the plan in force is as it is asks its run, and the replans that have changed it.
  const isNotOfPlanInForce = `NOT EXISTS (
    SELECT FROM plans p JOIN organizations o ON o.id = p.organization_id
    WHERE p.organization_id = $1 AND p.number = o.plan_number
      AND (p.run_id = r.id OR r.kind = 'replan' AND r.former_plan_number = p.number))`;
  const values = [organizationId, KEEP_DAYS];
  await client.query(
    `DELETE FROM rejected_contacts WHERE run_id IN (SELECT run_id FROM (${old}) old)`,
    values,
  );
  // A day longer: a run that puts a plan back on that plan's last day asks for them until it ends.
  await client.query(
    `DELETE FROM covered_changes
     WHERE organization_id = $1 AND covered_at < now() - make_interval(days => $2 + 1)`,
    values,
  );
  await client.query(
    `DELETE FROM plan_days WHERE organization_id = $1 AND plan_number IN (SELECT number FROM (${old}) old)`,
    values,
  );
  await client.query(
    `UPDATE scheduler_runs r SET campaigns = NULL
     WHERE organization_id = $1 AND campaigns IS NOT NULL AND finished_at < now() - make_interval(days => $2)
       AND ${isNotOfPlanInForce}`,
    values,
  );
  await client.query(
    `DELETE FROM replanned_contacts c USING scheduler_runs r
     WHERE r.organization_id = $1 AND r.id = c.run_id AND r.finished_at < now() - make_interval(days => $2)
       AND ${isNotOfPlanInForce}`,
    values,
  );
}

/** The kept count of contacts is a sum of changes, one for each statement: so many at most are added up every time. */
const MAX_COUNT_CHANGES = 100;

/** Whoever adds or deletes contacts meanwhile adds another change, and waits for nobody. */
export async function addUpContactCounts(client: ClientBase, organizationId: number): Promise<void> {
  await client.query(
    `WITH changes AS (
       DELETE FROM contact_counts WHERE organization_id = $1
         AND (SELECT count(*) FROM contact_counts WHERE organization_id = $1) > $2
       RETURNING change
     )
     INSERT INTO contact_counts (organization_id, change)
     SELECT $1, sum(change) FROM changes HAVING count(*) > 0`,
    [organizationId, MAX_COUNT_CHANGES],
  );
}

/** The rows of those in bases that plans use; a base that only a dry run uses is dropped whole. */
async function forgetOldDryRuns(client: ClientBase, organizationId: number): Promise<void> {
  const { rows } = await client.query<{ id: string; base_id: string; is_shared: boolean }>(
    `SELECT r.id, r.base_id, EXISTS (
         SELECT FROM plans WHERE organization_id = $1 AND base_id = r.base_id) AS is_shared
     FROM scheduler_runs r
     WHERE r.organization_id = $1 AND r.kind <> 'replan' AND r.state = 'dry_run' AND r.base_id IS NOT NULL
       AND r.finished_at < now() - make_interval(days => $2)`,
    [organizationId, KEEP_DAYS],
  );
  for (const { id, base_id: baseId, is_shared: isShared } of rows) {
    if (isShared) {
      await client.query('DELETE FROM plan_rows WHERE base_id = $1 AND segment_run_id = $2', [baseId, id]);
    }
    await client.query('DELETE FROM plan_closings WHERE run_id = $1', [id]);
    await client.query('DELETE FROM rejected_contacts WHERE run_id = $1', [id]);
    await client.query('UPDATE scheduler_runs SET base_id = NULL WHERE id = $1', [id]);
  }
}

/** The bases of the organization that no plan of the last days and no run needs any more. */
export async function findUnneededBases(client: ClientBase, organizationId: number): Promise<number[]> {
  const { rows } = await client.query<{ id: string }>(
    `SELECT b.id FROM plan_bases b
     WHERE b.organization_id = $1 AND b.dropped_at IS NULL
       AND b.id IS DISTINCT FROM (SELECT plan_base_id FROM organizations WHERE id = $1)
       -- A plan is earlier from the moment on that the next one was published.
       AND NOT EXISTS (
         SELECT FROM plans p
         JOIN plans next ON next.organization_id = p.organization_id AND next.number = p.number + 1
         WHERE p.base_id = b.id AND next.published_at > now() - make_interval(days => $2))
       AND NOT EXISTS (
         SELECT FROM scheduler_runs r WHERE r.organization_id = $1 AND r.restored_base_id = b.id
           AND r.state IN ('queued', 'running'))
       AND NOT EXISTS (
         SELECT FROM scheduler_runs r WHERE r.organization_id = $1 AND r.base_id = b.id AND r.kind <> 'replan'
           AND (r.state = 'running' OR (r.state = 'dry_run' AND r.finished_at > now() - make_interval(days => $2))))`,
    [organizationId, KEEP_DAYS],
  );
  return rows.map(({ id }) => Number(id));
}

/** A base is a partition: dropping it waits for whoever reads rows of any base, and makes others wait meanwhile. */
export async function dropBase(client: ClientBase, baseId: number): Promise<void> {
  await client.query('SELECT drop_plan_base($1)', [baseId]);
  await client.query('UPDATE plan_bases SET dropped_at = now() WHERE id = $1', [baseId]);
}
