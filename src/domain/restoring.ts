/** Putting an earlier plan back (SPEC 9): which contacts get their rows of it as they were, and by what others are planned. */
import type { DayNumber } from './calendar.ts';
import { findOccurrence, sortPlanRows, type PlanRow, type SortedPlanRows } from './schedule-row.ts';

/** What is known of a contact in the plan that is put back. */
export interface EarlierPlan {
  /** Its rows there, without what the ledger holds by now. */
  readonly rows: readonly PlanRow[];
  /** Something that planning goes by has changed since, as the database has recorded. */
  readonly isTouched: boolean;
}

/** The rows of a contact: in force and, in a restore, in the plan that is put back. */
export interface RowsOfContact {
  readonly planRows: readonly PlanRow[];
  readonly earlier?: EarlierPlan;
}

export interface PlanDays {
  readonly today: DayNumber;
  readonly asOfDay: DayNumber;
}

/**
 * Whether the contact gets its rows of the earlier plan as they were. Not if time has settled something: a row
 * whose day has passed is the ledger's, or its mail is still to be sent. Nor if the plan in force has a mail
 * of which the earlier one knows nothing: none is lost by going back.
 */
export function isPutBack({ planRows, earlier }: RowsOfContact, today: DayNumber): boolean {
  if (earlier === undefined || earlier.isTouched) return false;
  const hasPassed = (row: PlanRow): boolean => row.day < today;
  return (
    !earlier.rows.some(hasPassed) &&
    !planRows.some((row) => hasPassed(row) || findOccurrence(earlier.rows, row) === undefined)
  );
}

/** The rows that a contact is planned by. */
export function sortRows(rows: RowsOfContact, { today, asOfDay }: PlanDays): SortedPlanRows {
  const { planRows, earlier } = rows;
  if (earlier === undefined) return sortPlanRows(planRows, today, asOfDay);
  if (isPutBack(rows, today)) return sortPlanRows(earlier.rows, today, asOfDay);
  return sortRowsOfTouched(planRows, earlier.rows, { today, asOfDay });
}

/**
 * Days are kept as the earlier plan has them. What is dated before the as-of date is not planned any more: that
 * stays as it is in force, since the earlier plan knows nothing of what has touched the contact.
 */
function sortRowsOfTouched(
  planRows: readonly PlanRow[],
  earlierRows: readonly PlanRow[],
  { today, asOfDay }: PlanDays,
): SortedPlanRows {
  const inForce = sortPlanRows(planRows, today, asOfDay);
  const open = earlierRows.filter((row) => row.day >= asOfDay);
  const before = earlierRows.filter((row) => row.day < asOfDay);
  return { ...inForce, open, elsewhere: [...before, ...inForce.open] };
}
