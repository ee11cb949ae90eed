/**
 * What differs between two plans, as they were published. Rows are matched by occurrence, which is there once in a
 * plan; all of it happens in PostgreSQL. Rows that two plans of one base share are told apart in one reading and
 * never joined, so that two plans of a million rows that differ in a few take a second.
 */
import type { ClientBase } from 'pg';
import { to as copyTo, type CopyToStreamQuery } from 'pg-copy-streams';
import { formatDay, type DayNumber } from '../domain/calendar.ts';
import { overCapDatesOf } from './over-cap-dates.ts';
import { spreadsheetText } from './spreadsheet-text.ts';
import { isRowOf, type StoredPlan } from './stored-plan.ts';

export interface ComparedPlans {
  readonly former: StoredPlan;
  readonly latter: StoredPlan;
}

/**
 * `settled`: only in the former plan, and in the ledger since. Of a row that is in both, the first that holds is
 * named: another status, another day, another reason, anything else.
 */
export type ChangeKind = 'added' | 'removed' | 'settled' | 'status' | 'moved' | 'reason' | 'other';

/** `pre-scheduled`, or the reason why it is skipped; `null`: not in that plan. */
type PlannedOutcome = string | null;

export interface ChangeGroup {
  readonly kind: ChangeKind;
  readonly emailType: string;
  readonly former: PlannedOutcome;
  readonly latter: PlannedOutcome;
  readonly count: number;
}

export interface PlanDifference {
  /** Compared are mails that lie on this day or later in either plan: the later of both as-of days. */
  readonly fromDay: DayNumber;
  /** Mails that lie before it, and are not compared. */
  readonly before: { readonly former: number; readonly latter: number };
  /** Mails compared. */
  readonly compared: { readonly former: number; readonly latter: number };
  readonly unchanged: number;
  readonly groups: readonly ChangeGroup[];
  /** Days from that day on which only one of the plans flags as over the cap. */
  readonly overCapDays: { readonly former: readonly string[]; readonly latter: readonly string[] };
}

/** The day from which two plans are compared: what lies before it has passed for the later one. */
function firstComparedDay({ former, latter }: ComparedPlans): DayNumber {
  return Math.max(former.asOfDay, latter.asOfDay);
}

export async function diffPlans(client: ClientBase, plans: ComparedPlans): Promise<PlanDifference> {
  const fromDay = firstComparedDay(plans);
  const pairs = await countPairs(client, plans);
  const shared = await countShared(client, plans);
  const inRange = pairs.filter((pair) => pair.isCompared);
  const before = pairs.filter((pair) => !pair.isCompared);
  const sidesOf = (of: readonly PairCount[], both: number) => ({
    former: both + sum(of.filter((pair) => pair.former !== null)),
    latter: both + sum(of.filter((pair) => pair.latter !== null)),
  });
  return {
    fromDay,
    before: sidesOf(before, shared.before),
    compared: sidesOf(inRange, shared.compared),
    unchanged: shared.compared + sum(inRange.filter(({ kind }) => kind === 'unchanged')),
    groups: inRange
      .filter((pair): pair is PairCount & ChangeGroup => pair.kind !== 'unchanged')
      .map(({ kind, emailType, former, latter, count }) => ({ kind, emailType, former, latter, count })),
    overCapDays: await diffOverCapDays(client, plans, fromDay),
  };
}

interface PairCount extends Omit<ChangeGroup, 'kind'> {
  readonly kind: ChangeKind | 'unchanged';
  readonly isCompared: boolean;
}

async function countPairs(client: ClientBase, plans: ComparedPlans): Promise<PairCount[]> {
  const { rows } = await client.query<{
    is_compared: boolean;
    kind: ChangeKind | 'unchanged';
    email_type: string;
    former: PlannedOutcome;
    latter: PlannedOutcome;
    count: string;
  }>(
    `SELECT is_compared, kind, email_type, coalesce(former_skip_reason, former_status) AS former,
       coalesce(skip_reason, status) AS latter, count(*) AS count
     FROM (${pairsOf(plans)}) pairs
     GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`,
  );
  return rows.map((row) => ({
    isCompared: row.is_compared,
    kind: row.kind,
    emailType: row.email_type,
    former: row.former,
    latter: row.latter,
    count: Number(row.count),
  }));
}

/** Rows that both plans have, as one and the same. */
async function countShared(
  client: ClientBase,
  plans: ComparedPlans,
): Promise<{ before: number; compared: number }> {
  if (!haveSameBase(plans)) return { before: 0, compared: 0 };
  const { rows } = await client.query<{ before: string; compared: string }>(
    `SELECT count(*) FILTER (WHERE NOT ${isFrom(plans)}) AS before, count(*) FILTER (WHERE ${isFrom(plans)}) AS compared
     FROM plan_rows r WHERE ${isRowOf(plans.former, 'r')} AND ${isRowOf(plans.latter, 'r')}`,
  );
  return { before: Number(rows[0]!.before), compared: Number(rows[0]!.compared) };
}

/** What a mail was in the former plan, and what it is in the latter; the names are those of `email_schedules`. */
export interface ChangedRow {
  readonly kind: ChangeKind;
  readonly contact_id: number;
  readonly external_id: string | null;
  readonly email_type: string;
  readonly campaign_instance_id: number | null;
  readonly event_date: string;
  readonly former_scheduled_send_date: string | null;
  readonly former_status: string | null;
  readonly former_skip_reason: string | null;
  readonly scheduled_send_date: string | null;
  readonly status: string | null;
  readonly skip_reason: string | null;
  /** The columns that differ; of a mail in one plan only: none. */
  readonly changed: readonly string[];
}

/** The rows that differ, by day and contact. */
export async function readChangedRows(
  client: ClientBase,
  plans: ComparedPlans,
  limit: number,
): Promise<ChangedRow[]> {
  const { rows } = await client.query<
    Omit<ChangedRow, 'contact_id' | 'campaign_instance_id'> & {
      contact_id: string;
      campaign_instance_id: string | null;
    }
  >(`${changedRows(plans, { external_id: 'c.external_id', changed: 'p.changed' })} LIMIT ${limit}`);
  return rows.map((row) => ({
    ...row,
    contact_id: Number(row.contact_id),
    campaign_instance_id: row.campaign_instance_id === null ? null : Number(row.campaign_instance_id),
  }));
}

/** All of them, streamed as CSV. */
export function exportChangedRows(client: ClientBase, plans: ComparedPlans): CopyToStreamQuery {
  const query = changedRows(plans, {
    external_id: spreadsheetText('c.external_id'),
    changed: `array_to_string(p.changed, ' ')`,
  });
  return client.query(copyTo(`COPY (${query}) TO STDOUT (FORMAT csv, HEADER)`));
}

function changedRows(plans: ComparedPlans, as: { external_id: string; changed: string }): string {
  return `SELECT p.kind, p.contact_id, ${as.external_id} AS external_id, p.email_type, p.campaign_instance_id,
      p.event_date::text AS event_date, p.former_scheduled_send_date::text AS former_scheduled_send_date,
      p.former_status, p.former_skip_reason, p.scheduled_send_date::text AS scheduled_send_date, p.status,
      p.skip_reason, ${as.changed} AS changed
    FROM (${pairsOf(plans)}) p
    LEFT JOIN contacts c ON c.organization_id = ${plans.former.organizationId} AND c.id = p.contact_id
    WHERE p.is_compared AND p.kind <> 'unchanged'
    ORDER BY coalesce(p.scheduled_send_date, p.former_scheduled_send_date), p.contact_id, p.email_type,
      p.event_date, p.campaign_instance_id`;
}

/** Rows of one plan only, side by side with their occurrence's in the other, and what became of it. */
function pairsOf(plans: ComparedPlans): string {
  const { former, latter } = plans;
  return `SELECT coalesce(b.contact_id, a.contact_id) AS contact_id, coalesce(b.email_type, a.email_type) AS email_type,
      coalesce(b.campaign_instance_id, a.campaign_instance_id) AS campaign_instance_id,
      coalesce(b.event_date, a.event_date) AS event_date,
      a.scheduled_send_date AS former_scheduled_send_date, a.status AS former_status,
      a.skip_reason AS former_skip_reason, b.scheduled_send_date, b.status, b.skip_reason,
      greatest(a.scheduled_send_date, b.scheduled_send_date) >= DATE '${formatDay(firstComparedDay(plans))}' AS is_compared,
      CASE WHEN b.id IS NULL THEN CASE WHEN l.id IS NULL THEN 'removed' ELSE 'settled' END
        WHEN a.id IS NULL THEN 'added'
        WHEN a.status <> b.status THEN 'status'
        WHEN a.scheduled_send_date <> b.scheduled_send_date THEN 'moved'
        WHEN a.skip_reason IS DISTINCT FROM b.skip_reason THEN 'reason'
        WHEN ${Object.values(DIFFERENCES).join(' OR ')} THEN 'other'
        ELSE 'unchanged' END AS kind,
      CASE WHEN a.id IS NULL OR b.id IS NULL THEN '{}'
        ELSE array_remove(ARRAY[${changedColumns()}], NULL) END AS changed
    FROM (SELECT * FROM plan_rows r WHERE ${onlyIn(former, plans)}) a
    FULL JOIN (SELECT * FROM plan_rows r WHERE ${onlyIn(latter, plans)}) b
      ON a.contact_id = b.contact_id AND a.email_type = b.email_type AND a.event_date = b.event_date
        AND coalesce(a.campaign_instance_id, 0) = coalesce(b.campaign_instance_id, 0)
    LEFT JOIN ledger l ON b.id IS NULL AND l.organization_id = ${former.organizationId} AND l.contact_id = a.contact_id
      AND l.email_type = a.email_type AND l.event_date = a.event_date
      AND l.campaign_instance_id IS NOT DISTINCT FROM a.campaign_instance_id
      AND l.parent_id IS NULL AND l.status <> 'requeued'`;
}

/** Columns that a row of the same occurrence may have otherwise, and how one sees it. */
const DIFFERENCES = {
  scheduled_send_date: 'a.scheduled_send_date <> b.scheduled_send_date',
  status: 'a.status <> b.status',
  skip_reason: 'a.skip_reason IS DISTINCT FROM b.skip_reason',
  ideal_date: 'a.ideal_date <> b.ideal_date',
  scheduled_send_time: 'a.scheduled_send_time <> b.scheduled_send_time',
  priority: 'a.priority <> b.priority',
  email_template: 'coalesce(a.email_template, a.email_type) <> coalesce(b.email_template, b.email_type)',
  sms_template: 'a.sms_template IS DISTINCT FROM b.sms_template',
  // As text first: JSON is only read where it is written otherwise.
  metadata: `(a.placed_by IS DISTINCT FROM b.placed_by OR a.moved_from IS DISTINCT FROM b.moved_from
    OR a.details::text IS DISTINCT FROM b.details::text AND a.details::jsonb IS DISTINCT FROM b.details::jsonb)`,
} as const;

function changedColumns(): string {
  return Object.entries(DIFFERENCES)
    .map(([column, differs]) => `CASE WHEN ${differs} THEN '${column}' END`)
    .join(', ');
}

/** Plans of two bases share no row. */
function onlyIn(plan: StoredPlan, plans: ComparedPlans): string {
  if (!haveSameBase(plans)) return isRowOf(plan, 'r');
  const other = plan === plans.former ? plans.latter : plans.former;
  return `${isRowOf(plan, 'r')} AND NOT ${isRowOf(other, 'r')}`;
}

function haveSameBase({ former, latter }: ComparedPlans): boolean {
  return former.baseId === latter.baseId;
}

function isFrom(plans: ComparedPlans): string {
  return `r.scheduled_send_date >= DATE '${formatDay(firstComparedDay(plans))}'`;
}

async function diffOverCapDays(
  client: ClientBase,
  { former, latter }: ComparedPlans,
  fromDay: DayNumber,
): Promise<PlanDifference['overCapDays']> {
  const { rows } = await client.query<{ former: string[]; latter: string[] }>(
    `WITH days AS (SELECT ${overCapDatesOf(former)} AS a, ${overCapDatesOf(latter)} AS b)
     SELECT ARRAY(SELECT day::text FROM unnest(a) AS day WHERE day >= $1 AND day <> ALL (coalesce(b, '{}')) ORDER BY day) AS former,
       ARRAY(SELECT day::text FROM unnest(b) AS day WHERE day >= $1 AND day <> ALL (coalesce(a, '{}')) ORDER BY day) AS latter
     FROM days`,
    [formatDay(fromDay)],
  );
  return rows[0]!;
}

function sum(pairs: readonly PairCount[]): number {
  return pairs.reduce((all, { count }) => all + count, 0);
}
