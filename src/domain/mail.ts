/** A mail of the plan being made: an occurrence, its dates, and what became of it so far. */
import type { DayNumber } from './calendar.ts';
import type { CampaignTerms } from './campaign-terms.ts';
import type { Block } from './exclusion.ts';
import { occurrenceText, type Hash32, type Occurrence } from './occurrence.ts';
import type { PlacedBy, PlanRow, PlanSkipReason } from './schedule-row.ts';

/** An occurrence that exists, before it has a day. */
export interface Candidate extends Occurrence {
  readonly idealDay: DayNumber;
  /** The last day on which the mail still makes sense. */
  readonly deadlineDay: DayNumber;
  readonly priority: number;
  readonly template: string;
  /** Post-window: the mails that it stands for, by the text of SPEC 2. */
  readonly standsFor: readonly string[] | null;
  readonly smsTemplate: string | null;
  /** `null`: a yearly mail. */
  readonly campaign: CampaignTerms | null;
}

/** Where a mail lies before shaping. */
export interface Place {
  readonly day: DayNumber;
  /** Why the mail is skipped; `null`: it has a place on the day. */
  readonly skipReason: PlanSkipReason | null;
  /** The rule that blocks the day. */
  readonly block: Block | null;
  readonly placedBy: PlacedBy | null;
  readonly movedFrom: DayNumber | null;
  /** The plan in force has given it the day. */
  readonly isKept: boolean;
}

/** A class, because millions are made: a spread of the candidate costs twenty times as much. */
export class Mail implements Candidate {
  readonly contactId: number;
  readonly emailType: string;
  readonly campaignInstanceId: number | null;
  readonly eventDay: DayNumber;
  readonly idealDay: DayNumber;
  readonly deadlineDay: DayNumber;
  readonly priority: number;
  readonly template: string;
  readonly standsFor: readonly string[] | null;
  readonly smsTemplate: string | null;
  readonly campaign: CampaignTerms | null;
  /** Its row in the plan in force, if it has one there. */
  readonly former: PlanRow | null;
  readonly isKept: boolean;
  /** Kept, and pre-scheduled in the plan in force (SPEC 8). */
  readonly isPromised: boolean;
  /** Why its day is blocked. */
  readonly block: Block | null;
  day: DayNumber;
  skipReason: PlanSkipReason | null;
  placedBy: PlacedBy | null;
  movedFrom: DayNumber | null;
  /** Frequency: the mails that it collided with, by the text of SPEC 2. */
  collidedWith: readonly string[] | null = null;
  /** Conflict: the campaign mail that has the day, by the text of SPEC 2. */
  winner: string | null = null;
  private hashed = -1;

  constructor(contactId: number, candidate: Candidate, former: PlanRow | null, place: Place) {
    this.contactId = contactId;
    this.emailType = candidate.emailType;
    this.campaignInstanceId = candidate.campaignInstanceId;
    this.eventDay = candidate.eventDay;
    this.idealDay = candidate.idealDay;
    this.deadlineDay = candidate.deadlineDay;
    this.priority = candidate.priority;
    this.template = candidate.template;
    this.standsFor = candidate.standsFor;
    this.smsTemplate = candidate.smsTemplate;
    this.campaign = candidate.campaign;
    this.former = former;
    this.isKept = place.isKept;
    this.isPromised = place.isKept && former?.status === 'pre-scheduled';
    this.block = place.block;
    this.day = place.day;
    this.skipReason = place.skipReason;
    this.placedBy = place.placedBy;
    this.movedFrom = place.movedFrom;
  }

  /** Has a place on its day: counts in the day's volume (SPEC 7). */
  get isPlaced(): boolean {
    return this.skipReason === null;
  }

  /** Before shaping: whether its row in the plan in force has the same day, time, priority and templates. */
  looksAsBefore(sendTime: string): boolean {
    const { former } = this;
    return (
      former !== null &&
      former.day === this.day &&
      former.sendTime === sendTime &&
      former.priority === this.priority &&
      (former.emailTemplate ?? this.emailType) === this.template &&
      former.smsTemplate === this.smsTemplate &&
      this.isKept === (this.skipReason === null)
    );
  }

  /** The hash of the occurrence (SPEC 2). */
  hash(hash: Hash32): number {
    if (this.hashed === -1) this.hashed = hash(occurrenceText(this.contactId, this), 0);
    return this.hashed;
  }

  /** Gives the mail another day and notes by what; on its ideal date there is nothing to note (SPEC 15). */
  moveTo(day: DayNumber, placedBy: PlacedBy): void {
    if (day === this.day) return;
    const isIdeal = day === this.idealDay;
    this.movedFrom = isIdeal ? null : this.day;
    this.placedBy = isIdeal ? null : placedBy;
    this.day = day;
  }

  /** Skips a placed mail by the frequency limit, because of the mails named. */
  exceedFrequency(collidedWith: readonly string[]): void {
    this.skipReason = 'frequency_limit';
    this.collidedWith = collidedWith;
  }

  /** Skips a placed campaign mail, because the one named has its day. */
  loseDayTo(winner: string): void {
    this.skipReason = 'campaign_conflict';
    this.winner = winner;
  }
}
