/** The answer of `explain` for programs. */
import { FIRST_DAY, formatDay, LAST_DAY } from '../../domain/calendar.ts';
import type { DaySearch, RefusedDays } from '../../domain/day-search.ts';
import type { AskedEvent, AskedPostWindow, EventTrace } from '../../domain/event-trace.ts';
import type {
  CapTrace,
  CatchUpTrace,
  FrequencyTrace,
  MailTrace,
  SmoothingTrace,
} from '../../domain/mail-trace.ts';
import type { CampaignTrace } from '../../domain/campaign-trace.ts';
import type { EndedRow } from '../../domain/placing.ts';
import type { LedgerMail } from '../../domain/schedule-row.ts';
import type { BlockedMail } from '../../domain/yearly.ts';
import { endReason } from '../explain/end-reason.ts';
import type { ExplainedRow, Explanation, Note } from '../explain/explanation.ts';
import { campaignOf, hasDeadline } from './campaign-explanation.ts';
import { dayJson, ruleAnswerJson } from './rule-answers.ts';

/**
 * What `explain --json` prints. Dates are `YYYY-MM-DD`, moments ISO 8601 in UTC; `null` stands for what does not
 * apply or is not known, and says which below. Reasons, statuses and types are named as in `email_schedules`. Fields
 * may be added, and none is renamed.
 */
export interface ExplanationJson {
  readonly organization: string;
  readonly contact: {
    readonly id: number;
    /** `null`: deleted, and its personal data gone. */
    readonly externalId: string | null;
    readonly isDeleted: boolean;
    /** This and the following as planning saw the contact; `null` also where it is not known any more. */
    readonly zipCode: string | null;
    readonly state: string | null;
    readonly birthDate: string | null;
    readonly effectiveDate: string | null;
    /** The states whose rules apply, and what names them. */
    readonly states: readonly string[];
    readonly zipState: string | null;
    readonly storedState: string | null;
    /** Dates that count as missing; reason: too_early, means_no_date (1970-01-01), too_late. */
    readonly ignoredDates: readonly {
      readonly field: string;
      readonly date: string;
      readonly reason: string;
    }[];
    /** birth_date_ignored, effective_date_ignored, states_disagree. */
    readonly warnings: readonly string[];
    /** all, marketing: the scope by which its address was suppressed; `null` also where it is not known any more. */
    readonly suppression: string | null;
  };
  /**
   * kind `plan`: the plan in force, as it was made; `as_of`: what planning would do as of a day for this contact
   * alone, nothing stored; `plan` and `run` are `null` then, and `configurationVersion` is where files would become a
   * new version. `formerPlan` is the plan from which it starts; `null`: none. `replan`: the contact was planned again
   * in that plan since, by that run, and what is explained is what it did (`today`, `asOf` and the rest are its own).
   */
  readonly basis: {
    readonly kind: 'plan' | 'as_of';
    readonly plan: number | null;
    readonly run: number | null;
    readonly replan: { readonly run: number; readonly at: string } | null;
    readonly formerPlan: number | null;
    readonly publishedAt: string | null;
    readonly today: string;
    readonly asOf: string;
    readonly configurationVersion: number | null;
  };
  /** planned, rejected, nothing_due, absent (no contact of the organization); `null`: not known any more. */
  readonly outcome: string | null;
  /** Why the contact is not planned at all; `null`: it is. */
  readonly rejection: string | null;
  /** Of `internal_error`: which. */
  readonly errorCode: string | null;
  /** What has changed since, and the like: a stable code and a sentence. */
  readonly notes: readonly Note[];
  /** The mails of the plan, by day. */
  readonly mails: readonly MailJson[];
  /** Yearly mails of which none is due, and why: switched_off, no_date, or the events asked. */
  readonly notDue: readonly object[];
  /**
   * Campaign instances that concern the contact and write nothing to it; refusal: switched_off, type_inactive, draft,
   * ended, after_end, no_trigger, settled (with the mail of the ledger), unsubscribed.
   */
  readonly campaignsNotDue: readonly object[];
  /** Mails that a window blocked, and whether a post-window mail stands for each. */
  readonly postWindows: readonly object[];
  /**
   * Rows of the plan before that ended: closed (dropped), missed (settled as skipped). reason: missed, not_due,
   * contact_deleted, or why the contact is rejected; suppressed also of the marketing of one who gets notices only.
   */
  readonly ended: readonly object[];
  /** All of the contact's rows that are settled, and follow-ups; newest first. */
  readonly ledger: readonly object[];
}

export interface MailJson {
  /** `null`: not stored yet. */
  readonly id: number | null;
  readonly emailType: string;
  readonly campaignInstanceId: number | null;
  readonly eventDate: string;
  readonly idealDate: string;
  readonly scheduledSendDate: string;
  readonly scheduledSendTime: string;
  readonly status: string;
  readonly skipReason: string | null;
  readonly priority: number;
  readonly placedBy: string | null;
  readonly movedFrom: string | null;
  readonly isOverCap: boolean;
  /** Dated before the as-of date: it stays as the plan before had it. */
  readonly isFrozen: boolean;
  /** The run that last changed the row. */
  readonly changedBy: { readonly run: number; readonly asOf: string; readonly plan: number | null } | null;
  /** What became of it since it was published; `null`: nothing. */
  readonly settledAs: { readonly status: string; readonly skipReason: string | null } | null;
  /** `null`: frozen, or not to be decided again. */
  readonly decision: DecisionJson | null;
}

interface DecisionJson {
  /** `null`: a campaign mail that has none. */
  readonly deadline: string | null;
  /** Of campaign mails only: by what they are planned; its dates are `null` where it is open. */
  readonly campaign: {
    readonly name: string | null;
    readonly startDate: string | null;
    readonly endDate: string | null;
    readonly isTransactional: boolean;
    /** Why it may go out inside a window; `null`: it may not. */
    readonly legalBasis: string | null;
  } | null;
  /** The events asked, earliest first, up to this one; empty for post-window and campaign mails. */
  readonly events: readonly object[];
  /** Post-window: the mails that it stands for. */
  readonly standsFor: readonly string[];
  /**
   * The day in the plan before: kept, new (was not in it), drawn_anew, overdue, had_no_place, ideal_date_changed,
   * before_start (of its campaign), after_deadline, blocked.
   */
  readonly keeping: string;
  /** The day in the plan before; `null`: new. */
  readonly formerDate: string | null;
  /** The day before load shaping, and what gave it: plan_in_force, ideal_date, catch_up; none: its campaign's dates leave it no day. */
  readonly placedOn: string;
  readonly placedFirstBy: string;
  readonly catchUp: object | null;
  /** Every state rule asked about the scheduled day, with its answer. */
  readonly rules: readonly object[];
  /** Effective-date mails that were not kept. */
  readonly smoothing: object | null;
  /** Mails that have a place. */
  readonly cap: object | null;
  /** Campaign mails that have lost their day to another one: to which. */
  readonly campaignConflict: { readonly winner: string } | null;
  /** Mails that have a place, and are no required notices. */
  readonly frequency: object | null;
  /** Skipped mails: the next day on which it could go (`null`: none up to the deadline), and what refuses the days before. */
  readonly nextDay: { readonly day: string | null; readonly refused: readonly object[] } | null;
}

export function explanationJson(explanation: Explanation): ExplanationJson {
  const { organization, basis, context, notes, decided, errorCode, rows, ledger } = explanation;
  const isPlan = basis.kind === 'plan';
  return {
    organization,
    contact: contactJson(explanation),
    basis: {
      kind: basis.kind,
      plan: isPlan ? basis.planNumber : null,
      run: isPlan ? basis.planRunId : null,
      replan:
        isPlan && basis.replannedAt !== null
          ? { run: basis.runId, at: basis.replannedAt.toISOString() }
          : null,
      formerPlan: basis.formerPlanNumber,
      publishedAt: isPlan ? basis.publishedAt.toISOString() : null,
      today: formatDay(context.today),
      asOf: formatDay(context.asOfDay),
      configurationVersion: basis.configurationVersion,
    },
    outcome: decided?.plan.outcome ?? null,
    rejection: decided?.plan.rejection ?? null,
    errorCode,
    notes,
    mails: rows.map((row) => mailJson(row, decided)),
    notDue: (decided?.events ?? []).filter((events) => !isDue(events)).map(notDueJson),
    campaignsNotDue: (decided?.campaigns ?? []).filter(({ refusal }) => refusal !== null).map(campaignJson),
    postWindows: (decided?.postWindow?.asked ?? []).map(postWindowJson),
    ended: (decided?.plan.endedRows ?? []).map((row) => endedJson(row, explanation)),
    ledger,
  };
}

function contactJson({ profile, contact, suppression, decided }: Explanation): ExplanationJson['contact'] {
  const reviewed = decided?.contact ?? null;
  return {
    ...profile,
    zipCode: contact?.zipCode ?? null,
    state: contact?.state ?? null,
    birthDate: dayJson(contact?.birthDay ?? null),
    effectiveDate: dayJson(contact?.effectiveDay ?? null),
    states: reviewed?.states ?? [],
    zipState: reviewed?.zipState ?? null,
    storedState: reviewed?.storedState ?? null,
    ignoredDates: (reviewed?.ignoredDates ?? []).map(({ name, day, reason }) => ({
      field: name,
      date: formatDay(day),
      reason,
    })),
    warnings: reviewed?.warnings ?? [],
    suppression,
  };
}

function mailJson(
  { id, row, changedBy, isFrozen, isOverCap, trace, settledAs }: ExplainedRow,
  decided: Explanation['decided'],
): MailJson {
  return {
    id,
    emailType: row.emailType,
    campaignInstanceId: row.campaignInstanceId,
    eventDate: formatDay(row.eventDay),
    idealDate: formatDay(row.idealDay),
    scheduledSendDate: formatDay(row.day),
    scheduledSendTime: row.sendTime,
    status: row.status,
    skipReason: row.skipReason,
    priority: row.priority,
    placedBy: row.placedBy,
    movedFrom: dayJson(row.movedFrom),
    isOverCap,
    isFrozen,
    changedBy:
      changedBy === null
        ? null
        : { run: changedBy.runId, asOf: formatDay(changedBy.asOfDay), plan: changedBy.planNumber },
    settledAs: settledAs === null ? null : { status: settledAs.status, skipReason: settledAs.skipReason },
    decision: trace === null ? null : decisionJson(trace, decided),
  };
}

function decisionJson(trace: MailTrace, decided: Explanation['decided']): DecisionJson {
  const { mail } = trace;
  return {
    deadline: hasDeadline(mail.deadlineDay) ? formatDay(mail.deadlineDay) : null,
    campaign: termsJson(mail, decided),
    events: (eventsOf(mail, decided?.events ?? [])?.asked ?? []).map(eventJson),
    standsFor: mail.standsFor ?? [],
    keeping: trace.keeping,
    formerDate: dayJson(mail.former?.day ?? null),
    placedOn: formatDay(trace.placedDay),
    placedFirstBy: trace.placedBy,
    catchUp: trace.catchUp === null ? null : catchUpJson(trace.catchUp),
    rules: trace.answers.map(ruleAnswerJson),
    smoothing: trace.smoothing === null ? null : smoothingJson(trace.smoothing),
    cap: trace.cap === null ? null : capJson(trace.cap),
    campaignConflict: mail.winner === null ? null : { winner: mail.winner },
    frequency: trace.frequency === null ? null : frequencyJson(trace.frequency),
    nextDay: trace.nextDay === null ? null : searchJson(trace.nextDay),
  };
}

function termsJson(mail: MailTrace['mail'], decided: Explanation['decided']): DecisionJson['campaign'] {
  const { campaign } = mail;
  if (campaign === null) return null;
  return {
    name: campaignOf(mail, decided)?.instance.name ?? null,
    startDate: campaign.startDay === FIRST_DAY ? null : formatDay(campaign.startDay),
    endDate: campaign.endDay === LAST_DAY ? null : formatDay(campaign.endDay),
    isTransactional: campaign.isTransactional,
    legalBasis: campaign.legalBasis,
  };
}

function campaignJson({ instance, emailType, target, refusal, ledgerMail }: CampaignTrace): object {
  return {
    instanceId: instance.id,
    name: instance.name,
    emailType,
    endDate: dayJson(instance.endDay),
    triggerDate: dayJson(target?.triggerDay ?? null),
    refusal,
    ledgerMail: ledgerMail === null ? null : ledgerMailJson(ledgerMail),
  };
}

/** The events that were asked for the mail; `null`: it is no yearly mail of the kind. */
export function eventsOf(
  mail: { readonly emailType: string; readonly eventDay: number },
  events: readonly EventTrace[],
): EventTrace | null {
  const isOfMail = ({ emailType, asked }: EventTrace): boolean =>
    emailType === mail.emailType && asked.at(-1)?.eventDay === mail.eventDay;
  return events.find(isOfMail) ?? null;
}

export function isDue({ asked }: EventTrace): boolean {
  return asked.at(-1)?.refusal === null;
}

function eventJson({ eventDay, deadlineDay, refusal, ledgerMail }: AskedEvent): object {
  return {
    eventDate: formatDay(eventDay),
    deadline: formatDay(deadlineDay),
    refusal,
    ledgerMail: ledgerMail === null ? null : ledgerMailJson(ledgerMail),
  };
}

function ledgerMailJson({ emailType, eventDay, day, status, skipReason }: LedgerMail): object {
  return {
    emailType,
    eventDate: formatDay(eventDay),
    scheduledSendDate: formatDay(day),
    status,
    skipReason,
  };
}

function notDueJson({ emailType, absence, asked }: EventTrace): object {
  return { emailType, absence, events: asked.map(eventJson) };
}

function postWindowJson({ blocked, eventDay, refusal, ledgerMail }: AskedPostWindow): object {
  return {
    blocked: nearJson(blocked),
    eventDate: dayJson(eventDay),
    refusal,
    ledgerMail: ledgerMail === null ? null : ledgerMailJson(ledgerMail),
  };
}

function catchUpJson({ firstDay, lastDay, allowedDays, refused, index }: CatchUpTrace): object {
  return {
    from: formatDay(firstDay),
    to: formatDay(lastDay),
    allowed: allowedDays.map(formatDay),
    index,
    refused: refused.map(refusedJson),
  };
}

function smoothingJson(smoothing: SmoothingTrace): object {
  const { day, mailsOnDay, softLimit, isDaySmoothed, allowedDays, index } = smoothing;
  return {
    from: formatDay(day),
    mailsOnDay,
    softLimit,
    isDaySmoothed,
    allowed: allowedDays.map(formatDay),
    index,
  };
}

function capJson({ day, toDay, volume, dailyCap, redistributeAbove, isOverCap }: CapTrace): object {
  return { from: formatDay(day), to: formatDay(toDay), volume, dailyCap, redistributeAbove, isOverCap };
}

function frequencyJson(frequency: FrequencyTrace): object {
  const { maxMails, periodDays, rank, isPromised, near, collidedWith } = frequency;
  return { maxMails, periodDays, rank, isPromised, near: near.map(nearJson), collidedWith };
}

function nearJson({ text, day }: BlockedMail): object {
  return { mail: text, day: formatDay(day) };
}

function searchJson({ day, refused }: DaySearch): NonNullable<DecisionJson['nextDay']> {
  return { day: dayJson(day), refused: refused.map(refusedJson) };
}

function refusedJson({ from, to, reason, rule }: RefusedDays): object {
  return {
    from: formatDay(from),
    to: formatDay(to),
    reason,
    rule: rule?.name ?? null,
    citation: rule?.citation ?? null,
  };
}

function endedJson(ended: EndedRow, explanation: Explanation): object {
  const { row, outcome } = ended;
  return {
    id: row.id,
    emailType: row.emailType,
    eventDate: formatDay(row.eventDay),
    scheduledSendDate: formatDay(row.day),
    status: row.status,
    skipReason: row.skipReason,
    outcome,
    reason: endReason(explanation, ended),
  };
}
