/** Looking for a day on which a mail may go out, with the reason of every day that is passed over. */
import type { DayNumber } from './calendar.ts';
import type { StateRule } from './configuration.ts';
import type { Block } from './exclusion.ts';

export interface DayRefusal {
  readonly reason:
    'after_deadline' | 'exclusion_window' | 'unknown_anchor' | 'campaign_conflict' | 'frequency_limit';
  /** Of the two reasons that a state rule gives. */
  readonly rule: StateRule | null;
}

/** Days in a row that are refused for one reason. */
export interface RefusedDays extends DayRefusal {
  readonly from: DayNumber;
  readonly to: DayNumber;
}

/** @param block why no mail may go out on the day, or `null` */
export function refusalByBlock(block: Block | null): DayRefusal | null {
  if (block === null) return null;
  return { reason: block.reason, rule: block.reason === 'unknown_anchor' ? block.rule : block.window.rule };
}

/** The days from one to another that are refused, those in a row for the same reason as one. */
export function refusedDays(
  fromDay: DayNumber,
  toDay: DayNumber,
  refusalOn: (day: DayNumber) => DayRefusal | null,
): RefusedDays[] {
  const refused: RefusedDays[] = [];
  for (let day = fromDay; day <= toDay; day += 1) {
    const refusal = refusalOn(day);
    if (refusal === null) continue;
    const last = refused.at(-1);
    const goesOn = last?.to === day - 1 && last.reason === refusal.reason && last.rule === refusal.rule;
    if (goesOn) refused[refused.length - 1] = { ...last, to: day };
    else refused.push({ ...refusal, from: day, to: day });
  }
  return refused;
}

export interface DaySearch {
  /** The first day that nothing refuses; `null`: there is none. */
  readonly day: DayNumber | null;
  /** What was passed over before it. */
  readonly refused: readonly RefusedDays[];
}

export function firstDayNotRefused(
  fromDay: DayNumber,
  toDay: DayNumber,
  refusalOn: (day: DayNumber) => DayRefusal | null,
): DaySearch {
  let day = fromDay;
  while (day <= toDay && refusalOn(day) !== null) day += 1;
  const found = day <= toDay ? day : null;
  return { day: found, refused: refusedDays(fromDay, (found ?? toDay + 1) - 1, refusalOn) };
}
