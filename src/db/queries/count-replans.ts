import type { ClientBase, Pool } from 'pg';

/** What replans have done to the plan in force. */
export interface ReplansOfPlan {
  readonly planNumber: number;
  readonly replans: number;
  readonly latestAt: Date;
}

/** `null`: there is no plan in force, or no replan has changed it. */
export async function countReplans(
  db: ClientBase | Pool,
  organizationId: number,
): Promise<ReplansOfPlan | null> {
  const { rows } = await db.query<ReplansOfPlan>(
    `SELECT p.number AS "planNumber", count(*)::integer AS replans, max(r.finished_at) AS "latestAt"
     FROM organizations o
     JOIN plans p ON p.organization_id = o.id AND p.number = o.plan_number
     -- All of them came after the run that published the plan.
     JOIN scheduler_runs r ON r.organization_id = o.id AND r.id > p.run_id AND r.kind = 'replan'
       AND r.former_plan_number = p.number
     WHERE o.id = $1 GROUP BY p.number`,
    [organizationId],
  );
  return rows[0] ?? null;
}
