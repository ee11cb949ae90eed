/** Statements of a replan; the caller holds the organization's lock, and all are one transaction (SPEC 9). */
import type { ClientBase } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import type { ReplanSummary } from '../contracts/replan-contacts.ts';
import type { WorkflowRef } from '../contracts/schedule-run.ts';
import type { Books, DayOfBooks } from '../domain/books.ts';
import { formatDay, parseDay, type DayNumber } from '../domain/calendar.ts';
import { DayCounts } from '../domain/day-counts.ts';
import type { SettledVolumes } from '../domain/planning.ts';
import type { LoadLimits } from '../domain/shaping.ts';
import type { Organization } from './organizations.ts';
import type { PlanInForce } from './read-facts.ts';

/** What a replan starts from, as one statement sees it. */
export interface ReplanBasis {
  /** What this very workflow has done already, in an attempt whose answer was lost; `null`: nothing. */
  readonly done: ReplanSummary | null;
  readonly plan: PlanInForce;
  /** The run that published it, under whose segment rows are added. */
  readonly planRunId: number;
  readonly configurationVersion: number;
  readonly contactCount: number;
  /** A run that is going on has to find out what was planned again meanwhile. */
  readonly isRunGoingOn: boolean;
  /** Changes of the contacts that the replan covers. */
  readonly changeIds: readonly string[];
}

/** @throws SchedulerError UNKNOWN_CONTACT if one of the contacts is none of the organization's */
export async function readReplanBasis(
  client: ClientBase,
  { id: organizationId, name, planNumber, planBaseId }: Organization,
  workflow: WorkflowRef,
  contactIds: readonly number[],
): Promise<ReplanBasis> {
  const { rows } = await client.query<{
    done: ReplanSummary | null;
    plan_run_id: string;
    segment_run_ids: string[];
    version: number;
    contact_count: string;
    is_run_going_on: boolean;
    change_ids: string[];
    unknown_contact_id: string | null;
  }>(
    `SELECT (SELECT jsonb_build_object('runId', id, 'planNumber', former_plan_number,
         'contacts', counts #> '{contacts,asked}', 'changes', counts -> 'changes')
       FROM scheduler_runs WHERE workflow_id = $4 AND workflow_chain_id = $5) AS done,
       (SELECT run_id FROM plans WHERE organization_id = $1 AND number = $2) AS plan_run_id,
       ARRAY(SELECT run_id FROM plan_segments WHERE base_id = $3) AS segment_run_ids,
       (SELECT max(version) FROM configuration_versions) AS version,
       contact_count($1) AS contact_count,
       EXISTS (SELECT FROM scheduler_runs WHERE organization_id = $1 AND state = 'running') AS is_run_going_on,
       ARRAY(SELECT id FROM planning_changes
         WHERE organization_id = $1 AND contact_id = ANY ($6) AND NOT replanned) AS change_ids,
       (SELECT id FROM unnest($6::bigint[]) AS asked (id)
         WHERE NOT EXISTS (SELECT FROM contacts c WHERE c.organization_id = $1 AND c.id = asked.id)
         LIMIT 1) AS unknown_contact_id`,
    [organizationId, planNumber, planBaseId, workflow.workflowId, workflow.chainId, contactIds],
  );
  const row = rows[0]!;
  if (row.unknown_contact_id !== null) throw unknownContact(name, row.unknown_contact_id);
  return {
    done: row.done,
    plan: { baseId: planBaseId!, segmentRunIds: row.segment_run_ids.map(Number) },
    planRunId: Number(row.plan_run_id),
    configurationVersion: row.version,
    contactCount: Number(row.contact_count),
    isRunGoingOn: row.is_run_going_on,
    changeIds: row.change_ids,
  };
}

function unknownContact(organization: string, id: string): SchedulerError {
  return new SchedulerError('UNKNOWN_CONTACT', `${organization} has no contact with the id ${id}.`, {
    place: 'contactIds',
    value: id,
    allowed: 'ids of contacts of the organization, deleted ones too',
  });
}

export interface ReplanToRecord {
  readonly organization: Organization;
  readonly workflow: WorkflowRef;
  readonly today: DayNumber;
  readonly asOfDay: DayNumber;
  readonly basis: ReplanBasis;
  readonly environment: string | null;
  readonly contactIds: readonly number[];
}

export interface ReplanRecord {
  readonly runId: number;
  readonly snapshot: string;
  readonly startedAtMs: number;
  /** The transaction by which rows are added. */
  readonly transactionId: number;
}

/**
 * The record of the replan, of the plan that it changes. Campaigns are kept only where they are others than those of
 * the plan's own run: they can be long, and replans many.
 */
export async function insertReplan(client: ClientBase, replan: ReplanToRecord): Promise<ReplanRecord> {
  const { organization, workflow, basis } = replan;
  const { rows } = await client.query<{
    id: string;
    snapshot: string;
    started_at: Date;
    transaction_id: string;
  }>(
    `WITH replan AS (
       INSERT INTO scheduler_runs (organization_id, kind, state, today, as_of, configuration_version, environment,
         workflow_id, workflow_chain_id, former_plan_number, former_base_id, former_segment_run_ids, base_id,
         snapshot, batch_size, contact_count, started_at, campaigns)
       SELECT $1, 'replan', 'published', $2, $3, $4, $5, $6, $7, $8, $9, $10, $9, pg_current_snapshot(), 0, $11,
         clock_timestamp(), nullif(campaigns_of($1), (SELECT campaigns FROM scheduler_runs WHERE id = $12))
       RETURNING id, organization_id, snapshot::text AS snapshot, started_at
     ), noted AS (
       INSERT INTO replanned_contacts (organization_id, contact_id, run_id)
       SELECT organization_id, unnest($13::bigint[]), id FROM replan
     )
     SELECT id, snapshot, started_at, pg_current_xact_id() AS transaction_id FROM replan`,
    [
      organization.id,
      formatDay(replan.today),
      formatDay(replan.asOfDay),
      basis.configurationVersion,
      replan.environment,
      workflow.workflowId,
      workflow.chainId,
      organization.planNumber,
      basis.plan.baseId,
      basis.plan.segmentRunIds,
      basis.contactCount,
      basis.planRunId,
      replan.contactIds,
    ],
  );
  const row = rows[0]!;
  return {
    runId: Number(row.id),
    snapshot: row.snapshot,
    startedAtMs: row.started_at.getTime(),
    transactionId: Number(row.transaction_id),
  };
}

/** The volume of each day from the as-of date on: the plan in force and the ledger (SPEC 7). */
export async function readVolumesInForce(
  client: ClientBase,
  { id: organizationId, planNumber }: Organization,
  fromDay: DayNumber,
): Promise<SettledVolumes> {
  const { rows } = await client.query<{ day: string; mails: string; effective_date: string }>(
    `SELECT day::text AS day, sum(mails) AS mails, sum(effective_date) AS effective_date
     FROM (
       SELECT day, sum(pre_scheduled + skipped_with_place) AS mails,
         coalesce(sum(pre_scheduled + skipped_with_place) FILTER (WHERE email_type = 'effective_date'), 0)
           AS effective_date
       FROM plan_days WHERE organization_id = $1 AND plan_number = $2 AND day >= $3 GROUP BY day
       UNION ALL
       SELECT scheduled_send_date, count(*), count(*) FILTER (WHERE email_type = 'effective_date')
       FROM ledger
       WHERE organization_id = $1 AND scheduled_send_date >= $3 AND parent_id IS NULL
         AND status NOT IN ('skipped', 'cancelled', 'failed', 'requeued')
       GROUP BY scheduled_send_date
     ) both_of_them GROUP BY day`,
    [organizationId, planNumber, formatDay(fromDay)],
  );
  return {
    volumes: DayCounts.of(rows.map((row) => [parseDay(row.day)!, Number(row.mails)])),
    effectiveDate: DayCounts.of(rows.map((row) => [parseDay(row.day)!, Number(row.effective_date)])),
  };
}

/** Counts are kept, not counted: adds to those of the plan in force what the replan has changed. */
export async function addToPlanDays(
  client: ClientBase,
  { id: organizationId, planNumber }: Organization,
  changes: readonly DayOfBooks[],
): Promise<void> {
  if (changes.length === 0) return;
  await client.query(
    `INSERT INTO plan_days AS d (organization_id, plan_number, day, email_type, pre_scheduled,
       skipped_with_place, skipped)
     SELECT $1, $2, * FROM unnest($3::date[], $4::text[], $5::integer[], $6::integer[], $7::integer[])
     ON CONFLICT (organization_id, plan_number, day, email_type) DO UPDATE SET
       pre_scheduled = d.pre_scheduled + excluded.pre_scheduled,
       skipped_with_place = d.skipped_with_place + excluded.skipped_with_place,
       skipped = d.skipped + excluded.skipped`,
    [
      organizationId,
      planNumber,
      changes.map(({ day }) => formatDay(day)),
      changes.map(({ emailType }) => emailType),
      changes.map(({ counts }) => counts.pre_scheduled),
      changes.map(({ counts }) => counts.skipped_with_place),
      changes.map(({ counts }) => counts.skipped),
    ],
  );
}

/** Whether a day is over the cap is kept per plan and day; days before the as-of date stay as they are. */
export async function flagOverCapDays(
  client: ClientBase,
  { id: organizationId, planNumber }: Organization,
  asOfDay: DayNumber,
  overCapDays: readonly DayNumber[],
  { dailyCap, softLimit }: LoadLimits,
): Promise<void> {
  await client.query(
    `UPDATE plans SET over_cap_dates = judged.dates, daily_cap = $5, soft_limit = $6
     FROM (SELECT ARRAY(
         SELECT day FROM plans, unnest(over_cap_dates) AS day
         WHERE organization_id = $1 AND number = $2 AND day < $3
         UNION ALL SELECT unnest($4::date[])) AS dates) judged
     WHERE organization_id = $1 AND number = $2
       AND (over_cap_dates, daily_cap, soft_limit) IS DISTINCT FROM (judged.dates, $5, $6)`,
    [organizationId, planNumber, formatDay(asOfDay), overCapDays.map(formatDay), dailyCap, softLimit],
  );
}

/**
 * Takes the changes that the replan has planned with off the list; they are remembered as long as earlier plans are,
 * for who puts one back. While a run is going on they stay, and so that it does not publish what it has read of them
 * before, all contacts whose rows are others now are on it.
 */
export async function coverChanges(
  client: ClientBase,
  organizationId: number,
  { changeIds, isRunGoingOn }: ReplanBasis,
  changedContactIds: readonly number[],
): Promise<void> {
  if (isRunGoingOn) {
    await client.query(
      `WITH covered AS (
         UPDATE planning_changes SET replanned = true WHERE organization_id = $1 AND id = ANY ($2)
       )
       INSERT INTO planning_changes (organization_id, contact_id, cause, replanned)
       SELECT $1, unnest($3::bigint[]), 'planned again', true`,
      [organizationId, changeIds, changedContactIds],
    );
  } else if (changeIds.length > 0) {
    await client.query(
      `WITH covered AS (
         DELETE FROM planning_changes WHERE organization_id = $1 AND id = ANY ($2)
         RETURNING organization_id, contact_id, changed_in
       )
       INSERT INTO covered_changes (organization_id, contact_id, changed_in)
       SELECT organization_id, contact_id, changed_in FROM covered`,
      [organizationId, changeIds],
    );
  }
}

export async function finishReplan(
  client: ClientBase,
  runId: number,
  contacts: number,
  { counts, checksum }: Books,
): Promise<void> {
  await client.query(
    `UPDATE scheduler_runs SET counts = $2, plan_checksum = $3, finished_at = clock_timestamp() WHERE id = $1`,
    [runId, { ...counts, contacts: { asked: contacts, ...counts.contacts } }, checksum.toString()],
  );
}
