import type { ClientBase } from 'pg';
import { parseDay, type DayNumber } from '../../domain/calendar.ts';

export interface RunDay {
  readonly runId: number;
  readonly asOfDay: DayNumber;
  readonly planNumber: number | null;
}

/** As of which days these runs planned. */
export async function listRunDays(client: ClientBase, runIds: readonly number[]): Promise<RunDay[]> {
  const { rows } = await client.query<{ id: string; as_of: string; plan_number: number | null }>(
    'SELECT id, as_of::text AS as_of, plan_number FROM scheduler_runs WHERE id = ANY ($1)',
    [runIds],
  );
  return rows.map(({ id, as_of, plan_number }) => ({
    runId: Number(id),
    asOfDay: parseDay(as_of)!,
    planNumber: plan_number,
  }));
}
