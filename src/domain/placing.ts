/** Placing: every occurrence of one contact gets its day, or the reason why it has none (SPEC 3 to 5). */
import type { DayNumber } from './calendar.ts';
import { campaignCandidates } from './campaign-candidates.ts';
import type { CampaignBook, CampaignTarget } from './campaigns.ts';
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
  type PlanSkipReason,
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
  readonly campaigns: CampaignBook;
  readonly hash: Hash32;
}

/** All that is known of one contact. */
export interface ContactFacts extends RowsOfContact {
  readonly contactId: number;
  /** `null`: no contact of the organization any more; its rows are still there. */
  readonly contact: Contact | null;
  /** Of instances that are planned, each once. */
  readonly targets: readonly CampaignTarget[];
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
  const { contactId, contact } = facts;
  const rows = sortRows(facts, context);
  const ledger = ledgerWith(facts.ledger, rows, context.campaigns);
  const campaignMails = dueCampaignMails(context, facts, ledger);
  const review = contact === null ? null : reviewContact(contact, context.asOfDay, campaignMails.length > 0);
  if (contact === null || review === null || review.plannable === null) {
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
  const isMarketedTo = contact.suppression === null;
  const place = { context, contactId, windows, rows };
  const mails: Mail[] = [];
  if (isMarketedTo)
    addMails(mails, place, yearlyCandidates(plannable, context.configuration, ledger, context.asOfDay));
  addMails(mails, place, campaignMails);
  if (isMarketedTo) addPostWindowMails(mails, place, ledger);
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

/** What placing goes by for one contact. */
interface ContactToPlace {
  readonly context: PlanningContext;
  readonly contactId: number;
  readonly windows: ContactWindows;
  readonly rows: SortedPlanRows;
}

function addMails(mails: Mail[], contact: ContactToPlace, candidates: readonly Candidate[]): void {
  for (const candidate of candidates) mails.push(placeCandidate(contact, candidate));
}

/** For what windows have blocked, campaign mails included (SPEC 5). */
function addPostWindowMails(mails: Mail[], contact: ContactToPlace, ledger: readonly LedgerMail[]): void {
  const { context, contactId, windows } = contact;
  const blocked = blockedMails(contactId, mails, ledger);
  addMails(
    mails,
    contact,
    postWindowCandidates(blocked, windows, context.configuration, ledger, context.asOfDay),
  );
}

/** Whether a mail of a campaign is due: to one who has unsubscribed from marketing, a required notice (SPEC 3). */
export function isCampaignMailDue(context: CampaignContext, facts: ContactFacts): boolean {
  const ledger = ledgerWith(facts.ledger, sortRows(facts, context), context.campaigns);
  return dueCampaignMails(context, facts, ledger).length > 0;
}

type CampaignContext = Pick<PlanningContext, 'today' | 'asOfDay' | 'campaigns'>;

/** To one who has unsubscribed from marketing only required notices are due (SPEC 3). */
function dueCampaignMails(
  { campaigns }: Pick<PlanningContext, 'campaigns'>,
  { contact, targets }: ContactFacts,
  ledger: readonly LedgerMail[],
): readonly Candidate[] {
  if (contact === null) return NO_CANDIDATES;
  const candidates = campaignCandidates(campaigns, targets, ledger);
  if (contact.suppression === null || candidates.length === 0) return candidates;
  return candidates.filter(({ campaign }) => campaign?.isTransactional === true);
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
function ledgerWith(
  ledger: readonly LedgerMail[],
  { pastSkipped, frozen }: Pick<SortedPlanRows, 'pastSkipped' | 'frozen'>,
  campaigns: CampaignBook,
): readonly LedgerMail[] {
  const isAll = pastSkipped.length === 0 && frozen.length === 0;
  return campaigns.asTypesAreNow(
    isAll ? ledger : [...ledger, ...pastSkipped.map(asLedgerMail), ...frozen.map(asLedgerMail)],
  );
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
    ledger: ledgerWith(facts.ledger, { ...rows, frozen: unchangedRows }, context.campaigns),
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
const NO_CANDIDATES: readonly Candidate[] = [];
const NO_ENDED_ROWS: readonly EndedRow[] = [];
const NO_PLAN_ROWS: readonly PlanRow[] = [];

/** Pre-scheduled on a day that has passed, and past its deadline, too: settled, not dropped. */
function isMissed(row: PlanRow, context: PlanningContext): boolean {
  if (row.status !== 'pre-scheduled' || row.day >= context.today) return false;
  const deadlineDay =
    row.campaignInstanceId === null
      ? deadlineOfRow(row, context.configuration)
      : deadlineOfCampaignRow(row, context.campaigns.endDayOf(row.campaignInstanceId));
  return deadlineDay !== null && deadlineDay < context.asOfDay;
}

/** The row's own dates tell whether its trigger bounds it: its instance may have other ones by now. */
function deadlineOfCampaignRow(
  { idealDay, eventDay }: PlanRow,
  instanceEndDay: DayNumber | null,
): DayNumber | null {
  const triggerDeadline = idealDay < eventDay ? eventDay - 1 : null;
  if (instanceEndDay === null || triggerDeadline === null) return instanceEndDay ?? triggerDeadline;
  return Math.min(instanceEndDay, triggerDeadline);
}

function placeCandidate({ context, contactId, windows, rows }: ContactToPlace, candidate: Candidate): Mail {
  const former = findOccurrence(rows.open, candidate) ?? findOccurrence(rows.overdue, candidate) ?? null;
  const place =
    former !== null && whyNotKept(former, candidate, windows, context) === null
      ? keptPlace(former)
      : findPlace(context, contactId, windows, candidate);
  return new Mail(contactId, candidate, former ?? findOccurrence(rows.elsewhere, candidate) ?? null, place);
}

function keptPlace({ day, placedBy, movedFrom }: PlanRow): Place {
  return { day, skipReason: null, block: null, placedBy, movedFrom, isKept: true };
}

/** Why a row of the plan in force does not keep its day. */
export type NotKeptReason =
  | 'drawn_anew'
  | 'overdue'
  | 'had_no_place'
  | 'ideal_date_changed'
  | 'before_start'
  | 'after_deadline'
  | 'blocked';

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
  if (former.day < firstDayOf(candidate, context.asOfDay)) return 'before_start';
  if (former.day > candidate.deadlineDay) return 'after_deadline';
  return blockOn(former.day, candidate, windows) === null ? null : 'blocked';
}

/** The as-of date; of campaign mails the start of their instance, if that is later. */
export function firstDayOf({ campaign }: Pick<Candidate, 'campaign'>, asOfDay: DayNumber): DayNumber {
  return campaign === null ? asOfDay : Math.max(asOfDay, campaign.startDay);
}

/** Why the mail may not go out on the day, or `null`. */
export function blockOn(
  day: DayNumber,
  { campaign }: Pick<Candidate, 'campaign'>,
  windows: ContactWindows,
): Block | null {
  return campaign?.ignoresWindows === true ? null : windows.blockOn(day);
}

export function isAllowed(
  day: DayNumber,
  candidate: Pick<Candidate, 'campaign' | 'deadlineDay'>,
  windows: ContactWindows,
  asOfDay: DayNumber,
): boolean {
  return (
    firstDayOf(candidate, asOfDay) <= day &&
    day <= candidate.deadlineDay &&
    blockOn(day, candidate, windows) === null
  );
}

/** SPEC 4, Placing an occurrence, 2 and 3, and of campaigns (6) the case before each. */
function findPlace(
  context: PlanningContext,
  contactId: number,
  windows: ContactWindows,
  candidate: Candidate,
): Place {
  const firstDay = firstDayOf(candidate, context.asOfDay);
  const { idealDay, deadlineDay, campaign } = candidate;
  if (campaign !== null && idealDay > campaign.endDay) {
    return skippedPlace(campaign.endDay, 'outside_active_dates');
  }
  if (idealDay >= firstDay) return freshPlace(idealDay, blockOn(idealDay, candidate, windows), null);

  if (campaign !== null && deadlineDay < firstDay) return skippedPlace(firstDay, 'missed_trigger');
  const allowedDays = catchUpDays(context, windows, candidate);
  if (allowedDays.length === 0) return freshPlace(firstDay, blockOn(firstDay, candidate, windows), null);
  // Seeded with the first day, so that those who missed one day do not meet again after the next.
  const index = context.hash(occurrenceText(contactId, candidate), firstDay) % allowedDays.length;
  return freshPlace(allowedDays[index]!, null, 'catch_up');
}

/** The days on which a mail whose ideal date has passed may be caught up (SPEC 4, 3). */
export function catchUpDays(
  context: PlanningContext,
  windows: ContactWindows,
  candidate: Pick<Candidate, 'campaign' | 'deadlineDay'>,
): DayNumber[] {
  const firstDay = firstDayOf(candidate, context.asOfDay);
  const allowedDays: DayNumber[] = [];
  const lastDay = firstDay + context.configuration.catchUpDays - 1;
  for (let day = firstDay; day <= lastDay; day += 1) {
    if (isAllowed(day, candidate, windows, context.asOfDay)) allowedDays.push(day);
  }
  return allowedDays;
}

function freshPlace(day: DayNumber, block: Block | null, placedBy: PlacedBy | null): Place {
  return { day, skipReason: block?.reason ?? null, block, placedBy, movedFrom: null, isKept: false };
}

function skippedPlace(day: DayNumber, skipReason: PlanSkipReason): Place {
  return { day, skipReason, block: null, placedBy: null, movedFrom: null, isKept: false };
}
