import type { ClientBase } from 'pg';

/** The runs whose rows the plan of the base is made of. */
export async function readSegments(client: ClientBase, baseId: number): Promise<number[]> {
  const { rows } = await client.query<{ run_id: string }>(
    'SELECT run_id FROM plan_segments WHERE base_id = $1 ORDER BY run_id',
    [baseId],
  );
  return rows.map(({ run_id }) => Number(run_id));
}
