/** Load shaping over the whole organization (SPEC 7): smoothing, then the daily cap. */
import type { DayNumber } from './calendar.ts';
import type { LoadSettings } from './configuration.ts';
import { DayCounts } from './day-counts.ts';
import type { Mail } from './mail.ts';
import type { MovableMails, MovableMailsBuilder } from './movable-mails.ts';
import { isAllowed, type Placement, type PlanningContext } from './placing.ts';
import { hasPlace } from './schedule-row.ts';
import { EFFECTIVE_DATE } from './yearly.ts';

export interface LoadLimits {
  /** Mails a day at most, where mails can be moved at all. */
  readonly dailyCap: number;
  /** Effective-date mails on a day above which they are spread. */
  readonly softLimit: number;
  /** The volume above which a day is brought down to the cap; may have a fraction. */
  readonly redistributeAbove: number;
}

/** @param contactCount all contacts of the organization, rejected ones too. */
export function loadLimits(contactCount: number, settings: LoadSettings): LoadLimits {
  const dailyCap = Math.max(1, floorOfPercent(contactCount, settings.dailyCapPercent));
  const shareOfCap = floorOfPercent(dailyCap, settings.smoothingPercentOfCap);
  return {
    dailyCap,
    softLimit: Math.max(1, Math.min(Math.floor(settings.smoothingLimit), shareOfCap)),
    redistributeAbove: (dailyCap * settings.redistributeAbovePercent) / 100,
  };
}

/** Multiplied before it is divided: 7 % of 100 is 7, not 7.000000000000001. */
function floorOfPercent(of: number, percent: number): number {
  return Math.floor((of * percent) / 100);
}

/** What smoothing needs to know of all placements, as sums: batches add up in any order. */
export interface PlacementTally {
  /** Placed mails per day, before any smoothing; without the ledger. */
  readonly volumes: DayCounts;
  /** Effective-date mails among them. */
  readonly effectiveDate: DayCounts;
  /** Where smoothing would take those that may move: `from` to `to`, how many. */
  readonly smoothingMoves: Map<DayNumber, DayCounts>;
  /** Mails of the plan, and those whose rows will likely stay as they are: what a new base is decided by. */
  readonly rows: { mails: number; asBefore: number };
}

export function emptyTally(): PlacementTally {
  return {
    volumes: new DayCounts(),
    effectiveDate: new DayCounts(),
    smoothingMoves: new Map(),
    rows: { mails: 0, asBefore: 0 },
  };
}

/** What throws does so before anything is counted. */
export function tallyPlacement(tally: PlacementTally, placement: Placement, context: PlanningContext): void {
  const smoothed = placement.mails.find(canBeSmoothed);
  const toDay = smoothed === undefined ? 0 : smoothedDay(smoothed, placement, context);
  for (const mail of placement.mails) {
    tally.rows.mails += 1;
    if (mail.looksAsBefore(context.configuration.sendTime)) tally.rows.asBefore += 1;
    if (!mail.isPlaced) continue;
    tally.volumes.add(mail.day, 1);
    if (mail.emailType !== EFFECTIVE_DATE) continue;
    tally.effectiveDate.add(mail.day, 1);
    if (mail.isKept) continue;
    let moves = tally.smoothingMoves.get(mail.day);
    if (moves === undefined) tally.smoothingMoves.set(mail.day, (moves = new DayCounts()));
    moves.add(toDay, 1);
  }
  for (const row of placement.putBackRows) {
    tally.rows.mails += 1;
    tally.rows.asBefore += 1;
    if (!hasPlace(row)) continue;
    tally.volumes.add(row.day, 1);
    if (row.emailType === EFFECTIVE_DATE) tally.effectiveDate.add(row.day, 1);
  }
  if (placement.rejection !== 'internal_error') return;
  // The rows of a contact that failed stay, and weigh as if they were in the ledger.
  for (const row of placement.unchangedRows) {
    if (row.day < context.asOfDay || row.status !== 'pre-scheduled') continue;
    tally.volumes.add(row.day, 1);
    if (row.emailType === EFFECTIVE_DATE) tally.effectiveDate.add(row.day, 1);
  }
}

/** Whether smoothing moves the mail if it lies on a day with too many of them. */
export function canBeSmoothed(mail: Mail): boolean {
  return mail.emailType === EFFECTIVE_DATE && mail.isPlaced && !mail.isKept;
}

/** Where smoothing takes the mail from the day on which it lies (SPEC 7, 1). */
export function smoothedDay(mail: Mail, placement: Placement, context: PlanningContext): DayNumber {
  const allowedDays = smoothingDays(mail, placement, context);
  return allowedDays[mail.hash(context.hash) % allowedDays.length]!;
}

/** The days among which smoothing chooses for the mail. */
export function smoothingDays(mail: Mail, placement: Placement, context: PlanningContext): DayNumber[] {
  const { smoothingDays: distanceDays } = context.configuration.load;
  const allowedDays: DayNumber[] = [];
  for (let day = mail.day - distanceDays; day <= mail.day + distanceDays; day += 1) {
    if (isAllowed(day, mail, placement.windows!, context.asOfDay)) allowedDays.push(day);
  }
  return allowedDays;
}

/**
 * The days whose effective-date mails are spread, judged before any of them is.
 * @param ledger effective-date mails of the ledger per day
 */
export function daysToSmooth(tally: PlacementTally, ledger: DayCounts, limits: LoadLimits): DayNumber[] {
  const days: DayNumber[] = [];
  for (const [day, placed] of tally.effectiveDate.entries()) {
    if (placed + ledger.get(day) > limits.softLimit) days.push(day);
  }
  return days;
}

/** The volumes after smoothing: those before, and the sum of its moves. */
export function smoothVolumes(
  volumes: DayCounts,
  tally: PlacementTally,
  smoothedDays: readonly DayNumber[],
): void {
  for (const fromDay of smoothedDays) {
    for (const [toDay, count] of tally.smoothingMoves.get(fromDay)?.entries() ?? []) {
      volumes.add(fromDay, -count);
      volumes.add(toDay, count);
    }
  }
}

/** Moves the placement's effective-date mails off the smoothed days. */
export function smoothPlacement(
  placement: Placement,
  smoothedDays: ReadonlySet<DayNumber>,
  context: PlanningContext,
): void {
  for (const mail of placement.mails) {
    if (canBeSmoothed(mail) && smoothedDays.has(mail.day))
      mail.moveTo(smoothedDay(mail, placement, context), 'smoothed');
  }
}

export function daysAboveThreshold(volumes: DayCounts, limits: LoadLimits, firstDay: DayNumber): DayNumber[] {
  return volumes
    .entries()
    .filter(([day, volume]) => day >= firstDay && volume > limits.redistributeAbove)
    .map(([day]) => day);
}

/**
 * Brings the days that are too full down to the cap (SPEC 7, 2). Moved mails have their new day in
 * `mails.toDays` afterwards.
 * @param volumes per day, after smoothing, ledger included; changed in place
 * @param overfullDays those above the threshold, earliest first
 * @param mails those that may be moved off these days
 * @param smoothedDays those off which mails were smoothed
 * @returns the days that are still above the threshold: what is planned on them is over the cap
 */
export function redistribute(
  volumes: DayCounts,
  overfullDays: readonly DayNumber[],
  mails: MovableMails,
  smoothedDays: ReadonlySet<DayNumber>,
  limits: LoadLimits,
  withinDays: number,
): DayNumber[] {
  const orderByDay = mails.indexesByDay(overfullDays, smoothedDays);
  return overfullDays.filter((day) => {
    bringDown(day, volumes, orderByDay.get(day) ?? [], mails, limits.dailyCap, withinDays);
    return volumes.get(day) > limits.redistributeAbove;
  });
}

/** @param order the day's mails, as indexes, in the order in which they go */
function bringDown(
  day: DayNumber,
  volumes: DayCounts,
  order: Iterable<number>,
  mails: MovableMails,
  dailyCap: number,
  withinDays: number,
): void {
  let volume = volumes.get(day);
  // Days below the cap that follow; those that fill up leave the list, so that the search stays short.
  const openDays: DayNumber[] = [];
  for (let toDay = day + 1; toDay <= day + withinDays; toDay += 1) {
    if (volumes.get(toDay) < dailyCap) openDays.push(toDay);
  }
  for (const index of order) {
    if (volume <= dailyCap) break;
    const position = openDays.findIndex((toDay) => mails.isAllowedAfter(index, toDay - day));
    if (position === -1) continue;
    const toDay = openDays[position]!;
    mails.toDays[index] = toDay;
    volume -= 1;
    volumes.add(day, -1);
    volumes.add(toDay, 1);
    if (volumes.get(toDay) >= dailyCap) openDays.splice(position, 1);
  }
}

/** Notes the mails of the placement, smoothed already, that may be moved off the days given. */
export function collectMovable(
  mails: MovableMailsBuilder,
  placement: Placement,
  overfullDays: ReadonlySet<DayNumber>,
  context: PlanningContext,
): void {
  for (const mail of placement.mails) {
    if (!mail.isPlaced || mail.isKept || !overfullDays.has(mail.day)) continue;
    addMovable(mails, mail, mail.day, placement, context, 0);
  }
}

/**
 * Notes, before it is decided what is smoothed, the mails that may come to lie on the days given and could be
 * moved off them: so that a day that was foreseen to be too full needs no further pass.
 */
export function collectForeseen(
  mails: MovableMailsBuilder,
  placement: Placement,
  foreseenDays: ReadonlySet<DayNumber>,
  context: PlanningContext,
): void {
  for (const mail of placement.mails) {
    if (!mail.isPlaced || mail.isKept) continue;
    const smoothed = canBeSmoothed(mail) ? smoothedDay(mail, placement, context) : mail.day;
    const isFixed = smoothed === mail.day;
    if (foreseenDays.has(mail.day)) {
      addMovable(mails, mail, mail.day, placement, context, isFixed ? 0 : -mail.day);
    }
    if (!isFixed && foreseenDays.has(smoothed)) {
      addMovable(mails, mail, smoothed, placement, context, mail.day);
    }
  }
}

function addMovable(
  mails: MovableMailsBuilder,
  mail: Mail,
  fromDay: DayNumber,
  placement: Placement,
  context: PlanningContext,
  smoothing: number,
): void {
  const { redistributeWithinDays } = context.configuration.load;
  const allowedAfter: number[] = [];
  for (let days = 1; days <= redistributeWithinDays; days += 1) {
    if (isAllowed(fromDay + days, mail, placement.windows!, context.asOfDay)) allowedAfter.push(days);
  }
  mails.add(mail, fromDay, mail.hash(context.hash), allowedAfter, smoothing);
}

/** A day that has this share of the threshold among some contacts may be too full among all. */
const FORESEEN_SHARE = 0.5;

/** The days that may turn out too full, judged by the first contacts of a batch. */
export function foreseeOverfullDays(
  sample: PlacementTally,
  sampleContacts: number,
  limits: LoadLimits,
  contactCount: number,
): DayNumber[] {
  const expectedAbove = (limits.redistributeAbove * sampleContacts) / contactCount;
  return sample.volumes
    .entries()
    .filter(([, volume]) => volume > expectedAbove * FORESEEN_SHARE)
    .map(([day]) => day);
}
