import type { ClientBase, Pool } from 'pg';

/** Changes that matter to planning and that no plan has yet. */
export interface PendingChanges {
  readonly hasPlan: boolean;
  /** `many`: of all of the organization's contacts, or of more than were asked for. */
  readonly contactIds: readonly number[] | 'many';
}

/**
 * @param changedIn those of one transaction; `null`: all
 * @returns `null`: there are none
 */
export async function findPendingChanges(
  db: Pool | ClientBase,
  organizationId: number,
  maxContacts: number,
  changedIn: string | null = null,
): Promise<PendingChanges | null> {
  const { rows } = await db.query<{
    has_plan: boolean;
    is_all: boolean | null;
    contact_ids: string[] | null;
  }>(
    `SELECT (SELECT plan_number IS NOT NULL FROM organizations WHERE id = $1) AS has_plan,
       bool_or(contact_id IS NULL) AS is_all, array_agg(contact_id ORDER BY contact_id) AS contact_ids
     FROM (
       SELECT DISTINCT contact_id FROM planning_changes
       WHERE organization_id = $1 AND NOT replanned AND ($3::xid8 IS NULL OR changed_in = $3)
       LIMIT $2::integer + 1) pending`,
    [organizationId, maxContacts, changedIn],
  );
  const { has_plan: hasPlan, is_all: isAll, contact_ids: contactIds } = rows[0]!;
  if (contactIds === null) return null;
  return {
    hasPlan,
    contactIds: isAll === true || contactIds.length > maxContacts ? 'many' : contactIds.map(Number),
  };
}
