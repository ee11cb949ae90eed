/** Which contacts something has touched since an earlier plan: a restore plans them again (SPEC 9). */
import type { ClientBase } from 'pg';
import { selects, type ContactSelection } from './contact-selection.ts';

/** A plan that was published, and what it was made with. */
export interface MadePlan {
  readonly number: number;
  readonly runId: number;
  /** What its run saw of contacts and ledger. */
  readonly snapshot: string;
}

/**
 * Those among the selected that have a change, or a mail in the ledger, that is in the snapshot given and not in
 * that of the plan, or that failed when it was made: its rows of them are older than it is. Only what was there
 * when the restore began counts: what comes later is found before it is published, as in any run.
 * @returns `all`: something has changed that is everybody's
 */
export async function readTouchedContacts(
  client: ClientBase,
  organizationId: number,
  selection: ContactSelection,
  plan: MadePlan,
  snapshot: string,
): Promise<ReadonlySet<number> | 'all'> {
  const isSince = (column: string): string =>
    `pg_visible_in_snapshot(${column}, $3) AND NOT pg_visible_in_snapshot(${column}, $2)`;
  // What the plan's own publication has covered, or settled, the plan was made with. One transaction has one now().
  const publishedAt = '(SELECT published_at FROM plans WHERE organization_id = $1 AND number = $5)';
  const isSelected = selects('contact_id', selection);
  const { rows } = await client.query<{ contact_id: string | null }>(
    `SELECT contact_id FROM planning_changes
     WHERE organization_id = $1 AND (contact_id IS NULL OR ${isSelected}) AND ${isSince('changed_in')}
     UNION
     SELECT contact_id FROM covered_changes
     WHERE organization_id = $1 AND (contact_id IS NULL OR ${isSelected}) AND ${isSince('changed_in')}
       AND covered_at <> ${publishedAt}
     UNION
     SELECT contact_id FROM ledger
     WHERE organization_id = $1 AND ${isSelected} AND status <> 'requeued' AND parent_id IS NULL
       AND ${isSince('settled_in')} AND settled_at <> ${publishedAt}
     UNION
     SELECT contact_id FROM rejected_contacts
     WHERE run_id = $4 AND ${isSelected} AND reason = 'internal_error'`,
    [organizationId, plan.snapshot, snapshot, plan.runId, plan.number],
  );
  const ids = new Set<number>();
  for (const { contact_id: contactId } of rows) {
    if (contactId === null) return 'all';
    ids.add(Number(contactId));
  }
  return ids;
}
