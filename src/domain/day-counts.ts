import type { DayNumber } from './calendar.ts';

/** How many of something lie on each day. */
export class DayCounts {
  private readonly counts = new Map<DayNumber, number>();

  static of(entries: Iterable<readonly [DayNumber, number]>): DayCounts {
    const counts = new DayCounts();
    for (const [day, count] of entries) counts.add(day, count);
    return counts;
  }

  get(day: DayNumber): number {
    return this.counts.get(day) ?? 0;
  }

  add(day: DayNumber, count: number): void {
    this.counts.set(day, this.get(day) + count);
  }

  addAll(other: Iterable<readonly [DayNumber, number]>): void {
    for (const [day, count] of other) this.add(day, count);
  }

  /** Days with their counts, earliest first; days without any are left out. */
  entries(): [DayNumber, number][] {
    return [...this.counts].filter(([, count]) => count !== 0).sort(([a], [b]) => a - b);
  }
}
