/** Which events were asked for a contact's yearly mails (SPEC 4): the reasons behind `yearlyCandidates`. */
import { civilDate, inYear, yearOf, type DayNumber } from './calendar.ts';
import type { AepSettings, AnniversarySettings, Configuration } from './configuration.ts';
import type { Anchors, ContactWindows } from './exclusion.ts';
import { findOccurrence, type LedgerMail } from './schedule-row.ts';
import {
  AEP,
  aepDeadline,
  aepDistanceDays,
  BIRTHDAY,
  EFFECTIVE_DATE,
  EVENT_DISTANCE_DAYS,
  firstAnniversaryYear,
  isNearEvent,
  LAST_EVENT_YEAR,
  lastPostWindowDay,
  POST_WINDOW,
  POST_WINDOW_DISTANCE_DAYS,
  refusalOfEvent,
  settledOfType,
  type BlockedMail,
  type EventRefusal,
} from './yearly.ts';

/** An event, and what stood against writing about it. */
export interface AskedEvent {
  readonly eventDay: DayNumber;
  readonly deadlineDay: DayNumber;
  /** `null`: nothing; the mail is due. */
  readonly refusal: EventRefusal | null;
  /** The mail of the ledger that stood against it. */
  readonly ledgerMail: LedgerMail | null;
}

/** The events of one yearly mail, earliest first, up to the one that is due. */
export interface EventTrace {
  readonly emailType: string;
  /** Why no event was asked: the type is switched off, or the contact lacks the date. */
  readonly absence: 'switched_off' | 'no_date' | null;
  /** Days that must lie between the events of two such mails; 0: no distance is asked. */
  readonly distanceDays: number;
  readonly asked: readonly AskedEvent[];
}

/** One trace for each yearly mail, and for each configured day of `aep`. */
export function traceYearlyEvents(
  anchors: Anchors,
  configuration: Configuration,
  ledger: readonly LedgerMail[],
  asOfDay: DayNumber,
): EventTrace[] {
  const { birthday, effectiveDate, aep } = configuration;
  return [
    traceAnniversary(BIRTHDAY, anchors.birthDay, birthday, ledger, asOfDay),
    traceAnniversary(EFFECTIVE_DATE, anchors.effectiveDay, effectiveDate, ledger, asOfDay),
    ...traceAep(aep, ledger, asOfDay),
  ];
}

function traceAnniversary(
  emailType: string,
  anchorDay: DayNumber | null,
  settings: AnniversarySettings,
  ledger: readonly LedgerMail[],
  asOfDay: DayNumber,
): EventTrace {
  const distanceDays = EVENT_DISTANCE_DAYS;
  if (!settings.enabled) return { emailType, absence: 'switched_off', distanceDays, asked: [] };
  if (anchorDay === null) return { emailType, absence: 'no_date', distanceDays, asked: [] };
  const anchor = civilDate(anchorDay);
  const asked = askUntilDue(firstAnniversaryYear(anchor, asOfDay), (year) => {
    const eventDay = inYear(anchor, year);
    const deadlineDay = eventDay - settings.deadlineDaysBefore;
    return askEvent(settledOfType(ledger, emailType), emailType, {
      eventDay,
      deadlineDay,
      distanceDays,
      asOfDay,
    });
  });
  return { emailType, absence: null, distanceDays, asked };
}

function traceAep(settings: AepSettings, ledger: readonly LedgerMail[], asOfDay: DayNumber): EventTrace[] {
  const distanceDays = aepDistanceDays(settings);
  if (!settings.enabled) return [{ emailType: AEP, absence: 'switched_off', distanceDays, asked: [] }];
  const settled = settledOfType(ledger, AEP);
  return settings.days.map(({ on, deadline }) => {
    const asked = askUntilDue(yearOf(asOfDay) - 1, (year) => {
      const eventDay = inYear(on, year);
      const deadlineDay = aepDeadline(eventDay, deadline);
      return askEvent(settled, AEP, { eventDay, deadlineDay, distanceDays, asOfDay });
    });
    return { emailType: AEP, absence: null, distanceDays, asked };
  });
}

function askUntilDue(firstYear: number, ask: (year: number) => AskedEvent): AskedEvent[] {
  const asked: AskedEvent[] = [];
  for (let year = firstYear; year <= LAST_EVENT_YEAR; year += 1) {
    const event = ask(year);
    asked.push(event);
    if (event.refusal === null) break;
  }
  return asked;
}

interface EventQuestion {
  readonly eventDay: DayNumber;
  readonly deadlineDay: DayNumber;
  readonly distanceDays: number;
  readonly asOfDay: DayNumber;
}

function askEvent(
  settled: readonly LedgerMail[],
  emailType: string,
  { eventDay, deadlineDay, distanceDays, asOfDay }: EventQuestion,
): AskedEvent {
  const refusal = refusalOfEvent(settled, emailType, eventDay, deadlineDay, distanceDays, asOfDay);
  return {
    eventDay,
    deadlineDay,
    refusal,
    ledgerMail: mailAgainst(refusal, settled, emailType, eventDay, distanceDays),
  };
}

function mailAgainst(
  refusal: EventRefusal | null,
  settled: readonly LedgerMail[],
  emailType: string,
  eventDay: DayNumber,
  distanceDays: number,
): LedgerMail | null {
  if (refusal === 'in_ledger') {
    return findOccurrence(settled, { emailType, campaignInstanceId: null, eventDay }) ?? null;
  }
  if (refusal !== 'near_ledger_mail') return null;
  return settled.find((mail) => isNearEvent(mail, eventDay, distanceDays)) ?? null;
}

/** Whether a post-window mail stands for a mail that a window blocked, and if not, why. */
export interface AskedPostWindow {
  readonly blocked: BlockedMail;
  /** The last day of the joined window, which is the event; `null`: there is none. */
  readonly eventDay: DayNumber | null;
  readonly refusal: 'written_since' | 'no_window' | 'never_ends' | EventRefusal | null;
  readonly ledgerMail: LedgerMail | null;
}

export interface PostWindowTrace {
  readonly absence: 'switched_off' | 'nothing_blocked' | null;
  readonly asked: readonly AskedPostWindow[];
}

/** The reasons behind `postWindowCandidates`. */
export function tracePostWindows(
  blockedMails: readonly BlockedMail[],
  windows: ContactWindows,
  configuration: Configuration,
  ledger: readonly LedgerMail[],
  asOfDay: DayNumber,
): PostWindowTrace {
  const settings = configuration.postWindow;
  if (!settings.enabled || !configuration.features.postWindow) return { absence: 'switched_off', asked: [] };
  if (blockedMails.length === 0) return { absence: 'nothing_blocked', asked: [] };
  const settled = settledOfType(ledger, POST_WINDOW);
  const lastWrittenDay = lastPostWindowDay(settled);
  const asked = blockedMails.map((blocked): AskedPostWindow => {
    if (blocked.day < lastWrittenDay) {
      const ledgerMail = settled.find(({ day }) => day === lastWrittenDay) ?? null;
      return { blocked, eventDay: null, refusal: 'written_since', ledgerMail };
    }
    const eventDay = windows.endOfJoinedWindow(blocked.day);
    if (eventDay === null) {
      const isInWindow = windows.blockOn(blocked.day)?.reason === 'exclusion_window';
      return { blocked, eventDay, refusal: isInWindow ? 'never_ends' : 'no_window', ledgerMail: null };
    }
    const { refusal, ledgerMail } = askEvent(settled, POST_WINDOW, {
      eventDay,
      deadlineDay: eventDay + settings.deadlineDaysAfter,
      distanceDays: POST_WINDOW_DISTANCE_DAYS,
      asOfDay,
    });
    return { blocked, eventDay, refusal, ledgerMail };
  });
  return { absence: null, asked };
}
