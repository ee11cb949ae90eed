import type { ClientBase } from 'pg';
import { parseDay, type DayNumber } from '../../domain/calendar.ts';

export interface RunDay {
  readonly runId: number;
  readonly asOfDay: DayNumber;
  /** The plan that it published or, a replan, changed; `null`: neither. */
  readonly planNumber: number | null;
}

/** As of which days these runs planned, and for which plan. */
export async function listRunDays(client: ClientBase, runIds: readonly number[]): Promise<RunDay[]> {
  const { rows } = await client.query<{ id: string; as_of: string; plan_number: number | null }>(
    `SELECT id, as_of::text AS as_of,
       CASE WHEN kind = 'replan' THEN former_plan_number ELSE plan_number END AS plan_number
     FROM scheduler_runs WHERE id = ANY ($1)`,
    [runIds],
  );
  return rows.map(({ id, as_of, plan_number }) => ({
    runId: Number(id),
    asOfDay: parseDay(as_of)!,
    planNumber: plan_number,
  }));
}
