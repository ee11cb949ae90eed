/** What a plan comes to, counted (SPEC 9, The books balance). Batches add up; nothing is counted twice. */
import type { DayNumber } from './calendar.ts';
import type { RejectionReason } from './contact.ts';
import type { DraftRow } from './draft-row.ts';
import { PlanChecksum } from './plan-checksum.ts';
import type { ContactOutcome } from './placing.ts';

type Counts = Record<string, number>;

interface TypeCounts {
  pre_scheduled: number;
  skipped: Counts;
}

/** As the record of a run shows it, in JSON. */
export interface PlanCounts {
  contacts: { read: number; planned: number; rejected: number; nothing_due: number };
  rejected: Counts;
  occurrences: { total: number; pre_scheduled: number; skipped: Counts };
  by_type: Record<string, TypeCounts>;
  /** Rows of the plan by what placed them; those on their ideal day are in none. */
  moves: { caught_up: number; smoothed: number; redistributed: number; over_cap: number };
  /** Against the plan that was in force before. */
  changes: { added: number; changed: number; removed: number; missed: number; unchanged: number };
  warnings: Counts;
}

/** Mails of one type on one day; `skipped_with_place` count in the volume (SPEC 7). */
export interface DayTypeCounts {
  pre_scheduled: number;
  skipped_with_place: number;
  skipped: number;
}

function emptyCounts(): PlanCounts {
  return {
    contacts: { read: 0, planned: 0, rejected: 0, nothing_due: 0 },
    rejected: {},
    occurrences: { total: 0, pre_scheduled: 0, skipped: {} },
    by_type: {},
    moves: { caught_up: 0, smoothed: 0, redistributed: 0, over_cap: 0 },
    changes: { added: 0, changed: 0, removed: 0, missed: 0, unchanged: 0 },
    warnings: {},
  };
}

/** The books of some contacts: those of a batch, or of the whole run. */
export class Books {
  readonly counts: PlanCounts;
  readonly checksum: PlanChecksum;
  private readonly days: Map<string, Map<DayNumber, DayTypeCounts>>;

  constructor(counts = emptyCounts(), checksum = new PlanChecksum(), days: readonly DayOfBooks[] = []) {
    this.counts = counts;
    this.checksum = checksum;
    this.days = new Map();
    for (const { emailType, day, counts: ofDay } of days) this.addToDay(emailType, day, ofDay);
  }

  static fromJson(json: BooksJson): Books {
    return new Books(json.counts, PlanChecksum.parse(json.checksum), json.days);
  }

  toJson(): BooksJson {
    return { counts: this.counts, checksum: this.checksum.toString(), days: this.daysWithMail() };
  }

  /** @param sign 1 enters the contact, -1 strikes it out again */
  addContact(outcome: ContactOutcome, rejection: RejectionReason | null, sign: 1 | -1 = 1): void {
    if (outcome === 'absent') return;
    const { contacts, rejected } = this.counts;
    contacts.read += sign;
    contacts[outcome] += sign;
    if (rejection !== null) increase(rejected, rejection, sign);
  }

  /** A row that the run planned. */
  addPlannedRow(row: DraftRow, sign: 1 | -1 = 1): void {
    const { occurrences, by_type: byType, moves } = this.counts;
    const ofType = (byType[row.emailType] ??= { pre_scheduled: 0, skipped: {} });
    occurrences.total += sign;
    if (row.skipReason === null) {
      occurrences.pre_scheduled += sign;
      ofType.pre_scheduled += sign;
    } else {
      increase(occurrences.skipped, row.skipReason, sign);
      increase(ofType.skipped, row.skipReason, sign);
    }
    if (row.placedBy === 'catch_up') moves.caught_up += sign;
    else if (row.placedBy !== null) moves[row.placedBy] += sign;
    this.addDay(row, sign);
    if (sign === 1) this.checksum.add(row);
    else this.checksum.remove(row);
  }

  /** A row that the plan has as it was: it weighs on its day and is no occurrence of this run. */
  addUnchangedRow(row: DraftRow, sign: 1 | -1 = 1): void {
    this.addDay(row, sign);
    if (sign === 1) this.checksum.add(row);
    else this.checksum.remove(row);
  }

  addWarning(warning: string): void {
    increase(this.counts.warnings, warning, 1);
  }

  private addDay(row: DraftRow, sign: 1 | -1): void {
    const ofDay = this.countsOf(row.emailType, row.day);
    if (row.skipReason === null) ofDay.pre_scheduled += sign;
    else if (row.skipReason === 'campaign_conflict' || row.skipReason === 'frequency_limit') {
      ofDay.skipped_with_place += sign;
    } else ofDay.skipped += sign;
  }

  private countsOf(emailType: string, day: DayNumber): DayTypeCounts {
    let ofType = this.days.get(emailType);
    if (ofType === undefined) {
      ofType = new Map();
      this.days.set(emailType, ofType);
    }
    let ofDay = ofType.get(day);
    if (ofDay === undefined) {
      ofDay = { pre_scheduled: 0, skipped_with_place: 0, skipped: 0 };
      ofType.set(day, ofDay);
    }
    return ofDay;
  }

  private addToDay(emailType: string, day: DayNumber, counts: DayTypeCounts): void {
    const mine = this.countsOf(emailType, day);
    mine.pre_scheduled += counts.pre_scheduled;
    mine.skipped_with_place += counts.skipped_with_place;
    mine.skipped += counts.skipped;
  }

  /** Mails per type and day, where there are any; less than none where more were struck out than entered. */
  daysWithMail(): DayOfBooks[] {
    const days: DayOfBooks[] = [];
    for (const [emailType, ofType] of this.days) {
      for (const [day, counts] of ofType) {
        if (counts.pre_scheduled !== 0 || counts.skipped_with_place !== 0 || counts.skipped !== 0) {
          days.push({ emailType, day, counts });
        }
      }
    }
    return days;
  }

  merge(other: Books): void {
    addInto(this.counts as unknown as NestedCounts, other.counts as unknown as NestedCounts);
    this.checksum.merge(other.checksum);
    for (const { emailType, day, counts } of other.daysWithMail()) this.addToDay(emailType, day, counts);
  }

  /** Flags the pre-scheduled rows of the days over the cap. */
  countOverCap(overCapDays: readonly DayNumber[]): void {
    const flagged = this.daysWithMail().filter(({ day }) => overCapDays.includes(day));
    this.counts.moves.over_cap = flagged.reduce((all, { counts }) => all + counts.pre_scheduled, 0);
  }

  /** What does not add up, as a sentence; `null` if the books balance. */
  imbalance(): string | null {
    const { contacts, occurrences, rejected, by_type: byType, changes } = this.counts;
    const skipped = sum(occurrences.skipped);
    const typed = Object.values(byType).reduce((all, of) => all + of.pre_scheduled + sum(of.skipped), 0);
    if (contacts.read !== contacts.planned + contacts.rejected + contacts.nothing_due) {
      return `contacts read ${contacts.read} are not planned ${contacts.planned} + rejected ${contacts.rejected} + nothing due ${contacts.nothing_due}`;
    }
    if (contacts.rejected !== sum(rejected)) {
      return `rejected contacts ${contacts.rejected} are not those of all reasons, ${sum(rejected)}`;
    }
    if (occurrences.total !== occurrences.pre_scheduled + skipped) {
      return `occurrences ${occurrences.total} are not pre-scheduled ${occurrences.pre_scheduled} + skipped ${skipped}`;
    }
    if (occurrences.total !== typed) {
      return `occurrences ${occurrences.total} are not those of all types, ${typed}`;
    }
    const compared = changes.added + changes.changed + changes.unchanged;
    if (occurrences.total !== compared) {
      return `occurrences ${occurrences.total} are not added ${changes.added} + changed ${changes.changed} + unchanged ${changes.unchanged}`;
    }
    return null;
  }
}

export interface DayOfBooks {
  readonly emailType: string;
  readonly day: DayNumber;
  readonly counts: DayTypeCounts;
}

export interface BooksJson {
  readonly counts: PlanCounts;
  readonly checksum: string;
  readonly days: readonly DayOfBooks[];
}

function increase(counts: Counts, key: string, by: number): void {
  const count = (counts[key] ?? 0) + by;
  // A count of nothing is left out, so that the same plan has the same books however it came about.
  if (count === 0) Reflect.deleteProperty(counts, key);
  else counts[key] = count;
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((all, count) => all + count, 0);
}

interface NestedCounts {
  [key: string]: number | NestedCounts;
}

function addInto(into: NestedCounts, from: NestedCounts): void {
  for (const [key, value] of Object.entries(from)) {
    if (typeof value === 'number') into[key] = ((into[key] as number | undefined) ?? 0) + value;
    else addInto((into[key] ??= {}) as NestedCounts, value);
  }
}
