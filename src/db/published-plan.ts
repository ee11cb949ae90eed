/** The plan in force and the run that came to it, for who asks why it is as it is. */
import type { ClientBase } from 'pg';
import { formatDay, parseDay, type DayNumber } from '../domain/calendar.ts';
import type { PlanRow } from '../domain/schedule-row.ts';
import { copyOut } from './copy.ts';
import { decodePlanRow, PLAN_ROW_COLUMNS, type PlanInForce } from './read-facts.ts';
import { isRowOf, type StoredPlan } from './stored-plan.ts';

export interface PublishedPlan {
  readonly number: number;
  readonly publishedAt: Date;
  readonly runId: number;
  readonly kind: 'plan' | 'replan' | 'restore';
  /** A restore: the plan that was put back. */
  readonly restoredPlanNumber: number | null;
  readonly isFresh: boolean;
  readonly environment: string | null;
  readonly formerPlanNumber: number | null;
  /** `null`: there was none. */
  readonly formerPlan: PlanInForce | null;
  /** The rows of the plan before have been dropped since. */
  readonly isFormerPlanGone: boolean;
  /** What the run saw of claims and closings. */
  readonly snapshot: string;
  /** What it saw when it planned again just before it published: all that had happened by then. */
  readonly snapshotBeforePublication: string;
  /** All that had happened once it was published, what it settled itself included. */
  readonly snapshotAfterPublication: string;
  readonly contactCount: number;
  readonly overCapDays: readonly DayNumber[];
  /** The version that is the latest now; the plan's own or a later one. */
  readonly latestConfigurationVersion: number;
}

export async function readPublishedPlan(client: ClientBase, plan: StoredPlan): Promise<PublishedPlan> {
  const { rows } = await client.query<PublishedPlanRow>(
    `SELECT p.number, p.published_at, p.over_cap_dates::text[] AS over_cap_dates, r.id AS run_id, r.kind,
       r.restored_plan_number, r.fresh, r.environment, r.former_plan_number, r.former_base_id,
       r.former_segment_run_ids, b.dropped_at IS NOT NULL AS former_gone, r.snapshot::text AS snapshot,
       r.contact_count, (SELECT max(version) FROM configuration_versions) AS latest_version,
       -- The id of the publishing transaction: of xmin's 32 bits, the latest that there has been.
       latest - (latest - p.xmin::text::bigint) % 4294967296 AS published_in
     FROM plans p
     JOIN scheduler_runs r ON r.id = p.run_id
     LEFT JOIN plan_bases b ON b.id = r.former_base_id,
       (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS latest) now
     WHERE p.organization_id = $1 AND p.number = $2`,
    [plan.organizationId, plan.number],
  );
  const row = rows[0]!;
  return {
    number: row.number,
    publishedAt: row.published_at,
    runId: Number(row.run_id),
    kind: row.kind,
    restoredPlanNumber: row.restored_plan_number,
    isFresh: row.fresh,
    environment: row.environment,
    formerPlanNumber: row.former_plan_number,
    formerPlan:
      row.former_base_id === null
        ? null
        : { baseId: Number(row.former_base_id), segmentRunIds: row.former_segment_run_ids.map(Number) },
    isFormerPlanGone: row.former_gone,
    snapshot: row.snapshot,
    snapshotBeforePublication: snapshotOfAllBefore(BigInt(row.published_in)),
    snapshotAfterPublication: snapshotOfAllBefore(BigInt(row.published_in) + 1n),
    contactCount: row.contact_count,
    overCapDays: row.over_cap_dates.map((day) => parseDay(day)!),
    latestConfigurationVersion: row.latest_version,
  };
}

/** As PostgreSQL writes a pg_snapshot that sees the transactions below the one given, and no other. */
function snapshotOfAllBefore(transactionId: bigint): string {
  return `${transactionId}:${transactionId}:`;
}

interface PublishedPlanRow {
  number: number;
  published_at: Date;
  over_cap_dates: string[];
  run_id: string;
  kind: PublishedPlan['kind'];
  restored_plan_number: number | null;
  fresh: boolean;
  environment: string | null;
  former_plan_number: number | null;
  former_base_id: string | null;
  former_segment_run_ids: string[];
  former_gone: boolean;
  snapshot: string;
  contact_count: number;
  latest_version: number;
  published_in: string;
}

/** The contact's rows of the plan as they were published, whatever has become of them since. */
export async function readPublishedRows(
  client: ClientBase,
  plan: StoredPlan,
  contactId: number,
): Promise<PlanRow[]> {
  const reader = await copyOut(
    client,
    `SELECT ${PLAN_ROW_COLUMNS} FROM plan_rows
     WHERE ${isRowOf(plan, 'plan_rows')} AND contact_id = ${contactId}
     ORDER BY scheduled_send_date, email_type, event_date`,
  );
  const rows: PlanRow[] = [];
  while (reader.nextRow()) rows.push(decodePlanRow(reader));
  return rows;
}

/** The days off which the run, or the replan, smoothed mails to days between the two given. */
export async function readSmoothedDays(
  client: ClientBase,
  plan: StoredPlan,
  runId: number,
  fromDay: DayNumber,
  toDay: DayNumber,
): Promise<DayNumber[]> {
  const { rows } = await client.query<{ day: string }>(
    `SELECT DISTINCT moved_from::text AS day FROM plan_rows
     WHERE ${isRowOf(plan, 'plan_rows')} AND scheduled_send_date BETWEEN $1 AND $2
       AND placed_by = 'smoothed' AND run_id = $3`,
    [formatDay(fromDay), formatDay(toDay), runId],
  );
  return rows.map(({ day }) => parseDay(day)!);
}

/** Why the run rejected the contact; `null`: it did not. */
export async function readRejection(
  client: ClientBase,
  runId: number,
  contactId: number,
): Promise<{ readonly reason: string; readonly code: string | null } | null> {
  const { rows } = await client.query<{ reason: string; code: string | null }>(
    'SELECT reason, code FROM rejected_contacts WHERE run_id = $1 AND contact_id = $2',
    [runId, contactId],
  );
  return rows[0] ?? null;
}
