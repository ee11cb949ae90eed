import type { PoolClient } from 'pg';
import { closeRows, settleMissed } from '../src/db/publish.ts';
import type { RunRecord } from '../src/db/runs.ts';
import { outOfBalance } from './draft-plan.ts';

/** Every row that the run has listed as ended is ended now, and no other. */
export async function endFormerRows(client: PoolClient, run: RunRecord, planNumber: number): Promise<void> {
  const { rows } = await client.query<{ closed: number; missed: number }>(
    `SELECT count(*) FILTER (WHERE outcome = 'closed')::integer AS closed,
       count(*) FILTER (WHERE outcome = 'missed')::integer AS missed
     FROM plan_closings WHERE run_id = $1`,
    [run.id],
  );
  const listed = rows[0]!;
  const closed = await closeRows(client, run, planNumber);
  const missed = await settleMissed(client, run, planNumber);
  if (closed !== listed.closed || missed !== listed.missed) {
    throw outOfBalance(
      run,
      `rows to close: ${listed.closed}, closed ${closed}; rows missed: ${listed.missed}, settled ${missed}`,
    );
  }
  await client.query('DELETE FROM plan_closings WHERE run_id = $1', [run.id]);
}
