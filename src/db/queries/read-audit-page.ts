import type { ClientBase, Pool } from 'pg';

export interface AuditedOrganization {
  readonly id: number;
  readonly timeZone: string;
}

/** `null`: any. */
export interface AuditFilter {
  readonly entity: string | null;
  /** Kinds that are left out. */
  readonly except: readonly string[];
  readonly entityId: string | null;
  readonly actor: string | null;
  /** Days of the organization's zone, both included. */
  readonly fromDay: string | null;
  readonly toDay: string | null;
  readonly limit: number;
}

export interface AuditRow {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly entity: string;
  readonly entityId: string | null;
  readonly action: string;
  readonly field: string | null;
  readonly old: string | null;
  readonly new: string | null;
  /** When its transaction began, in microseconds. */
  readonly moment: string;
}

const FITS = `organization_id = $1 AND ($2::text IS NULL OR entity = $2) AND ($3::text IS NULL OR entity_id = $3)
  AND ($4::text IS NULL OR actor = $4)
  AND ($5::date IS NULL OR at >= $5::date::timestamp AT TIME ZONE $7)
  AND ($6::date IS NULL OR at < ($6::date + 1)::timestamp AT TIME ZONE $7)
  AND entity <> ALL ($8::text[])`;

function valuesOf({ id, timeZone }: AuditedOrganization, filter: AuditFilter): unknown[] {
  const { entity, entityId, actor, fromDay, toDay, except } = filter;
  return [id, entity, entityId, actor, fromDay, toDay, timeZone, except];
}

/** Newest first. */
export async function readAuditPage(
  db: ClientBase | Pool,
  organization: AuditedOrganization,
  filter: AuditFilter,
  { beforeId, size }: { readonly beforeId: number | null; readonly size: number },
): Promise<AuditRow[]> {
  const { rows } = await db.query<AuditRow & { id: string }>(
    `SELECT id, at, actor, entity, entity_id AS "entityId", action, field, old, new,
       (extract(epoch FROM at) * 1000000)::bigint AS moment
     FROM audit_log WHERE ${FITS} AND ($9::bigint IS NULL OR id < $9) ORDER BY id DESC LIMIT $10`,
    [...valuesOf(organization, filter), beforeId, size],
  );
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}

/** Entries before this one, in a row, that are of its moment and alike. */
export async function countRestOfMoment(
  db: ClientBase | Pool,
  organization: AuditedOrganization,
  filter: AuditFilter,
  { id }: AuditRow,
): Promise<{ readonly entries: number; readonly lastId: number }> {
  const { rows } = await db.query<{ entries: number; lastId: string | null }>(
    `WITH other AS (
       SELECT id FROM audit_log
       WHERE ${FITS} AND id < $9 AND (at, actor, entity, action) IS DISTINCT FROM
         (SELECT (at, actor, entity, action) FROM audit_log WHERE organization_id = $1 AND id = $9)
       ORDER BY id DESC LIMIT 1)
     SELECT count(*)::integer AS entries, min(id) AS "lastId" FROM audit_log
     WHERE ${FITS} AND id < $9 AND id > coalesce((SELECT id FROM other), 0)`,
    [...valuesOf(organization, filter), id],
  );
  const { entries, lastId } = rows[0]!;
  return { entries, lastId: lastId === null ? id : Number(lastId) };
}
