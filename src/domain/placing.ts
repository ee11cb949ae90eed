/** Placing: every occurrence of one contact gets its day, or the reason why it has none (SPEC 3 to 5). */
import type { DayNumber } from './calendar.ts';
import type { Configuration, StateRule } from './configuration.ts';
import { reviewContact, type Contact, type PlannableContact, type RejectionReason } from './contact.ts';
import { ContactWindows, type Block } from './exclusion.ts';
import { Mail, type Candidate, type Place } from './mail.ts';
import { occurrenceText, type Hash32 } from './occurrence.ts';
import { isPutBack, sortRows, type RowsOfContact } from './restoring.ts';
import type { StateRules } from './state-rules.ts';
import {
  asLedgerMail,
  findOccurrence,
  hasPlace,
  sortPlanRows,
  type LedgerMail,
  type PlacedBy,
  type PlanRow,
  type SortedPlanRows,
} from './schedule-row.ts';
import {
  blockedMailsOfLedger,
  deadlineOfRow,
  postWindowCandidates,
  yearlyCandidates,
  type BlockedMail,
} from './yearly.ts';

/** What a run plans by, the same for every contact. */
export interface PlanningContext {
  /** The organization's today. */
  readonly today: DayNumber;
  /** The first day that is planned for, today or later. */
  readonly asOfDay: DayNumber;
  /** Draw everything anew, whatever the plan in force says. */
  readonly isFresh: boolean;
  readonly configuration: Configuration;
  readonly rules: StateRules;
  readonly hash: Hash32;
}

/** All that is known of one contact. */
export interface ContactFacts extends RowsOfContact {
  readonly contactId: number;
  /** `null`: no contact of the organization any more; its rows are still there. */
  readonly contact: Contact | null;
  readonly ledger: readonly LedgerMail[];
}

export type ContactOutcome = 'planned' | 'rejected' | 'nothing_due' | 'absent';

/** What becomes of an overdue row whose occurrence is gone: settled as missed, or dropped (SPEC 4). */
export interface EndedRow {
  readonly row: PlanRow;
  readonly outcome: 'missed' | 'closed';
}

export interface Placement {
  readonly contactId: number;
  readonly outcome: ContactOutcome;
  readonly rejection: RejectionReason | null;
  readonly plannable: PlannableContact | null;
  readonly mails: readonly Mail[];
  readonly windows: ContactWindows | null;
  /** The ledger, and the rows of the plan that count as if they were in it. */
  readonly ledger: readonly LedgerMail[];
  /** Rows that the new plan has as they are: dated before the as-of date, or of a contact that failed. */
  readonly unchangedRows: readonly PlanRow[];
  /** Rows that the new plan does not go on with: of the plan in force or, in a restore, of the earlier one. */
  readonly endedRows: readonly EndedRow[];
  /** In a restore: rows from the as-of date on that are planned as the earlier plan has them. */
  readonly putBackRows: readonly PlanRow[];
}

/** Places what the contact is due. */
export function placeContact(context: PlanningContext, facts: ContactFacts): Placement {
  const { contactId } = facts;
  const rows = sortRows(facts, context);
  const ledger = ledgerWith(facts.ledger, rows);
  const review = facts.contact === null ? null : reviewContact(facts.contact, context.asOfDay);
  if (review === null || review.plannable === null) {
    return {
      contactId,
      outcome: review === null ? 'absent' : 'rejected',
      rejection: review === null ? null : review.rejection,
      plannable: null,
      mails: [],
      windows: null,
      ledger,
      unchangedRows: rows.frozen,
      endedRows: endRows(rows.open, rows.overdue, NO_MAILS, context),
      putBackRows: NO_PLAN_ROWS,
    };
  }

  const { plannable } = review;
  if (isPutBack(facts, context.today)) return placementPutBack(contactId, plannable, rows, ledger);
  const windows = windowsOf(plannable, context);
  const { configuration, asOfDay } = context;
  const mails: Mail[] = [];
  for (const candidate of yearlyCandidates(plannable, configuration, ledger, asOfDay)) {
    mails.push(placeCandidate(context, contactId, windows, rows, candidate));
  }
  const blocked = blockedMails(contactId, mails, ledger);
  for (const candidate of postWindowCandidates(blocked, windows, configuration, ledger, asOfDay)) {
    mails.push(placeCandidate(context, contactId, windows, rows, candidate));
  }
  return {
    contactId,
    outcome: mails.length === 0 ? 'nothing_due' : 'planned',
    rejection: null,
    plannable,
    mails,
    windows,
    ledger,
    unchangedRows: rows.frozen,
    endedRows: endRows(rows.open, rows.overdue, mails, context),
    putBackRows: NO_PLAN_ROWS,
  };
}

/** Nothing has touched the contact since the earlier plan: its rows come back as they were (SPEC 9). */
function placementPutBack(
  contactId: number,
  plannable: PlannableContact,
  { open, frozen }: SortedPlanRows,
  ledger: readonly LedgerMail[],
): Placement {
  return {
    contactId,
    outcome: open.length === 0 ? 'nothing_due' : 'planned',
    rejection: null,
    plannable,
    mails: NO_MAILS,
    windows: null,
    ledger,
    unchangedRows: frozen,
    endedRows: NO_ENDED_ROWS,
    putBackRows: open,
  };
}

/** Rows of the plan whose day has passed, or is before the as-of date, count as if in the ledger (SPEC 2). */
function ledgerWith(ledger: readonly LedgerMail[], rows: SortedPlanRows): readonly LedgerMail[] {
  if (rows.pastSkipped.length === 0 && rows.frozen.length === 0) return ledger;
  return [...ledger, ...rows.pastSkipped.map(asLedgerMail), ...rows.frozen.map(asLedgerMail)];
}

/** The mails for which a post-window mail may stand: those of the ledger, and those given. */
export function blockedMails(
  contactId: number,
  mails: readonly Mail[],
  ledger: readonly LedgerMail[],
): BlockedMail[] {
  const blocked = blockedMailsOfLedger(contactId, ledger);
  for (const mail of mails) {
    if (mail.skipReason !== 'exclusion_window') continue;
    blocked.push({ text: occurrenceText(contactId, mail), day: mail.day });
  }
  return blocked;
}

/** A contact whose planning failed: its rows stay and count as if they were in the ledger (SPEC 3). */
export function placementOfFailedContact(context: PlanningContext, facts: ContactFacts): Placement {
  const rows = sortPlanRows(facts.planRows, context.today, context.asOfDay);
  const unchangedRows = [...rows.frozen, ...rows.open, ...rows.overdue];
  return {
    contactId: facts.contactId,
    outcome: 'rejected',
    rejection: 'internal_error',
    plannable: null,
    mails: [],
    windows: null,
    ledger: [...facts.ledger, ...[...unchangedRows, ...rows.pastSkipped].map(asLedgerMail)],
    unchangedRows,
    endedRows: NO_ENDED_ROWS,
    putBackRows: NO_PLAN_ROWS,
  };
}

function windowsOf(plannable: PlannableContact, context: PlanningContext): ContactWindows {
  const rules: readonly StateRule[] = context.rules.ofStates(plannable.states);
  return new ContactWindows(rules, plannable, context.configuration.exclusion, context.asOfDay);
}

/** The rows whose occurrence is not planned any more. */
function endRows(
  open: readonly PlanRow[],
  overdue: readonly PlanRow[],
  mails: readonly Mail[],
  context: PlanningContext,
): readonly EndedRow[] {
  if (open.length === 0 && overdue.length === 0) return NO_ENDED_ROWS;
  const ended: EndedRow[] = [];
  for (const row of [...open, ...overdue]) {
    if (findOccurrence(mails, row) !== undefined) continue;
    ended.push({ row, outcome: isMissed(row, context) ? 'missed' : 'closed' });
  }
  return ended;
}

const NO_MAILS: readonly Mail[] = [];
const NO_ENDED_ROWS: readonly EndedRow[] = [];
const NO_PLAN_ROWS: readonly PlanRow[] = [];

/** Pre-scheduled on a day that has passed, and past its deadline, too: settled, not dropped. */
function isMissed(row: PlanRow, context: PlanningContext): boolean {
  if (row.status !== 'pre-scheduled' || row.day >= context.today) return false;
  const deadlineDay = deadlineOfRow(row, context.configuration);
  return deadlineDay !== null && deadlineDay < context.asOfDay;
}

function placeCandidate(
  context: PlanningContext,
  contactId: number,
  windows: ContactWindows,
  rows: SortedPlanRows,
  candidate: Candidate,
): Mail {
  const former = findOccurrence(rows.open, candidate) ?? findOccurrence(rows.overdue, candidate) ?? null;
  const place =
    former !== null && whyNotKept(former, candidate, windows, context) === null
      ? keptPlace(former)
      : findPlace(context, contactId, windows, candidate);
  return new Mail(contactId, candidate, former ?? findOccurrence(rows.elsewhere, candidate) ?? null, place);
}

function keptPlace({ day, placedBy, movedFrom }: PlanRow): Place {
  return { day, block: null, placedBy, movedFrom, isKept: true };
}

/** Why a row of the plan in force does not keep its day. */
export type NotKeptReason =
  'drawn_anew' | 'overdue' | 'had_no_place' | 'ideal_date_changed' | 'after_deadline' | 'blocked';

/** `null`: it keeps it; a published day is a commitment (SPEC 4, Plans are kept). */
export function whyNotKept(
  former: PlanRow,
  candidate: Candidate,
  windows: ContactWindows,
  context: PlanningContext,
): NotKeptReason | null {
  if (context.isFresh) return 'drawn_anew';
  if (former.day < context.asOfDay) return 'overdue';
  if (!hasPlace(former)) return 'had_no_place';
  if (former.idealDay !== candidate.idealDay) return 'ideal_date_changed';
  if (former.day > candidate.deadlineDay) return 'after_deadline';
  return windows.blockOn(former.day) === null ? null : 'blocked';
}

export function isAllowed(
  day: DayNumber,
  firstDay: DayNumber,
  deadlineDay: DayNumber,
  windows: ContactWindows,
): boolean {
  return firstDay <= day && day <= deadlineDay && windows.blockOn(day) === null;
}

/** SPEC 4, Placing an occurrence, 2 and 3. */
function findPlace(
  context: PlanningContext,
  contactId: number,
  windows: ContactWindows,
  candidate: Candidate,
): Place {
  const firstDay = context.asOfDay;
  const { idealDay, deadlineDay } = candidate;
  if (idealDay >= firstDay) return freshPlace(idealDay, windows.blockOn(idealDay), null);

  const allowedDays = catchUpDays(context, windows, deadlineDay);
  if (allowedDays.length === 0) return freshPlace(firstDay, windows.blockOn(firstDay), null);
  // Seeded with the first day, so that those who missed one day do not meet again after the next.
  const index = context.hash(occurrenceText(contactId, candidate), firstDay) % allowedDays.length;
  return freshPlace(allowedDays[index]!, null, 'catch_up');
}

/** The days on which a mail whose ideal date has passed may be caught up (SPEC 4, 3). */
export function catchUpDays(
  context: PlanningContext,
  windows: ContactWindows,
  deadlineDay: DayNumber,
): DayNumber[] {
  const firstDay = context.asOfDay;
  const allowedDays: DayNumber[] = [];
  const lastDay = firstDay + context.configuration.catchUpDays - 1;
  for (let day = firstDay; day <= lastDay; day += 1) {
    if (isAllowed(day, firstDay, deadlineDay, windows)) allowedDays.push(day);
  }
  return allowedDays;
}

function freshPlace(day: DayNumber, block: Block | null, placedBy: PlacedBy | null): Place {
  return { day, block, placedBy, movedFrom: null, isKept: false };
}
