/** Reads the audit log (SPEC 15): who changed what. Triggers and commands write it. */
import type { ClientBase, Pool } from 'pg';
import {
  countRestOfMoment,
  readAuditPage,
  type AuditedOrganization,
  type AuditFilter,
  type AuditRow,
} from './queries/read-audit-page.ts';

export interface LoggedChange extends Omit<AuditRow, 'moment'> {
  /** Of a campaign type or instance, and of a target's instance; `null`: it has none, or nobody knows it. */
  readonly name: string | null;
}

export interface AuditLog {
  /** Newest first. */
  readonly entries: readonly LoggedChange[];
  /** By the id of the entry after which they would come: how many of the same moment are left out. */
  readonly omitted: ReadonlyMap<number, number>;
  readonly hasOlder: boolean;
  /** By id: fields name types by it. */
  readonly typeNames: ReadonlyMap<string, string>;
}

/** @param options isAbridged: of many alike of one moment, such as an import's, only the first ones */
export async function listAuditLog(
  db: ClientBase | Pool,
  organization: AuditedOrganization,
  filter: AuditFilter,
  { isAbridged }: { readonly isAbridged: boolean },
): Promise<AuditLog> {
  const { rows, omitted, hasOlder } = isAbridged
    ? await readAbridged(db, organization, filter)
    : await readWhole(db, organization, filter);
  const names = await readNames(db, organization.id, rows);
  return {
    entries: rows.map(({ moment: _moment, ...entry }) => ({
      ...entry,
      name: names.get(namedThing(entry)) ?? null,
    })),
    ...{ omitted, hasOlder },
    typeNames: new Map(
      [...names]
        .filter(([thing]) => thing.startsWith(TYPE))
        .map(([thing, name]) => [thing.slice(TYPE.length), name]),
    ),
  };
}

interface AuditRows {
  readonly rows: readonly AuditRow[];
  readonly omitted: ReadonlyMap<number, number>;
  readonly hasOlder: boolean;
}

async function readWhole(
  db: ClientBase | Pool,
  organization: AuditedOrganization,
  filter: AuditFilter,
): Promise<AuditRows> {
  const { limit } = filter;
  const rows = await readAuditPage(db, organization, filter, { beforeId: null, size: limit + 1 });
  return { rows: rows.slice(0, limit), omitted: new Map(), hasOlder: rows.length > limit };
}

/** So many of one moment are told one by one; of more, the first ones. */
const MOST_OF_A_MOMENT = 20;
const FIRST_OF_MANY = 3;

async function readAbridged(
  db: ClientBase | Pool,
  organization: AuditedOrganization,
  filter: AuditFilter,
): Promise<AuditRows> {
  const { limit } = filter;
  // Those of a page that is full of one moment are more than are told one by one.
  const size = Math.max(limit, MOST_OF_A_MOMENT) + 1;
  const listed: AuditRow[] = [];
  const omitted = new Map<number, number>();
  let beforeId: number | null = null;
  let hasOlder = true;
  while (hasOlder && listed.length <= limit) {
    const page: AuditRow[] = await readAuditPage(db, organization, filter, { beforeId, size });
    hasOlder = page.length === size;
    for (const [first, count] of momentsIn(page)) {
      const last = first + count - 1;
      const mayGoOn = hasOlder && last === page.length - 1;
      if (count <= MOST_OF_A_MOMENT) {
        // The next page has it whole.
        if (mayGoOn) break;
        listed.push(...page.slice(first, last + 1));
        beforeId = page[last]!.id;
        continue;
      }
      const rest = mayGoOn ? await countRestOfMoment(db, organization, filter, page[last]!) : null;
      const shown = page.slice(first, first + FIRST_OF_MANY);
      listed.push(...shown);
      omitted.set(shown.at(-1)!.id, count + (rest?.entries ?? 0) - FIRST_OF_MANY);
      beforeId = rest?.lastId ?? page[last]!.id;
    }
  }
  return { rows: listed.slice(0, limit), omitted, hasOlder: hasOlder || listed.length > limit };
}

/** Where each moment begins, and how many entries it has there: alike, in a row, of one transaction. */
function momentsIn(page: readonly AuditRow[]): [first: number, count: number][] {
  const moments: [number, number][] = [];
  for (const [index, row] of page.entries()) {
    const latest = moments.at(-1);
    if (latest !== undefined && isOfSameMoment(page[latest[0]]!, row)) latest[1]++;
    else moments.push([index, 1]);
  }
  return moments;
}

function isOfSameMoment(one: AuditRow, other: AuditRow): boolean {
  return (
    one.moment === other.moment &&
    one.actor === other.actor &&
    one.entity === other.entity &&
    one.action === other.action
  );
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
