/** The yearly mails that a contact is due (SPEC 4): which event is next. */
import { civilDate, inYear, yearOf, type DayNumber } from './calendar.ts';
import type { AepSettings, AnniversarySettings, Configuration, MonthDay } from './configuration.ts';
import type { Anchors, ContactWindows } from './exclusion.ts';
import type { Candidate } from './mail.ts';
import { occurrenceText } from './occurrence.ts';
import { findOccurrence, isSkipped, type LedgerMail } from './schedule-row.ts';

export const BIRTHDAY = 'birthday';
export const EFFECTIVE_DATE = 'effective_date';
export const AEP = 'aep';
export const POST_WINDOW = 'post_window';

/** Days that lie at least between the events of two mails of one type to one contact (SPEC 4). */
export const EVENT_DISTANCE_DAYS = 300;
export const POST_WINDOW_DISTANCE_DAYS = 60;

/** Beyond any date that a contact can have. */
export const LAST_EVENT_YEAR = 2300;

/** Birthday, policy anniversary and AEP mails that exist for the contact. */
export function yearlyCandidates(
  anchors: Anchors,
  configuration: Configuration,
  ledger: readonly LedgerMail[],
  asOfDay: DayNumber,
): Candidate[] {
  const candidates: Candidate[] = [];
  const { birthday, effectiveDate, aep } = configuration;
  addAnniversary(candidates, BIRTHDAY, anchors.birthDay, birthday, ledger, asOfDay);
  addAnniversary(candidates, EFFECTIVE_DATE, anchors.effectiveDay, effectiveDate, ledger, asOfDay);
  if (aep.enabled) addAep(candidates, aep, ledger, asOfDay);
  return candidates;
}

function addAnniversary(
  candidates: Candidate[],
  emailType: string,
  anchorDay: DayNumber | null,
  settings: AnniversarySettings,
  ledger: readonly LedgerMail[],
  asOfDay: DayNumber,
): void {
  if (!settings.enabled || anchorDay === null) return;
  const anchor = civilDate(anchorDay);
  const settled = settledOfType(ledger, emailType);
  for (let year = firstAnniversaryYear(anchor, asOfDay); year <= LAST_EVENT_YEAR; year += 1) {
    const eventDay = inYear(anchor, year);
    const deadlineDay = eventDay - settings.deadlineDaysBefore;
    if (refusalOfEvent(settled, emailType, eventDay, deadlineDay, EVENT_DISTANCE_DAYS, asOfDay) !== null) {
      continue;
    }
    candidates.push({
      emailType,
      campaignInstanceId: null,
      eventDay,
      idealDay: eventDay - settings.daysBefore,
      deadlineDay,
      priority: settings.priority,
      template: settings.template,
      standsFor: null,
      smsTemplate: null,
      campaign: null,
    });
    return;
  }
}

/** One mail per configured day; the distance holds only where there is a single one. */
function addAep(
  candidates: Candidate[],
  settings: AepSettings,
  ledger: readonly LedgerMail[],
  asOfDay: DayNumber,
): void {
  const distanceDays = aepDistanceDays(settings);
  const settled = settledOfType(ledger, AEP);
  for (const { on, deadline } of settings.days) {
    for (let year = yearOf(asOfDay) - 1; year <= LAST_EVENT_YEAR; year += 1) {
      const eventDay = inYear(on, year);
      const deadlineDay = aepDeadline(eventDay, deadline);
      if (refusalOfEvent(settled, AEP, eventDay, deadlineDay, distanceDays, asOfDay) !== null) continue;
      candidates.push({
        emailType: AEP,
        campaignInstanceId: null,
        eventDay,
        idealDay: eventDay,
        deadlineDay,
        priority: settings.priority,
        template: settings.template,
        standsFor: null,
        smsTemplate: null,
        campaign: null,
      });
      break;
    }
  }
}

/** The first such month-day on or after the event. */
export function aepDeadline(eventDay: DayNumber, deadline: MonthDay): DayNumber {
  const year = yearOf(eventDay);
  const sameYear = inYear(deadline, year);
  return sameYear >= eventDay ? sameYear : inYear(deadline, year + 1);
}

/** Mails of the type that the ledger holds, follow-ups left out. */
export function settledOfType(ledger: readonly LedgerMail[], emailType: string): readonly LedgerMail[] {
  if (ledger.length === 0) return ledger;
  return ledger.filter((mail) => mail.emailType === emailType && !mail.isFollowUp);
}

/** The first year whose anniversary can be the next one. */
export function firstAnniversaryYear(anchor: { readonly year: number }, asOfDay: DayNumber): number {
  return Math.max(anchor.year + 1, yearOf(asOfDay));
}

/** The distance holds only where a single day is configured. */
export function aepDistanceDays(settings: AepSettings): number {
  return settings.days.length === 1 ? EVENT_DISTANCE_DAYS : 0;
}

/** Why an event is not the next one to write about (SPEC 4). */
export type EventRefusal = 'deadline_passed' | 'in_ledger' | 'near_ledger_mail';

/** `null`: nothing stands against the event. */
export function refusalOfEvent(
  settled: readonly LedgerMail[],
  emailType: string,
  eventDay: DayNumber,
  deadlineDay: DayNumber,
  distanceDays: number,
  asOfDay: DayNumber,
): EventRefusal | null {
  if (deadlineDay < asOfDay) return 'deadline_passed';
  if (settled.length === 0) return null;
  if (findOccurrence(settled, { emailType, campaignInstanceId: null, eventDay }) !== undefined) {
    return 'in_ledger';
  }
  return settled.some((mail) => isNearEvent(mail, eventDay, distanceDays)) ? 'near_ledger_mail' : null;
}

/** Whether a mail of the ledger is of so near an event that there is to be no second one. */
export function isNearEvent(mail: LedgerMail, eventDay: DayNumber, distanceDays: number): boolean {
  return !isSkipped(mail) && Math.abs(mail.eventDay - eventDay) < distanceDays;
}

/** A mail that a window blocked. */
export interface BlockedMail {
  readonly text: string;
  readonly day: DayNumber;
}

/** The mails of the ledger that a window blocked, for which a post-window mail may stand (SPEC 5). */
export function blockedMailsOfLedger(contactId: number, ledger: readonly LedgerMail[]): BlockedMail[] {
  const blocked: BlockedMail[] = [];
  for (const mail of ledger) {
    const isBlocked = isSkipped(mail) && mail.skipReason === 'exclusion_window';
    if (!isBlocked || mail.isFollowUp || mail.emailType === POST_WINDOW) continue;
    blocked.push({ text: occurrenceText(contactId, mail), day: mail.day });
  }
  return blocked;
}

/** One post-window mail for each joined window of the contact that blocked a mail (SPEC 5). */
export function postWindowCandidates(
  blockedMails: readonly BlockedMail[],
  windows: ContactWindows,
  configuration: Configuration,
  ledger: readonly LedgerMail[],
  asOfDay: DayNumber,
): Candidate[] {
  const settings = configuration.postWindow;
  if (!settings.enabled || !configuration.features.postWindow || blockedMails.length === 0) return [];
  const settled = settledOfType(ledger, POST_WINDOW);
  const lastWrittenDay = lastPostWindowDay(settled);
  const blockedByWindowEnd = new Map<DayNumber, BlockedMail[]>();
  for (const mail of blockedMails) {
    // A post-window mail has gone out since: it stood for this one.
    if (mail.day < lastWrittenDay) continue;
    const endDay = windows.endOfJoinedWindow(mail.day);
    if (endDay === null) continue;
    const others = blockedByWindowEnd.get(endDay);
    if (others === undefined) blockedByWindowEnd.set(endDay, [mail]);
    else others.push(mail);
  }

  const candidates: Candidate[] = [];
  for (const [eventDay, blocked] of [...blockedByWindowEnd].sort(([a], [b]) => a - b)) {
    const deadlineDay = eventDay + settings.deadlineDaysAfter;
    if (
      refusalOfEvent(settled, POST_WINDOW, eventDay, deadlineDay, POST_WINDOW_DISTANCE_DAYS, asOfDay) !== null
    ) {
      continue;
    }
    candidates.push({
      emailType: POST_WINDOW,
      campaignInstanceId: null,
      eventDay,
      idealDay: eventDay + settings.daysAfter,
      deadlineDay,
      priority: settings.priority,
      template: settings.template,
      standsFor: namesInOrder(blocked),
      smsTemplate: null,
      campaign: null,
    });
  }
  return candidates;
}

/** The day of the last post-window mail of the ledger that was not skipped; -Infinity: there is none. */
export function lastPostWindowDay(settled: readonly LedgerMail[]): number {
  return Math.max(...settled.filter((mail) => !isSkipped(mail)).map((mail) => mail.day), -Infinity);
}

/** Names of mails by day, then by text. */
export function namesInOrder(mails: readonly BlockedMail[]): string[] {
  return [...mails].sort((a, b) => a.day - b.day || (a.text < b.text ? -1 : 1)).map((mail) => mail.text);
}

/**
 * The last day on which an overdue mail still made sense, from its event alone: its contact may be gone
 * (SPEC 4, Plans are kept). `null` where the configuration knows no such mail any more.
 */
export function deadlineOfRow(
  row: { readonly emailType: string; readonly eventDay: DayNumber },
  configuration: Configuration,
): DayNumber | null {
  const { birthday, effectiveDate, aep, postWindow } = configuration;
  switch (row.emailType) {
    case BIRTHDAY:
      return row.eventDay - birthday.deadlineDaysBefore;
    case EFFECTIVE_DATE:
      return row.eventDay - effectiveDate.deadlineDaysBefore;
    case POST_WINDOW:
      return row.eventDay + postWindow.deadlineDaysAfter;
    case AEP: {
      const year = yearOf(row.eventDay);
      const day = aep.days.find(({ on }) => inYear(on, year) === row.eventDay);
      return day === undefined ? null : aepDeadline(row.eventDay, day.deadline);
    }
    default:
      return null;
  }
}
