/** The rows of a plan as it was published, for other programs: with the columns of `email_schedules`. */
import { escapeLiteral, type ClientBase } from 'pg';
import { to as copyTo, type CopyToStreamQuery } from 'pg-copy-streams';
import { formatDay, type DayNumber } from '../domain/calendar.ts';
import type { PlanSkipReason, PlannedStatus } from '../domain/schedule-row.ts';
import { overCapDatesOf } from './over-cap-dates.ts';
import { spreadsheetText } from './spreadsheet-text.ts';
import { isRowOf, type StoredPlan } from './stored-plan.ts';

export type ExportFormat = 'csv' | 'jsonl';

/** Which rows; of an empty list and of `null`: all. */
export interface RowFilter {
  readonly emailTypes: readonly string[];
  readonly statuses: readonly PlannedStatus[];
  readonly skipReasons: readonly PlanSkipReason[];
  readonly fromDay: DayNumber | null;
  readonly untilDay: DayNumber | null;
}

/**
 * Streams the rows as PostgreSQL writes them, by day and contact: none of them becomes an object here, and what the
 * reader does not take waits in the server. `rowCount` is known at the end.
 */
export function exportPlan(
  client: ClientBase,
  plan: StoredPlan,
  filter: RowFilter,
  format: ExportFormat,
): CopyToStreamQuery {
  const rows = rowsOf(plan, filter);
  return client.query(
    copyTo(
      format === 'csv'
        ? `COPY (${asCsv(rows)}) TO STDOUT (FORMAT csv, HEADER)`
        : // JSON has neither control character, so that nothing is ever quoted or escaped a second time.
          `COPY (SELECT row_to_json(e) FROM (${rows}) e) TO STDOUT (FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02')`,
    ),
  );
}

const COLUMNS = [
  'id',
  'organization_id',
  'contact_id',
  'email_type',
  'campaign_instance_id',
  'event_date',
  'ideal_date',
  'scheduled_send_date',
  'scheduled_send_time',
  'status',
  'skip_reason',
  'priority',
  'over_cap',
  'email_template',
  'sms_template',
  'run_id',
  'metadata',
  'actual_send_at',
  'external_id',
] as const;

function rowsOf(plan: StoredPlan, filter: RowFilter): string {
  return `SELECT r.id, r.organization_id, r.contact_id, r.email_type, r.campaign_instance_id, r.event_date,
      r.ideal_date, r.scheduled_send_date, r.scheduled_send_time, r.status, r.skip_reason, r.priority,
      r.status = 'pre-scheduled'
        AND r.scheduled_send_date = ANY (coalesce(${overCapDatesOf(plan)}, '{}')) AS over_cap,
      coalesce(r.email_template, r.email_type) AS email_template, r.sms_template, r.run_id,
      plan_row_metadata(r.placed_by, r.moved_from, r.details) AS metadata,
      NULL::timestamptz AS actual_send_at, c.external_id
    FROM plan_rows r
    LEFT JOIN contacts c ON c.organization_id = ${plan.organizationId} AND c.id = r.contact_id
    WHERE ${[isRowOf(plan, 'r'), ...conditionsOf(filter)].join(' AND ')}
    ORDER BY r.scheduled_send_date, r.contact_id, r.email_type, r.event_date, r.id`;
}

function conditionsOf({ emailTypes, statuses, skipReasons, fromDay, untilDay }: RowFilter): string[] {
  return [
    ...isOneOf('r.email_type', emailTypes),
    ...isOneOf('r.status', statuses),
    ...isOneOf('r.skip_reason', skipReasons),
    ...(fromDay === null ? [] : [`r.scheduled_send_date >= DATE '${formatDay(fromDay)}'`]),
    ...(untilDay === null ? [] : [`r.scheduled_send_date <= DATE '${formatDay(untilDay)}'`]),
  ];
}

function isOneOf(column: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${column} IN (${values.map(escapeLiteral).join(', ')})`];
}

/** As people's programs read it: true and false as words, and no text of a contact that is a formula. */
function asCsv(rows: string): string {
  const special: Partial<Record<string, string>> = {
    over_cap: 'over_cap::text AS over_cap',
    external_id: `${spreadsheetText('external_id')} AS external_id`,
  };
  return `SELECT ${COLUMNS.map((column) => special[column] ?? column).join(', ')} FROM (${rows}) e`;
}
