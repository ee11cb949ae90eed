/**
 * Why a contact is planned as it is (SPEC 14): the decisions of planning, made anew by the functions that plan,
 * and the reasons of each.
 */
import type { DayNumber } from './calendar.ts';
import { traceCampaigns, type CampaignTrace } from './campaign-trace.ts';
import { traceContact, type ContactTrace } from './contact-trace.ts';
import { DayCounts } from './day-counts.ts';
import { tracePostWindows, traceYearlyEvents, type EventTrace, type PostWindowTrace } from './event-trace.ts';
import { traceMails, type LoadView, type MailTrace } from './mail-trace.ts';
import type { Move } from './movable-mails.ts';
import {
  blockedMails,
  placeContact,
  type ContactFacts,
  type Placement,
  type PlanningContext,
} from './placing.ts';
import {
  planContact,
  planContacts,
  tryPlaceContact,
  type ContactPlan,
  type SettledVolumes,
} from './planning.ts';
import { findOccurrence, type PlanRow } from './schedule-row.ts';
import { canBeSmoothed, type LoadLimits } from './shaping.ts';
import { EFFECTIVE_DATE, POST_WINDOW } from './yearly.ts';

export interface ContactExplanation {
  /** What planning says of the contact. */
  readonly plan: ContactPlan;
  /** `null`: it is no contact of the organization. */
  readonly contact: ContactTrace | null;
  /** Of the yearly mails; empty where the contact is not planned. */
  readonly events: readonly EventTrace[];
  readonly postWindow: PostWindowTrace | null;
  /** Of the instances that concern the contact; empty where it is not planned. */
  readonly campaigns: readonly CampaignTrace[];
  readonly mails: readonly MailTrace[];
}

/** What planning would do as of a day for this contact alone, as a replan of it (SPEC 9). */
export function explainReplan(
  context: PlanningContext,
  facts: ContactFacts,
  others: SettledVolumes,
  limits: LoadLimits,
): ContactExplanation {
  const { contacts, shape } = planContacts(context, [facts], others, limits);
  const { placement } = tryPlaceContact(context, facts);
  return explain(context, facts, contacts[0]!, {
    limits,
    volumes: shape.volumes,
    effectiveDateBefore: countEffectiveDate(others.effectiveDate, placement),
    smoothedDays: new Set(shape.smoothedDays),
    overCapDays: new Set(shape.overCapDays),
  });
}

/**
 * What planning did for the contact in a run that was published: how shaping decided is read off the rows, all
 * the rest is decided again.
 * @param rows of the contact, as they were published
 * @param load its smoothed days: those off which mails were moved, as far as known
 */
export function explainPublished(
  context: PlanningContext,
  facts: ContactFacts,
  rows: readonly PlanRow[],
  load: Omit<LoadView, 'effectiveDateBefore'>,
): ContactExplanation {
  const { placement } = tryPlaceContact(context, facts);
  const { smoothedDays, moves } = shapingOfRows(placement, rows);
  const plan = planContact(context, facts, smoothedDays, moves);
  return explain(context, facts, plan, {
    ...load,
    effectiveDateBefore: null,
    smoothedDays: new Set([...load.smoothedDays, ...smoothedDays]),
  });
}

function explain(
  context: PlanningContext,
  facts: ContactFacts,
  plan: ContactPlan,
  load: LoadView,
): ContactExplanation {
  const { asOfDay, configuration } = context;
  const contact =
    facts.contact === null ? null : traceContact(facts.contact, asOfDay, plan.placement.mails.length > 0);
  const { plannable, windows, ledger } = plan.placement;
  if (plannable === null || windows === null) {
    return { plan, contact, events: [], postWindow: null, campaigns: [], mails: [] };
  }
  const before = placeContact(context, facts);
  // A post-window mail that is blocked itself has none that stands for it.
  const blockable = before.mails.filter(({ emailType }) => emailType !== POST_WINDOW);
  const blocked = blockedMails(plan.contactId, blockable, ledger);
  // One who has unsubscribed is due required notices only: no event is asked.
  const isMarketedTo = facts.contact?.suppression === null;
  return {
    plan,
    contact,
    events: isMarketedTo ? traceYearlyEvents(plannable, configuration, ledger, asOfDay) : [],
    postWindow: isMarketedTo ? tracePostWindows(blocked, windows, configuration, ledger, asOfDay) : null,
    campaigns: traceCampaigns(context.campaigns, facts.targets, ledger, !isMarketedTo),
    mails: traceMails(context, before, plan.placement, load),
  };
}

/** Effective-date mails a day before any smoothing: those that are settled, and those that are placed. */
function countEffectiveDate(settled: DayCounts, { mails }: Placement): DayCounts {
  const counts = DayCounts.of(settled.entries());
  for (const mail of mails) {
    if (mail.emailType === EFFECTIVE_DATE && mail.isPlaced) counts.add(mail.day, 1);
  }
  return counts;
}

/** What shaping had decided about the contact's mails, by what placed their rows. */
function shapingOfRows(
  { contactId, mails }: Placement,
  rows: readonly PlanRow[],
): { readonly smoothedDays: ReadonlySet<DayNumber>; readonly moves: readonly Move[] } {
  const smoothedDays = new Set<DayNumber>();
  const moves: Move[] = [];
  for (const mail of mails) {
    const row = findOccurrence(rows, mail);
    if (row === undefined || mail.isKept || !mail.isPlaced) continue;
    const isRedistributed = row.placedBy === 'redistributed';
    const isMovedBefore = isRedistributed && row.movedFrom !== mail.day;
    if (canBeSmoothed(mail) && (row.placedBy === 'smoothed' || isMovedBefore)) smoothedDays.add(mail.day);
    if (!isRedistributed) continue;
    const { emailType, campaignInstanceId, eventDay } = mail;
    moves.push({ contactId, emailType, campaignInstanceId, eventDay, toDay: row.day });
  }
  return { smoothedDays, moves };
}
