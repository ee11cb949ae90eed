/** What has changed about a contact since a plan was made, and what it was like before. */
import type { ClientBase } from 'pg';
import { parseDay } from '../domain/calendar.ts';
import type { Contact } from '../domain/contact.ts';
import type { PublishedPlan } from './published-plan.ts';

/** A change that no plan covers yet: the next run or replan does. */
export interface UncoveredChange {
  readonly cause: string;
  readonly changedAt: Date;
  /** Of the contact itself, not of all contacts. */
  readonly isOwn: boolean;
}

/**
 * Changes that concern the contact and that nothing has planned with yet.
 * @param replanSnapshot the statement's parameter for what the latest replan of the contact saw, or null: it has seen
 *   changes of many contacts too, which stay on the list for the others
 */
function isUncovered(replanSnapshot: string): string {
  return `organization_id = $1 AND (contact_id = $2 OR contact_id IS NULL) AND NOT replanned
    AND (${replanSnapshot}::pg_snapshot IS NULL OR NOT pg_visible_in_snapshot(changed_in, ${replanSnapshot}))`;
}

/** Oldest first. */
export async function readUncoveredChanges(
  client: ClientBase,
  organizationId: number,
  contactId: number,
  replanSnapshot: string | null,
): Promise<UncoveredChange[]> {
  const { rows } = await client.query<{ cause: string; changed_at: Date; own: boolean }>(
    `SELECT cause, changed_at, contact_id IS NOT NULL AS own FROM planning_changes
     WHERE ${isUncovered('$3')}
     ORDER BY id`,
    [organizationId, contactId, replanSnapshot],
  );
  return rows.map(({ cause, changed_at, own }) => ({ cause, changedAt: changed_at, isOwn: own }));
}

/** Whether the contact changed while the run went on, so that it was planned again just before publication. */
export async function wasPlannedAgain(
  client: ClientBase,
  organizationId: number,
  contactId: number,
  plan: PublishedPlan,
): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM covered_changes c
     JOIN plans p ON p.organization_id = c.organization_id AND p.published_at = c.covered_at
     WHERE c.organization_id = $1 AND c.contact_id = $2 AND p.number = $3
       AND NOT pg_visible_in_snapshot(c.changed_in, $4)
     LIMIT 1`,
    [organizationId, contactId, plan.number, plan.snapshot],
  );
  return rows.length > 0;
}

interface FormerContactRow {
  email: string | null;
  zip_code: string | null;
  state: string | null;
  birth_date: string | null;
  effective_date: string | null;
  absent: boolean;
  scope: Contact['suppression'];
}

const CHANGED_FIELDS = `email, zip_code, state, birth_date::text AS birth_date,
  effective_date::text AS effective_date`;

/**
 * The contact as it was before its changes that no plan covers. A change and its entry in the history are one
 * transaction, and so have the same time.
 * @returns `null`: it was no contact then
 */
export async function readContactBeforeChanges(
  client: ClientBase,
  organizationId: number,
  contactId: number,
  replanSnapshot: string | null,
): Promise<Contact | null> {
  const { rows } = await client.query<FormerContactRow>(
    `WITH uncovered AS (
       SELECT changed_at, cause FROM planning_changes
       WHERE ${isUncovered('$3')}
     ), before AS (
       (SELECT ${CHANGED_FIELDS}, deleted_at IS NOT NULL AS absent
        FROM contact_history
        WHERE organization_id = $1 AND contact_id = $2 AND changed_at IN (SELECT changed_at FROM uncovered)
        ORDER BY id LIMIT 1)
       UNION ALL
       SELECT ${CHANGED_FIELDS}, deleted_at IS NOT NULL AS absent
       FROM contacts WHERE organization_id = $1 AND id = $2
     ), added AS (
       SELECT FROM contacts WHERE organization_id = $1 AND id = $2
         AND created_at IN (SELECT changed_at FROM uncovered WHERE cause = 'contacts added')
     )
     SELECT b.email, b.zip_code, b.state, b.birth_date, b.effective_date,
       b.absent OR EXISTS (SELECT FROM added) AS absent,
       (SELECT scope FROM suppressions WHERE organization_id = $1 AND address = normal_address(b.email)
        ORDER BY scope LIMIT 1) AS scope
     FROM before b LIMIT 1`,
    [organizationId, contactId, replanSnapshot],
  );
  const row = rows[0];
  if (row === undefined || row.absent) return null;
  return {
    id: contactId,
    email: row.email,
    zipCode: row.zip_code,
    state: row.state,
    birthDay: row.birth_date === null ? null : parseDay(row.birth_date),
    effectiveDay: row.effective_date === null ? null : parseDay(row.effective_date),
    suppression: row.scope,
  };
}
