/** Reads the audit log (SPEC 15): who changed what. Triggers and commands write it. */
import type { ClientBase, Pool } from 'pg';

export interface LoggedChange {
  readonly id: number;
  readonly at: Date;
  readonly actor: string;
  readonly entity: string;
  readonly entityId: string | null;
  /** Of a campaign type or instance, and of a target's instance; `null`: it has none, or nobody knows it. */
  readonly name: string | null;
  readonly action: string;
  readonly field: string | null;
  readonly old: string | null;
  readonly new: string | null;
}

/** `null`: any. */
export interface AuditFilter {
  readonly entity: string | null;
  readonly entityId: string | null;
  readonly actor: string | null;
  /** Days of the organization's zone, both included. */
  readonly fromDay: string | null;
  readonly toDay: string | null;
  readonly limit: number;
}

export interface AuditLog {
  /** Newest first. */
  readonly entries: readonly LoggedChange[];
  readonly hasOlder: boolean;
  /** By id: fields name types by it. */
  readonly typeNames: ReadonlyMap<string, string>;
}

export async function listAuditLog(
  db: ClientBase | Pool,
  { id: organizationId, timeZone }: { readonly id: number; readonly timeZone: string },
  { entity, entityId, actor, fromDay, toDay, limit }: AuditFilter,
): Promise<AuditLog> {
  const { rows } = await db.query<LoggedChange & { id: string }>(
    `SELECT id, at, actor, entity, entity_id AS "entityId", action, field, old, new FROM audit_log
     WHERE organization_id = $1 AND ($2::text IS NULL OR entity = $2) AND ($3::text IS NULL OR entity_id = $3)
       AND ($4::text IS NULL OR actor = $4)
       AND ($5::date IS NULL OR at >= $5::date::timestamp AT TIME ZONE $7)
       AND ($6::date IS NULL OR at < ($6::date + 1)::timestamp AT TIME ZONE $7)
     ORDER BY id DESC LIMIT $8`,
    [organizationId, entity, entityId, actor, fromDay, toDay, timeZone, limit + 1],
  );
  const entries = rows.slice(0, limit).map((row) => ({ ...row, id: Number(row.id) }));
  const names = await readNames(db, organizationId, entries);
  return {
    entries: entries.map((entry) => ({ ...entry, name: names.get(namedThing(entry)) ?? null })),
    hasOlder: rows.length > limit,
    typeNames: new Map(
      [...names]
        .filter(([thing]) => thing.startsWith(TYPE))
        .map(([thing, name]) => [thing.slice(TYPE.length), name]),
    ),
  };
}

const TYPE = 'campaign_type:';

/** `campaign_instance:7`; of a target, that of its instance; of what has no name: empty. */
function namedThing({
  entity,
  entityId,
}: {
  readonly entity: string;
  readonly entityId: string | null;
}): string {
  if (entity === 'target') return `campaign_instance:${entityId?.split(':')[0] ?? ''}`;
  return entity === 'campaign_type' || entity === 'campaign_instance' ? `${entity}:${entityId ?? ''}` : '';
}

/** As they are called now; those that are gone, as they were called when they were removed. */
async function readNames(
  db: ClientBase | Pool,
  organizationId: number,
  entries: readonly { readonly entity: string; readonly entityId: string | null }[],
): Promise<ReadonlyMap<string, string>> {
  const things = [...new Set(entries.map(namedThing))].filter((thing) => thing !== '');
  if (things.length === 0) return new Map();
  const { rows } = await db.query<{ thing: string; name: string }>(
    `SELECT 'campaign_type:' || id AS thing, name FROM campaign_types WHERE organization_id = $1
     UNION ALL
     SELECT 'campaign_instance:' || id, name FROM campaign_instances
     WHERE organization_id = $1 AND 'campaign_instance:' || id = ANY ($2)
     UNION ALL
     SELECT entity || ':' || entity_id, old::jsonb ->> 'name' FROM audit_log
     WHERE organization_id = $1 AND entity IN ('campaign_type', 'campaign_instance') AND action = 'remove'
       AND entity || ':' || entity_id = ANY ($2)`,
    [organizationId, things],
  );
  return new Map(rows.map(({ thing, name }) => [thing, name]));
}

/** What there are entries of, and of whom: for who has asked for something that there is not. */
export async function describeAuditLog(
  db: ClientBase | Pool,
  organizationId: number,
): Promise<{ readonly entities: readonly string[]; readonly actors: readonly string[] }> {
  const { rows } = await db.query<{ entities: string[] | null; actors: string[] | null }>(
    `SELECT array_agg(DISTINCT entity ORDER BY entity) AS entities, array_agg(DISTINCT actor ORDER BY actor) AS actors
     FROM audit_log WHERE organization_id = $1`,
    [organizationId],
  );
  return { entities: rows[0]?.entities ?? [], actors: rows[0]?.actors ?? [] };
}

/** Under which id the log has an address, which it never names. */
export async function auditIdOfAddress(db: ClientBase | Pool, address: string): Promise<string> {
  const { rows } = await db.query<{ id: string }>(
    `SELECT encode(keyed_hash(normal_address($1)), 'hex') AS id`,
    [address],
  );
  return rows[0]!.id;
}
