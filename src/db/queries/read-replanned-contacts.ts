import type { ClientBase, Pool } from 'pg';

/** Contacts that a replan planned again. */
export interface ReplannedContacts {
  /** The first by id. */
  readonly firstIds: readonly number[];
  readonly total: number;
}

export async function readReplannedContacts(
  db: ClientBase | Pool,
  runId: number,
  limit: number,
): Promise<ReplannedContacts> {
  const { rows } = await db.query<{ ids: string[]; total: string }>(
    `SELECT ARRAY(SELECT contact_id FROM replanned_contacts WHERE run_id = $1 ORDER BY contact_id LIMIT $2) AS ids,
       (SELECT count(*) FROM replanned_contacts WHERE run_id = $1) AS total`,
    [runId, limit],
  );
  const { ids, total } = rows[0]!;
  return { firstIds: ids.map(Number), total: Number(total) };
}
