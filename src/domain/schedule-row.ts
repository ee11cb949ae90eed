/** Rows of the plan in force and of the ledger (SPEC 2), and what they count for. */
import type { DayNumber } from './calendar.ts';
import { isSameOccurrence, type Occurrence } from './occurrence.ts';

export type PlannedStatus = 'pre-scheduled' | 'skipped';

/** Why a planned mail is not sent. */
export type PlanSkipReason =
  | 'exclusion_window'
  | 'unknown_anchor'
  | 'outside_active_dates'
  | 'missed_trigger'
  | 'campaign_conflict'
  | 'frequency_limit'
  | 'missed';

export type PlacedBy = 'catch_up' | 'smoothed' | 'redistributed';

/** A row of the plan in force. */
export interface PlanRow extends Occurrence {
  /** Given when the occurrence first enters a plan; kept into later plans and the ledger. */
  readonly id: number;
  /** The run that last changed it. */
  readonly runId: number;
  readonly contactId: number;
  readonly idealDay: DayNumber;
  readonly day: DayNumber;
  readonly sendTime: string;
  readonly status: PlannedStatus;
  readonly skipReason: PlanSkipReason | null;
  readonly priority: number;
  readonly placedBy: PlacedBy | null;
  readonly movedFrom: DayNumber | null;
  /** `null`: the e-mail type's own name. */
  readonly emailTemplate: string | null;
  readonly smsTemplate: string | null;
  /** The other keys of metadata, as JSON text. */
  readonly details: string | null;
}

/** Something settled: a row of the ledger, or one of the plan that counts as if it were in it. */
export interface LedgerMail extends Occurrence {
  readonly day: DayNumber;
  readonly status: string;
  readonly skipReason: string | null;
  readonly priority: number;
  readonly isFollowUp: boolean;
  readonly isTransactional: boolean;
}

export function isSkipped(mail: { readonly status: string }): boolean {
  return mail.status === 'skipped';
}

/** Counts in the volume of its day (SPEC 7). */
export function countsInVolume(mail: LedgerMail): boolean {
  const isNoMail = mail.status === 'skipped' || mail.status === 'cancelled' || mail.status === 'failed';
  return !isNoMail && !mail.isFollowUp;
}

/** Counts for the frequency limit (SPEC 8). */
export function countsForFrequency(mail: LedgerMail): boolean {
  return countsInVolume(mail) && !mail.isTransactional;
}

/** Whether the row has a place: it goes out on its day, or would but for another mail (SPEC 4). */
export function hasPlace(row: Pick<PlanRow, 'status' | 'skipReason'>): boolean {
  return (
    row.status === 'pre-scheduled' ||
    row.skipReason === 'campaign_conflict' ||
    row.skipReason === 'frequency_limit'
  );
}

/** The rows of a contact's plan in force, by what a run of the day makes of them (SPEC 2, 4). */
export interface SortedPlanRows {
  /** Dated on or after the as-of date: kept, placed afresh or gone. */
  readonly open: readonly PlanRow[];
  /** Dated from today up to the as-of date: stay as they are and count as if in the ledger. */
  readonly frozen: readonly PlanRow[];
  /** Skipped on a day that has passed: the ledger's already. */
  readonly pastSkipped: readonly PlanRow[];
  /** Pre-scheduled on a day that has passed, and never claimed. */
  readonly overdue: readonly PlanRow[];
  /** In a restore: where an occurrence was that is placed afresh; its row keeps the id. */
  readonly elsewhere: readonly PlanRow[];
}

export const NO_ROWS: SortedPlanRows = { open: [], frozen: [], pastSkipped: [], overdue: [], elsewhere: [] };

export function sortPlanRows(rows: readonly PlanRow[], today: DayNumber, asOfDay: DayNumber): SortedPlanRows {
  if (rows.length === 0) return NO_ROWS;
  const sorted = {
    open: [] as PlanRow[],
    frozen: [] as PlanRow[],
    pastSkipped: [] as PlanRow[],
    overdue: [] as PlanRow[],
    elsewhere: NO_ROWS.elsewhere,
  };
  for (const row of rows) {
    if (row.day >= asOfDay) sorted.open.push(row);
    else if (row.day >= today) sorted.frozen.push(row);
    else if (isSkipped(row)) sorted.pastSkipped.push(row);
    else sorted.overdue.push(row);
  }
  return sorted;
}

/** A row of the plan that counts as if it were in the ledger. */
export function asLedgerMail(row: PlanRow): LedgerMail {
  return {
    emailType: row.emailType,
    campaignInstanceId: row.campaignInstanceId,
    eventDay: row.eventDay,
    day: row.day,
    status: row.status,
    skipReason: row.skipReason,
    priority: row.priority,
    isFollowUp: false,
    isTransactional: false,
  };
}

export function findOccurrence<T extends Occurrence>(
  rows: readonly T[],
  occurrence: Occurrence,
): T | undefined {
  for (const row of rows) if (isSameOccurrence(row, occurrence)) return row;
  return undefined;
}
