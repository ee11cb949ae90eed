import type { ClientBase } from 'pg';
import { parseDay, type DayNumber } from '../../domain/calendar.ts';
import type { StoredPlan } from '../stored-plan.ts';

/** A replan of a contact, and what it went by. */
export interface LatestReplan {
  readonly runId: number;
  readonly at: Date;
  readonly today: DayNumber;
  readonly asOfDay: DayNumber;
  readonly configurationVersion: number;
  readonly environment: string | null;
  readonly contactCount: number;
  /** What it saw of contacts, plan and ledger before it changed anything, as PostgreSQL writes a pg_snapshot. */
  readonly snapshot: string;
  /** It went by other campaigns than the plan's own run; its record has them. */
  readonly hasOwnCampaigns: boolean;
}

/** The latest replan of the contact in the plan; `null`: only the plan's own run has planned it. */
export async function findLatestReplan(
  client: ClientBase,
  { organizationId, number, runId }: StoredPlan,
  contactId: number,
): Promise<LatestReplan | null> {
  const { rows } = await client.query<LatestReplanRow>(
    `SELECT r.id, coalesce(r.finished_at, r.started_at) AS at, r.today::text AS today, r.as_of::text AS as_of,
       r.configuration_version, r.environment, r.contact_count, r.snapshot::text AS snapshot,
       r.campaigns IS NOT NULL AS has_own_campaigns,
       -- The id of its transaction: of xmin's 32 bits, the latest that there has been.
       latest - (latest - c.xmin::text::bigint) % 4294967296 AS transaction_id
     FROM replanned_contacts c
     JOIN scheduler_runs r ON r.id = c.run_id,
       (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS latest) now
     WHERE c.organization_id = $1 AND c.contact_id = $2 AND c.run_id > $3 AND r.former_plan_number = $4
     ORDER BY c.run_id DESC LIMIT 1`,
    [organizationId, contactId, runId, number],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    runId: Number(row.id),
    at: row.at,
    today: parseDay(row.today)!,
    asOfDay: parseDay(row.as_of)!,
    configurationVersion: row.configuration_version,
    environment: row.environment,
    contactCount: row.contact_count,
    snapshot: withoutTransaction(row.snapshot, BigInt(row.transaction_id)),
    hasOwnCampaigns: row.has_own_campaigns,
  };
}

interface LatestReplanRow {
  id: string;
  at: Date;
  today: string;
  as_of: string;
  configuration_version: number;
  environment: string | null;
  contact_count: number;
  snapshot: string;
  has_own_campaigns: boolean;
  transaction_id: string;
}

/**
 * A transaction is not in the list of those that its own snapshot holds to be going on: with one of a higher number
 * that had ended already, all that it wrote would be taken for what it saw.
 */
function withoutTransaction(snapshot: string, transactionId: bigint): string {
  const [xmin = '', xmax = '', list = ''] = snapshot.split(':');
  if (transactionId >= BigInt(xmax)) return snapshot;
  const goingOn = new Set([...list.split(',').filter((id) => id !== ''), String(transactionId)]);
  const sorted = [...goingOn].map(BigInt).sort((a, b) => (a < b ? -1 : 1));
  const first = sorted[0]! < BigInt(xmin) ? sorted[0]! : BigInt(xmin);
  return `${first}:${xmax}:${sorted.join(',')}`;
}
