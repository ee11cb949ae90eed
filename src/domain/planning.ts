/**
 * The order of planning (SPEC 9): place every contact, shape the load of the whole organization, then
 * settle each contact's mails on their final days. A run does the first and the last in batches; a
 * replan of some contacts does all of it here, in memory.
 */
import type { DayNumber } from './calendar.ts';
import { settleConflicts } from './conflicts.ts';
import { DayCounts } from './day-counts.ts';
import { draftRow, isUnchanged, type DraftRow } from './draft-row.ts';
import { limitFrequency } from './frequency.ts';
import { MovableMailsBuilder, type Move } from './movable-mails.ts';
import { isSameOccurrence } from './occurrence.ts';
import {
  placeContact,
  placementOfFailedContact,
  type ContactFacts,
  type ContactOutcome,
  type EndedRow,
  type Placement,
  type PlanningContext,
} from './placing.ts';
import type { RejectionReason } from './contact.ts';
import type { PlanRow } from './schedule-row.ts';
import {
  collectForeseen,
  collectMovable,
  daysAboveThreshold,
  daysToSmooth,
  emptyTally,
  redistribute,
  smoothPlacement,
  smoothVolumes,
  tallyPlacement,
  type LoadLimits,
  type PlacementTally,
} from './shaping.ts';

/** What lies on the days from the as-of date on that is not up for planning: the ledger, other contacts. */
export interface SettledVolumes {
  readonly volumes: DayCounts;
  readonly effectiveDate: DayCounts;
}

/** What shaping decided for the whole organization. */
export interface Shape {
  readonly smoothedDays: readonly DayNumber[];
  readonly overCapDays: readonly DayNumber[];
  /** The volume of each day after shaping, the settled one included. */
  readonly volumes: DayCounts;
}

/** A mail of the plan and its row there. */
export interface PlannedMail {
  readonly row: DraftRow;
  readonly former: PlanRow | null;
}

/** What the plan says of one contact. */
export interface ContactPlan {
  readonly contactId: number;
  readonly outcome: ContactOutcome;
  readonly rejection: RejectionReason | null;
  /** An unforeseen error by which it was rejected. */
  readonly error: Error | null;
  readonly planned: readonly PlannedMail[];
  readonly unchangedRows: readonly PlanRow[];
  readonly endedRows: readonly EndedRow[];
  readonly placement: Placement;
}

export interface PlacedContact {
  readonly placement: Placement;
  /** An unforeseen error by which the contact was rejected. */
  readonly error: Error | null;
}

/** Places a contact; whatever error it causes stays its own (SPEC 3). */
export function tryPlaceContact(context: PlanningContext, facts: ContactFacts): PlacedContact {
  try {
    return { placement: placeContact(context, facts), error: null };
  } catch (error) {
    return failedContact(context, facts, error);
  }
}

/** Places a contact and counts its mails; whatever error that causes stays the contact's own. */
export function tallyContact(
  tally: PlacementTally,
  context: PlanningContext,
  facts: ContactFacts,
): PlacedContact {
  const placed = tryPlaceContact(context, facts);
  try {
    tallyPlacement(tally, placed.placement, context);
    return placed;
  } catch (error) {
    const failed = failedContact(context, facts, error);
    tallyPlacement(tally, failed.placement, context);
    return failed;
  }
}

/** Notes which of the placed mails may be moved; one that causes an error stays where it is. */
export function collectPlaced(
  movable: MovableMailsBuilder,
  context: PlanningContext,
  { placement }: PlacedContact,
  days: {
    readonly smoothed: ReadonlySet<DayNumber>;
    readonly overfull: ReadonlySet<DayNumber>;
  },
): void {
  try {
    smoothPlacement(placement, days.smoothed, context);
    collectMovable(movable, placement, days.overfull, context);
  } catch {
    // If it cannot be planned, the third pass finds the same error and rejects the contact.
  }
}

/** As `collectPlaced`, for days that may be too full, before it is known what is smoothed. */
export function collectForeseenOfPlaced(
  movable: MovableMailsBuilder,
  context: PlanningContext,
  { placement }: PlacedContact,
  foreseenDays: ReadonlySet<DayNumber>,
): void {
  try {
    collectForeseen(movable, placement, foreseenDays, context);
  } catch {
    // As above.
  }
}

function failedContact(context: PlanningContext, facts: ContactFacts, error: unknown): PlacedContact {
  const cause = error instanceof Error ? error : new Error(String(error));
  return { placement: placementOfFailedContact(context, facts), error: cause };
}

/** Conflicts and frequency on final days, and the rows that come of it. */
function settleContact(
  context: PlanningContext,
  { placement, error }: PlacedContact,
  smoothedDays: ReadonlySet<DayNumber>,
  moves: readonly Move[],
): ContactPlan {
  const { configuration } = context;
  smoothPlacement(placement, smoothedDays, context);
  for (const move of moves) {
    const mail = placement.mails.find((candidate) => isSameOccurrence(candidate, move));
    // The contact was changed since the move was decided: it is planned again before publication.
    mail?.moveTo(move.toDay, 'redistributed');
  }
  settleConflicts(placement.contactId, placement.mails, placement.ledger);
  if (configuration.features.frequencyLimit) {
    limitFrequency(
      placement.contactId,
      placement.mails,
      placement.ledger,
      configuration.frequency,
      context.hash,
    );
  }
  return {
    contactId: placement.contactId,
    outcome: placement.outcome,
    rejection: placement.rejection,
    error,
    planned: plannedMails(placement, configuration.sendTime),
    unchangedRows: placement.unchangedRows,
    endedRows: placement.endedRows,
    placement,
  };
}

function plannedMails({ mails, putBackRows }: Placement, sendTime: string): PlannedMail[] {
  const planned: PlannedMail[] = mails.map((mail) => ({
    row: draftRow(mail, sendTime),
    former: mail.former,
  }));
  for (const row of putBackRows) planned.push({ row, former: row });
  return planned;
}

/** A contact's plan, once shaping has decided for the organization; an error it causes stays its own. */
export function planContact(
  context: PlanningContext,
  facts: ContactFacts,
  smoothedDays: ReadonlySet<DayNumber>,
  moves: readonly Move[],
): ContactPlan {
  return settleOrReject(context, facts, tryPlaceContact(context, facts), smoothedDays, moves);
}

const NO_DAYS: ReadonlySet<DayNumber> = new Set();
const NO_MOVES: readonly Move[] = [];

/**
 * The plan of a placed contact, if it is the one in force to the letter, whatever shaping decides: all of its mails
 * are kept or blocked. `null`: the third pass has to decide.
 */
export function planIfUnchanged(context: PlanningContext, placed: PlacedContact): ContactPlan | null {
  const { placement } = placed;
  if (placement.outcome !== 'planned' || placement.endedRows.length > 0) return null;
  for (const mail of placement.mails) {
    const canMove = mail.isPlaced && !mail.isKept;
    if (mail.former === null || canMove) return null;
  }
  try {
    const plan = settleContact(context, placed, NO_DAYS, NO_MOVES);
    return plan.planned.every(({ row, former }) => isUnchanged(row, former!)) ? plan : null;
  } catch {
    // The third pass finds the same error and rejects the contact.
    return null;
  }
}

function settleOrReject(
  context: PlanningContext,
  facts: ContactFacts,
  placed: PlacedContact,
  smoothedDays: ReadonlySet<DayNumber>,
  moves: readonly Move[],
): ContactPlan {
  try {
    return settleContact(context, placed, smoothedDays, moves);
  } catch (error) {
    return settleContact(context, failedContact(context, facts, error), smoothedDays, []);
  }
}

/** Smoothing over all tallies, and the days that are too full after it. */
export function shapeTally(
  context: PlanningContext,
  tally: PlacementTally,
  settled: SettledVolumes,
  limits: LoadLimits,
): {
  readonly smoothedDays: DayNumber[];
  readonly overfullDays: DayNumber[];
  readonly volumes: DayCounts;
} {
  const volumes = DayCounts.of([...settled.volumes.entries(), ...tally.volumes.entries()]);
  if (!context.configuration.features.loadBalancing) return { smoothedDays: [], overfullDays: [], volumes };
  const smoothedDays = daysToSmooth(tally, settled.effectiveDate, limits);
  smoothVolumes(volumes, tally, smoothedDays);
  return {
    smoothedDays,
    overfullDays: daysAboveThreshold(volumes, limits, context.asOfDay),
    volumes,
  };
}

/** Plans the contacts given as one set; what others have weighs, and stays where it is (SPEC 9, Replanning). */
export function planContacts(
  context: PlanningContext,
  facts: readonly ContactFacts[],
  settled: SettledVolumes,
  limits: LoadLimits,
): { readonly contacts: ContactPlan[]; readonly shape: Shape } {
  const tally = emptyTally();
  const placed = facts.map((of) => tallyContact(tally, context, of));

  const { smoothedDays, overfullDays, volumes } = shapeTally(context, tally, settled, limits);
  const days = {
    smoothed: new Set(smoothedDays),
    overfull: new Set(overfullDays),
  };
  const movable = new MovableMailsBuilder();
  for (const of of placed) collectPlaced(movable, context, of, days);
  const mails = movable.build();
  const { redistributeWithinDays } = context.configuration.load;
  const overCapDays = redistribute(
    volumes,
    overfullDays,
    mails,
    days.smoothed,
    limits,
    redistributeWithinDays,
  );

  const moves = movesByContact(mails.moves(0, mails.count));
  return {
    contacts: placed.map((of, index) =>
      // Smoothing was done above: a day that is smoothed once is not smoothed again.
      settleOrReject(context, facts[index]!, of, NO_DAYS, moves.get(of.placement.contactId) ?? []),
    ),
    shape: { smoothedDays, overCapDays, volumes },
  };
}

export function movesByContact(moves: readonly Move[]): Map<number, Move[]> {
  const byContact = new Map<number, Move[]>();
  for (const move of moves) {
    const others = byContact.get(move.contactId);
    if (others === undefined) byContact.set(move.contactId, [move]);
    else others.push(move);
  }
  return byContact;
}
