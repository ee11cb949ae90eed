/**
 * Why a mail is planned on its day or skipped (SPEC 2, decision): what was asked of it and the answers, found by
 * the predicates that planning goes by. Only who explains asks for traces; a run makes none.
 */
import type { DayNumber } from './calendar.ts';
import type { DayCounts } from './day-counts.ts';
import {
  firstDayNotRefused,
  refusalByBlock,
  refusedDays,
  type DayRefusal,
  type DaySearch,
  type RefusedDays,
} from './day-search.ts';
import { draftRow, type DraftRow } from './draft-row.ts';
import { isRivalOfLedger, takesPartInConflicts } from './conflicts.ts';
import { collisionsOn, isLimited, lowestPromisedPriority, rankOf } from './frequency.ts';
import type { Mail } from './mail.ts';
import { occurrenceText } from './occurrence.ts';
import {
  blockOn,
  catchUpDays,
  firstDayOf,
  whyNotKept,
  type NotKeptReason,
  type Placement,
  type PlanningContext,
} from './placing.ts';
import { countsForFrequency, hasPlace } from './schedule-row.ts';
import { canBeSmoothed, smoothedDay, smoothingDays, type LoadLimits } from './shaping.ts';
import { traceWindows, type RuleAnswer } from './window-trace.ts';
import type { BlockedMail } from './yearly.ts';

/** What shaping went by and decided, as far as it is known. */
export interface LoadView {
  readonly limits: LoadLimits;
  /** Mails a day, those of the plan included. */
  readonly volumes: DayCounts;
  /** Effective-date mails a day before any smoothing; `null`: not kept. */
  readonly effectiveDateBefore: DayCounts | null;
  /** The days whose effective-date mails were spread. */
  readonly smoothedDays: ReadonlySet<DayNumber>;
  readonly overCapDays: ReadonlySet<DayNumber>;
}

/** The catch-up of a mail whose ideal date has passed (SPEC 4, 3). */
export interface CatchUpTrace {
  readonly firstDay: DayNumber;
  readonly lastDay: DayNumber;
  readonly allowedDays: readonly DayNumber[];
  readonly refused: readonly RefusedDays[];
  /** Of the day taken among those allowed, from 0; `null`: none is allowed. */
  readonly index: number | null;
}

/** Smoothing of an effective-date mail that was not kept (SPEC 7, 1). */
export interface SmoothingTrace {
  /** On which it lay. */
  readonly day: DayNumber;
  /** Effective-date mails on that day before any smoothing; `null`: not kept. */
  readonly mailsOnDay: number | null;
  readonly softLimit: number;
  /** Whether the day was spread. Of a published plan: whether any mail was moved off it. */
  readonly isDaySmoothed: boolean;
  readonly allowedDays: readonly DayNumber[];
  /** Of the day that its hash chooses among those allowed, from 0. */
  readonly index: number;
}

/** The daily cap on a mail that has a place (SPEC 7, 2). */
export interface CapTrace {
  /** On which it lay before the cap was asked. */
  readonly day: DayNumber;
  readonly toDay: DayNumber;
  /** Mails on the day on which it lies now. */
  readonly volume: number;
  readonly dailyCap: number;
  /** The volume above which a day is brought down. */
  readonly redistributeAbove: number;
  readonly isOverCap: boolean;
}

/** The frequency limit on a mail that has a place (SPEC 8). */
export interface FrequencyTrace {
  readonly maxMails: number;
  readonly periodDays: number;
  readonly rank: number;
  readonly isPromised: boolean;
  /** The mails that count and lie less than a period away, the ledger's and those of this plan. */
  readonly near: readonly BlockedMail[];
  /** Those with which it would be one too many, by name; `null`: it is within the limit. */
  readonly collidedWith: readonly string[] | null;
}

export interface MailTrace {
  readonly mail: Mail;
  readonly row: DraftRow;
  /** What became of its day in the plan before; `new`: it was not in it. */
  readonly keeping: 'kept' | 'new' | NotKeptReason;
  /** The day on which it was placed, before shaping. */
  readonly placedDay: DayNumber;
  /** `none`: a campaign mail whose dates leave it no day. */
  readonly placedBy: 'plan_in_force' | 'ideal_date' | 'catch_up' | 'none';
  readonly catchUp: CatchUpTrace | null;
  /** What the state rules answer about its final day, also of a mail that ignores them. */
  readonly answers: readonly RuleAnswer[];
  /** `null`: not asked, as the mail is none of them, kept, or skipped; or switched off. */
  readonly smoothing: SmoothingTrace | null;
  /** `null`: not asked, as the mail is skipped without a place; or switched off. */
  readonly cap: CapTrace | null;
  /** `null`: not asked either of a required notice, nor of one that lost its day to another campaign mail. */
  readonly frequency: FrequencyTrace | null;
  /** Of a skipped mail: the next day on which it could go, looked for as far as `MAX_SEARCH_DAYS`. */
  readonly nextDay: DaySearch | null;
}

/**
 * @param before the contact as placed, before shaping
 * @param after the same after shaping and the frequency limit
 */
export function traceMails(
  context: PlanningContext,
  before: Placement,
  after: Placement,
  load: LoadView,
): MailTrace[] {
  return after.mails.map((mail, index) =>
    new MailTracer(context, after, load, mail, before.mails[index]!).trace(),
  );
}

class MailTracer {
  private readonly context: PlanningContext;
  private readonly placement: Placement;
  private readonly load: LoadView;
  private readonly mail: Mail;
  /** The mail before shaping. */
  private readonly placed: Mail;
  private readonly row: DraftRow;

  constructor(context: PlanningContext, placement: Placement, load: LoadView, mail: Mail, placed: Mail) {
    this.context = context;
    this.placement = placement;
    this.load = load;
    this.mail = mail;
    this.placed = placed;
    this.row = draftRow(mail, context.configuration.sendTime);
  }

  trace(): MailTrace {
    const { context, mail, placed } = this;
    const { rules, configuration } = context;
    const { plannable } = this.placement;
    return {
      mail,
      row: this.row,
      keeping: this.keeping(),
      placedDay: placed.day,
      placedBy: this.placedBy(),
      catchUp: this.placedBy() === 'catch_up' ? this.catchUp() : null,
      answers: traceWindows(rules.ofStates(plannable!.states), plannable!, configuration.exclusion, mail.day),
      smoothing: this.smoothing(),
      cap: this.cap(),
      frequency: this.frequency(),
      nextDay: mail.isPlaced ? null : this.nextDay(),
    };
  }

  private keeping(): MailTrace['keeping'] {
    const { former, isKept } = this.mail;
    if (isKept) return 'kept';
    if (former === null) return 'new';
    return whyNotKept(former, this.mail, this.placement.windows!, this.context) ?? 'drawn_anew';
  }

  private placedBy(): MailTrace['placedBy'] {
    const { isKept, idealDay, block, skipReason } = this.placed;
    if (isKept) return 'plan_in_force';
    if (block === null && skipReason !== null) return 'none';
    return idealDay >= this.firstDay() ? 'ideal_date' : 'catch_up';
  }

  private firstDay(): DayNumber {
    return firstDayOf(this.mail, this.context.asOfDay);
  }

  private catchUp(): CatchUpTrace {
    const { context, mail, placed } = this;
    const windows = this.placement.windows!;
    const firstDay = this.firstDay();
    const lastDay = firstDay + context.configuration.catchUpDays - 1;
    const allowedDays = catchUpDays(context, windows, mail);
    const refusalOn = (day: DayNumber): DayRefusal | null =>
      day > mail.deadlineDay
        ? { reason: 'after_deadline', rule: null }
        : refusalByBlock(blockOn(day, mail, windows));
    return {
      firstDay,
      lastDay,
      allowedDays,
      refused: refusedDays(firstDay, lastDay, refusalOn),
      index: allowedDays.length === 0 ? null : allowedDays.indexOf(placed.day),
    };
  }

  private smoothing(): SmoothingTrace | null {
    const { context, load, placed, placement } = this;
    if (!context.configuration.features.loadBalancing || !canBeSmoothed(placed)) return null;
    const { day } = placed;
    const toDay = smoothedDay(placed, placement, context);
    const allowedDays = smoothingDays(placed, placement, context);
    return {
      day,
      mailsOnDay: load.effectiveDateBefore?.get(day) ?? null,
      softLimit: load.limits.softLimit,
      isDaySmoothed: load.smoothedDays.has(day),
      allowedDays,
      index: allowedDays.indexOf(toDay),
    };
  }

  /** Where the mail lay after smoothing. */
  private dayBeforeCap(): DayNumber {
    const { mail } = this;
    return !mail.isKept && mail.placedBy === 'redistributed' ? mail.movedFrom! : mail.day;
  }

  private cap(): CapTrace | null {
    const { context, load, mail, row } = this;
    if (!context.configuration.features.loadBalancing || !hasPlace(row)) return null;
    return {
      day: this.dayBeforeCap(),
      toDay: mail.day,
      volume: load.volumes.get(mail.day),
      dailyCap: load.limits.dailyCap,
      redistributeAbove: load.limits.redistributeAbove,
      isOverCap: row.status === 'pre-scheduled' && load.overCapDays.has(mail.day),
    };
  }

  private frequency(): FrequencyTrace | null {
    const { context, mail } = this;
    if (!context.configuration.features.frequencyLimit || !wasLimited(mail)) return null;
    const { maxMails, periodDays } = context.configuration.frequency;
    const placed = this.placement.mails.filter(wasLimited);
    return {
      maxMails,
      periodDays,
      rank: rankOf(mail, lowestPromisedPriority(placed)),
      isPromised: mail.isPromised,
      near: this.countedMails().filter(({ day }) => Math.abs(day - mail.day) < periodDays),
      collidedWith: mail.collidedWith,
    };
  }

  /** All other mails that the limit counts: of the ledger, and of this plan what was accepted. */
  private countedMails(): BlockedMail[] {
    const { mail, placement } = this;
    const { contactId } = placement;
    const accepted = placement.mails.filter((other) => other !== mail && isLimited(other));
    return [...placement.ledger.filter(countsForFrequency), ...accepted].map((other) => ({
      text: occurrenceText(contactId, other),
      day: other.day,
    }));
  }

  private nextDay(): DaySearch {
    const { context, mail } = this;
    const { features, frequency } = context.configuration;
    const counted = this.countedMails();
    const hasLimit = features.frequencyLimit && mail.campaign?.isTransactional !== true;
    const rivalDays = this.rivalDays();
    const lastDay = Math.min(mail.deadlineDay, mail.day + MAX_SEARCH_DAYS);
    return firstDayNotRefused(mail.day + 1, lastDay, (day) => {
      const byWindows = refusalByBlock(blockOn(day, mail, this.placement.windows!));
      if (byWindows !== null) return byWindows;
      if (rivalDays.has(day)) return { reason: 'campaign_conflict', rule: null };
      const isTooMany = hasLimit && collisionsOn(day, counted, frequency) !== null;
      return isTooMany ? { reason: 'frequency_limit', rule: null } : null;
    });
  }

  /** Days that other campaign mails have; of a mail that takes part in conflicts only. */
  private rivalDays(): ReadonlySet<DayNumber> {
    const { mail, placement } = this;
    if (mail.campaign === null || mail.campaign.isTransactional) return new Set();
    const rivals = [
      ...placement.ledger.filter(isRivalOfLedger),
      ...placement.mails.filter((other) => other !== mail && takesPartInConflicts(other)),
    ];
    return new Set(rivals.map(({ day }) => day));
  }
}

/** Whether the frequency limit was asked about the mail: it may have skipped it. */
function wasLimited(mail: Mail): boolean {
  const hadPlace = mail.isPlaced || mail.skipReason === 'frequency_limit';
  return hadPlace && mail.campaign?.isTransactional !== true;
}

/** Some three years: a campaign mail may have no deadline, and its contact no day that is free. */
export const MAX_SEARCH_DAYS = 1_100;
