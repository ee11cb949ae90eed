/**
 * Mails that the daily cap may move (SPEC 7, 2): 48 bytes each in typed arrays, since there can be
 * millions and all of them must be in one order.
 */
import type { DayNumber } from './calendar.ts';
import type { Mail } from './mail.ts';
import { compareOccurrences, type Occurrence } from './occurrence.ts';

/** Two words have room for the 62 days that follow; the configuration allows no more. */
const WORD_BITS = 31;

/** Where one mail was moved. */
export interface Move extends Occurrence {
  readonly contactId: number;
  readonly toDay: DayNumber;
}

export class MovableMails {
  readonly count: number;
  readonly emailTypes: readonly string[];
  readonly contactIds: Float64Array;
  readonly instanceIds: Float64Array;
  readonly days: Int32Array;
  readonly eventDays: Int32Array;
  readonly hashes: Uint32Array;
  /** Bit n - 1: the mail may go out n days after its day; the second word goes on from the first. */
  readonly allowedLow: Uint32Array;
  readonly allowedHigh: Uint32Array;
  readonly priorities: Uint16Array;
  readonly typeIndexes: Uint16Array;
  /**
   * Noted before smoothing was decided: d > 0 if the mail lies here only if day d is smoothed, -d if only
   * unless it is. 0: here in any case.
   */
  readonly smoothing: Int32Array;
  /** The day to which a mail was moved; 0 for those that stay. */
  readonly toDays: Int32Array;

  constructor(count: number, emailTypes: readonly string[]) {
    this.count = count;
    this.emailTypes = emailTypes;
    this.contactIds = new Float64Array(count);
    this.instanceIds = new Float64Array(count);
    this.days = new Int32Array(count);
    this.eventDays = new Int32Array(count);
    this.hashes = new Uint32Array(count);
    this.allowedLow = new Uint32Array(count);
    this.allowedHigh = new Uint32Array(count);
    this.priorities = new Uint16Array(count);
    this.typeIndexes = new Uint16Array(count);
    this.smoothing = new Int32Array(count);
    this.toDays = new Int32Array(count);
  }

  /** The arrays that make up the mails, in the order in which they are stored; not where they move. */
  columns(): readonly (Float64Array | Int32Array | Uint32Array | Uint16Array)[] {
    return [
      this.contactIds,
      this.instanceIds,
      this.days,
      this.eventDays,
      this.hashes,
      this.allowedLow,
      this.allowedHigh,
      this.priorities,
      this.typeIndexes,
      this.smoothing,
    ];
  }

  static concat(parts: readonly MovableMails[]): MovableMails {
    const emailTypes = [...new Set(parts.flatMap((part) => part.emailTypes))];
    const count = parts.reduce((sum, part) => sum + part.count, 0);
    const all = new MovableMails(count, emailTypes);
    const columns = all.columns();
    let offset = 0;
    for (const part of parts) {
      part.columns().forEach((column, index) => {
        columns[index]!.set(column, offset);
      });
      const typeIndexOf = part.emailTypes.map((emailType) => emailTypes.indexOf(emailType));
      for (let index = 0; index < part.count; index += 1) {
        all.typeIndexes[offset + index] = typeIndexOf[part.typeIndexes[index]!]!;
      }
      offset += part.count;
    }
    return all;
  }

  isAllowedAfter(index: number, days: number): boolean {
    return days <= WORD_BITS
      ? ((this.allowedLow[index]! >>> (days - 1)) & 1) === 1
      : ((this.allowedHigh[index]! >>> (days - 1 - WORD_BITS)) & 1) === 1;
  }

  /** The mails that lie on each of the days, in the order in which they go: largest priority number, then hash. */
  indexesByDay(
    days: readonly DayNumber[],
    smoothedDays: ReadonlySet<DayNumber>,
  ): Map<DayNumber, Uint32Array> {
    const counts = new Map(days.map((day) => [day, 0]));
    for (let index = 0; index < this.count; index += 1) {
      const count = counts.get(this.days[index]!);
      if (count !== undefined && this.liesThere(index, smoothedDays))
        counts.set(this.days[index]!, count + 1);
    }
    const indexes = new Map([...counts].map(([day, count]) => [day, new Uint32Array(count)]));
    for (let index = this.count - 1; index >= 0; index -= 1) {
      const day = this.days[index]!;
      if (!counts.has(day) || !this.liesThere(index, smoothedDays)) continue;
      const position = counts.get(day)! - 1;
      indexes.get(day)![position] = index;
      counts.set(day, position);
    }
    for (const ofDay of indexes.values()) ofDay.sort((a, b) => this.compare(a, b));
    return indexes;
  }

  private liesThere(index: number, smoothedDays: ReadonlySet<DayNumber>): boolean {
    const smoothing = this.smoothing[index]!;
    return smoothing >= 0 ? smoothing === 0 || smoothedDays.has(smoothing) : !smoothedDays.has(-smoothing);
  }

  private compare(a: number, b: number): number {
    return (
      this.priorities[b]! - this.priorities[a]! ||
      this.hashes[a]! - this.hashes[b]! ||
      compareOccurrences(this.mailAt(a), this.mailAt(b))
    );
  }

  /** The mails from one index up to another that were moved. */
  moves(fromIndex: number, untilIndex: number): Move[] {
    const moves: Move[] = [];
    for (let index = fromIndex; index < untilIndex; index += 1) {
      if (this.toDays[index] !== 0) moves.push(this.mailAt(index));
    }
    return moves;
  }

  private mailAt(index: number): Move {
    const instanceId = this.instanceIds[index]!;
    return {
      contactId: this.contactIds[index]!,
      emailType: this.emailTypes[this.typeIndexes[index]!]!,
      campaignInstanceId: instanceId === 0 ? null : instanceId,
      eventDay: this.eventDays[index]!,
      toDay: this.toDays[index]!,
    };
  }
}

const INITIAL_MAILS = 256;

/** Takes mails one after the other and packs them at once: objects kept until the end of a batch would grow old. */
export class MovableMailsBuilder {
  private readonly emailTypes: string[] = [];
  private mails = new MovableMails(INITIAL_MAILS, this.emailTypes);
  private count = 0;

  /**
   * @param day where the mail lies, or may come to lie
   * @param allowedAfter the days after that one, 1 being the next, on which it may go out
   * @param smoothing whether it lies there only if or unless a day is smoothed (MovableMails.smoothing)
   */
  add(mail: Mail, day: DayNumber, hash: number, allowedAfter: readonly number[], smoothing: number): void {
    if (this.count === this.mails.count) this.mails = this.resized(this.count * 2);
    const { mails, count: index } = this;
    let low = 0;
    let high = 0;
    for (const days of allowedAfter) {
      if (days <= WORD_BITS) low |= 1 << (days - 1);
      else high |= 1 << (days - 1 - WORD_BITS);
    }
    mails.contactIds[index] = mail.contactId;
    mails.instanceIds[index] = mail.campaignInstanceId ?? 0;
    mails.days[index] = day;
    mails.eventDays[index] = mail.eventDay;
    mails.hashes[index] = hash;
    mails.allowedLow[index] = low;
    mails.allowedHigh[index] = high;
    mails.priorities[index] = mail.priority;
    mails.typeIndexes[index] = this.typeIndexOf(mail.emailType);
    mails.smoothing[index] = smoothing;
    this.count += 1;
  }

  private typeIndexOf(emailType: string): number {
    const index = this.emailTypes.indexOf(emailType);
    return index === -1 ? this.emailTypes.push(emailType) - 1 : index;
  }

  build(): MovableMails {
    return this.resized(this.count);
  }

  private resized(count: number): MovableMails {
    const mails = new MovableMails(count, this.emailTypes);
    const columns = mails.columns();
    const kept = Math.min(count, this.count);
    this.mails.columns().forEach((column, index) => {
      columns[index]!.set(column.subarray(0, kept));
    });
    return mails;
  }
}
