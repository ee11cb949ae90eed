/** What a run has prepared for some contacts, read back: to be struck out and planned again before publication. */
import type { ClientBase } from 'pg';
import type { PlanRow } from '../domain/schedule-row.ts';
import { copyOut } from './copy.ts';
import { decodePlanRow, PLAN_ROW_COLUMNS } from './read-facts.ts';
import type { RunRecord } from './runs.ts';
import { readShares, unpackNumbers } from './shares.ts';
import type { Closing } from './write-findings.ts';

export interface PreparedPlan {
  readonly rows: readonly PlanRow[];
  readonly closings: readonly Closing[];
  readonly rejections: ReadonlyMap<number, string>;
  readonly nothingDue: ReadonlySet<number>;
}

export async function readPreparedPlan(
  client: ClientBase,
  run: RunRecord,
  contactIds: readonly number[],
): Promise<PreparedPlan> {
  const ids = contactIds.map(Number).join(',');
  const reader = await copyOut(
    client,
    `SELECT ${PLAN_ROW_COLUMNS} FROM plan_rows
     WHERE base_id = ${run.baseId} AND segment_run_id = ${run.id} AND contact_id = ANY ('{${ids}}'::bigint[])`,
  );
  const rows: PlanRow[] = [];
  while (reader.nextRow()) rows.push(decodePlanRow(reader));

  const { rows: closings } = await client.query<{
    contact_id: string;
    row_id: string;
    outcome: Closing['outcome'];
  }>('SELECT contact_id, row_id, outcome FROM plan_closings WHERE run_id = $1 AND contact_id = ANY ($2)', [
    run.id,
    contactIds,
  ]);
  const { rows: rejections } = await client.query<{ contact_id: string; reason: string }>(
    'SELECT contact_id, reason FROM rejected_contacts WHERE run_id = $1 AND contact_id = ANY ($2)',
    [run.id, contactIds],
  );
  const wanted = new Set(contactIds);
  const nothingDue = new Set<number>();
  for await (const { data } of readShares(client, run.id, 'nothing_due')) {
    for (const id of unpackNumbers(data)) if (wanted.has(id)) nothingDue.add(id);
  }
  return {
    rows,
    closings: closings.map((of) => ({
      contactId: Number(of.contact_id),
      rowId: Number(of.row_id),
      outcome: of.outcome,
    })),
    rejections: new Map(rejections.map((of) => [Number(of.contact_id), of.reason])),
    nothingDue,
  };
}

export async function deletePreparedPlan(
  client: ClientBase,
  run: RunRecord,
  contactIds: readonly number[],
): Promise<void> {
  await client.query(
    'DELETE FROM plan_rows WHERE base_id = $1 AND segment_run_id = $2 AND contact_id = ANY ($3)',
    [run.baseId, run.id, contactIds],
  );
  for (const table of ['plan_closings', 'rejected_contacts']) {
    await client.query(`DELETE FROM ${table} WHERE run_id = $1 AND contact_id = ANY ($2)`, [
      run.id,
      contactIds,
    ]);
  }
}
