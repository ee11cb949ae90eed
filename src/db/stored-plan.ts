/** Plans by the names that people give them (SPEC 15): a number, `current`, or `run:ID` of a dry run. */
import type { ClientBase, Pool } from 'pg';
import { SchedulerError } from '../contracts/errors.ts';
import { parseDay, type DayNumber } from '../domain/calendar.ts';
import { isOpenIn, wasInForce } from './open-rows.ts';
import type { RunState } from './runs.ts';

/** A plan that was published, or that a dry run came to. */
export interface StoredPlan {
  readonly organizationId: number;
  /** `null`: a dry run's. */
  readonly number: number | null;
  readonly runId: number;
  readonly today: DayNumber;
  readonly asOfDay: DayNumber;
  readonly configurationVersion: number;
  readonly baseId: number;
  readonly segmentRunIds: readonly number[];
  /** A dry run that adds to the base of a plan: that plan's number, whose rows it mostly has. */
  readonly changesPlan: number | null;
  /** Of such a dry run: what it saw at its end, as PostgreSQL's pg_snapshot writes it. */
  readonly endedSnapshot: string | null;
}

/**
 * @param name as a person gave it
 * @throws SchedulerError INVALID_INPUT if it is no such name; UNKNOWN_PLAN if there is no such plan; PLAN_GONE if
 *   its rows are no longer kept
 */
export async function findStoredPlan(
  client: ClientBase | Pool,
  organizationId: number,
  name: string,
): Promise<StoredPlan> {
  const [, number, runId] = /^(?:(\d{1,9})|run:(\d{1,15}))$/.exec(name) ?? [];
  if (name !== 'current' && number === undefined && runId === undefined) {
    const list = await listCommand(client, organizationId);
    throw new SchedulerError(
      'INVALID_INPUT',
      `"${name}" is no plan: allowed are a plan's number, "current" and "run:ID", as ${list} shows them.`,
      { place: 'plan', value: name, allowed: 'a number, current or run:ID' },
    );
  }
  const { rows } = await client.query<StoredPlanRow>(
    `SELECT r.id AS run_id, r.state, p.number, r.today::text AS today, r.as_of::text AS as_of,
       r.configuration_version, b.id AS base_id, b.dropped_at IS NOT NULL AS dropped,
       CASE WHEN p.number IS NULL THEN r.former_segment_run_ids
         ELSE ARRAY(SELECT s.run_id FROM plan_segments s WHERE s.base_id = b.id AND s.plan_number <= p.number)
       END AS segment_run_ids,
       CASE WHEN p.number IS NULL AND r.base_id = r.former_base_id THEN r.former_plan_number END AS changes_plan,
       coalesce(r.ended_snapshot, r.snapshot)::text AS ended_snapshot
     FROM scheduler_runs r
     LEFT JOIN plans p ON p.organization_id = r.organization_id AND p.run_id = r.id
     LEFT JOIN plan_bases b ON b.id = coalesce(p.base_id, r.base_id)
     WHERE r.organization_id = $1 AND CASE
       WHEN $2::integer IS NOT NULL THEN p.number = $2
       WHEN $3::bigint IS NOT NULL THEN r.id = $3
       ELSE p.number = (SELECT plan_number FROM organizations WHERE id = $1) END`,
    [organizationId, number ?? null, runId ?? null],
  );
  const row = rows[0];
  if (row === undefined) throw unknownPlan(name, await listCommand(client, organizationId));
  if (row.state !== 'published' && row.state !== 'dry_run') {
    throw withoutPlan(name, row, await organizationOf(client, organizationId));
  }
  if (row.base_id === null || row.dropped === true) throw planGone(name);
  return {
    organizationId,
    number: row.number,
    runId: Number(row.run_id),
    today: parseDay(row.today)!,
    asOfDay: parseDay(row.as_of)!,
    configurationVersion: row.configuration_version,
    baseId: Number(row.base_id),
    segmentRunIds: row.segment_run_ids.map(Number),
    changesPlan: row.changes_plan,
    endedSnapshot: row.changes_plan === null ? null : row.ended_snapshot,
  };
}

interface StoredPlanRow {
  run_id: string;
  state: RunState;
  number: number | null;
  today: string;
  as_of: string;
  configuration_version: number;
  base_id: string | null;
  dropped: boolean | null;
  segment_run_ids: string[];
  changes_plan: number | null;
  ended_snapshot: string;
}

/**
 * The condition on `plan_rows` for the rows of the plan, as it was published: also those that have been claimed or
 * ended since. What a replan has changed of a published plan is part of it; a dry run stays as it was when it ended,
 * whatever has become since of the plan that it adds to. It has no parameters, so that it can stand in a COPY.
 * @param rows the name by which the statement knows `plan_rows`
 */
export function isRowOf(plan: StoredPlan, rows: string): string {
  const segments = plan.segmentRunIds.map(Number).join(',');
  const inSegments = `${rows}.base_id = ${plan.baseId} AND ${rows}.segment_run_id = ANY ('{${segments}}'::bigint[])`;
  if (plan.number !== null) return `(${inSegments} AND ${isOpenIn(plan.number, rows)})`;
  const own = `${rows}.base_id = ${plan.baseId} AND ${rows}.segment_run_id = ${plan.runId}`;
  if (plan.changesPlan === null) return `(${own})`;
  // Skipped rows whose day has passed are the ledger's; a run that publishes moves them there.
  const kept = `${inSegments} AND ${wasInForce(plan.endedSnapshot!, rows)}
    AND NOT (${rows}.status = 'skipped' AND ${rows}.scheduled_send_date < DATE '1970-01-01' + ${plan.today})
    AND NOT EXISTS (SELECT FROM plan_closings c
      WHERE c.run_id = ${plan.runId} AND c.contact_id = ${rows}.contact_id AND c.row_id = ${rows}.id)`;
  return `((${own}) OR (${kept}))`;
}

async function listCommand(client: ClientBase | Pool, organizationId: number): Promise<string> {
  return `\`npx email-scheduler plan list --organization ${await organizationOf(client, organizationId)}\``;
}

/** Its name. */
async function organizationOf(client: ClientBase | Pool, organizationId: number): Promise<string> {
  const { rows } = await client.query<{ name: string }>('SELECT name FROM organizations WHERE id = $1', [
    organizationId,
  ]);
  return rows[0]?.name ?? '';
}

function unknownPlan(name: string, list: string): SchedulerError {
  const what = name === 'current' ? 'There is no plan in force yet' : `There is no plan "${name}"`;
  return new SchedulerError('UNKNOWN_PLAN', `${what}: ${list} shows what there is.`, {
    place: 'plan',
    value: name,
  });
}

function withoutPlan(
  name: string,
  { run_id: runId, state }: StoredPlanRow,
  organization: string,
): SchedulerError {
  return new SchedulerError(
    'UNKNOWN_PLAN',
    `${name} is ${state} and has no plan: \`npx email-scheduler runs show ${runId} --organization ${organization}\` says what became of it.`,
    { place: 'plan', value: name, allowed: 'a run that was published or dry' },
  );
}

export function planGone(name: string): SchedulerError {
  return new SchedulerError(
    'PLAN_GONE',
    `The rows of plan "${name}" are no longer kept: earlier plans and dry runs are there for 7 days.`,
    { place: 'plan', value: name, allowed: 'a plan of the last 7 days' },
  );
}
