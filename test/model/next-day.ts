/** From one day's plan to the input of a later day: sending, outages, edits (SPEC 4, 9, 10). */

import { dayNumber, isoDate } from './calendar.ts';
import { defaultConfig, shippedRules } from './defaults.ts';
import {
  randomBirthDate,
  randomContact,
  randomEffectiveDate,
  randomEmail,
  randomPlace,
  suppressionOf,
} from './generate-contacts.ts';
import type { Surroundings } from './generate-contacts.ts';
import { randomConfig, randomRules } from './generate-rules.ts';
import { editCampaigns } from './edit-campaigns.ts';
import { publish } from './publish.ts';
import { Random } from './random.ts';
import type { ModelCampaigns, ModelContact, ModelInput, ModelOutput, ModelRow } from './types.ts';

/** What becomes of the mails of one day. */
type Dispatch = 'all_sent' | 'mixed' | 'outage';

/** For which the last check (SPEC 10, 15) skips a mail. */
const LAST_CHECK_REASONS = [
  'suppressed',
  'campaign_ended',
  'exclusion_window',
  'frequency_limit',
  'feature_off',
];

export interface NextDayOptions {
  /** Default false. True: deleted contacts come back under their ids (organizations with campaigns only). */
  reimports?: boolean;
}

export function nextDay(
  input: ModelInput,
  output: ModelOutput,
  seed: number,
  options: NextDayOptions = {},
): ModelInput {
  const random = new Random(seed);
  const published = publish(input, output);
  const daysPassed = random.chance(0.85) ? 1 : random.int(2, 12);
  const today = isoDate(dayNumber(input.today) + daysPassed);
  const dispatched = dispatchUpTo(published, input, today, random);
  const next: ModelInput = { ...input, ...dispatched, today, asOf: today, fresh: random.chance(0.04) };
  delete next.only;
  if (random.chance(0.25)) next.asOf = isoDate(dayNumber(today) + random.pick([1, 1, 1, 2, 5]));
  if (input.campaigns === undefined) next.ledger = [...next.ledger, ...campaignRows(next, random)];
  editContacts(next, random);
  if (random.chance(0.04)) next.config = random.chance(0.5) ? defaultConfig() : randomConfig(random);
  if (random.chance(0.02)) {
    next.rules = random.chance(0.5)
      ? shippedRules()
      : randomRules(
          random,
          next.rules.map((rule) => rule.state),
          today,
        );
  }
  if (random.chance(0.12)) next.only = someIds(next, random);
  if (input.campaigns !== undefined) {
    if (options.reimports === true) reimport(next, random);
    next.campaigns = editCampaigns(input.campaigns, next, random);
    if (next.only !== undefined && random.chance(0.3)) next.only = [...next.only, ...deletedIds(next)];
  }
  return next;
}

/** One day later: everything that was due is sent, and nothing else happens. */
export function quietNextDay(input: ModelInput, output: ModelOutput): ModelInput {
  const { planInForce: plan, ledger } = publish(input, output);
  // "A paused one is planned and not sent" (SPEC 6).
  const isDue = (row: ModelRow): boolean =>
    row.status === 'pre-scheduled' &&
    row.scheduled_send_date === input.today &&
    !isOfPausedInstance(row, input.campaigns);
  const today = isoDate(dayNumber(input.today) + 1);
  const next: ModelInput = {
    ...input,
    today,
    asOf: isoDate(dayNumber(input.asOf) + 1),
    fresh: false,
    ledger: [...ledger, ...plan.filter(isDue).map((row) => ({ ...row, status: 'sent' }))],
    planInForce: plan.filter((row) => !isDue(row)),
  };
  delete next.only;
  return next;
}

/** The days from the former today up to the new one, whose own mails are sometimes claimed before planning. */
function dispatchUpTo(
  published: { planInForce: ModelRow[]; ledger: ModelRow[] },
  former: ModelInput,
  today: string,
  random: Random,
): { ledger: ModelRow[]; planInForce: ModelRow[] } {
  const claimsToday = random.chance(0.3);
  const byDay = new Map<string, Dispatch>();
  for (let day = dayNumber(former.today); day <= dayNumber(today); day += 1) {
    if (day < dayNumber(today) || claimsToday) byDay.set(isoDate(day), randomDispatch(random));
  }
  const ledger = [...published.ledger];
  const planInForce: ModelRow[] = [];
  for (const row of published.planInForce) {
    const dispatch = byDay.get(row.scheduled_send_date) ?? 'outage';
    const isHeldBack = row.status !== 'pre-scheduled' || isOfPausedInstance(row, former.campaigns);
    const status = isHeldBack ? null : statusAfter(dispatch, random);
    if (former.campaigns !== undefined && dispatch === 'mixed' && !isHeldBack && random.chance(0.1)) {
      ledger.push({ ...row, status: 'skipped', skip_reason: random.pick(LAST_CHECK_REASONS) });
      continue;
    }
    // A skipped row of a past day is settled whether or not something has moved it to the ledger.
    const isMovedSkip =
      row.status === 'skipped' && row.scheduled_send_date < today && dispatch === 'all_sent';
    if (isMovedSkip) ledger.push(row);
    else if (status === null) planInForce.push(row);
    else ledger.push({ ...row, status }, ...followUpsOf(row, status, random));
  }
  return { ledger, planInForce };
}

function isOfPausedInstance(row: ModelRow, campaigns: ModelCampaigns | undefined): boolean {
  return (campaigns?.instances ?? []).some(
    (instance) => instance.id === row.campaign_instance_id && instance.status === 'paused',
  );
}

function randomDispatch(random: Random): Dispatch {
  return random.pick(['all_sent', 'all_sent', 'all_sent', 'mixed', 'mixed', 'outage']);
}

/** Null: not touched. */
function statusAfter(dispatch: Dispatch, random: Random): string | null {
  if (dispatch === 'outage') return null;
  if (dispatch === 'all_sent') return 'sent';
  if (random.chance(0.2)) return null;
  return random.pick([
    'sent',
    'sent',
    'delivered',
    'failed',
    'cancelled',
    'bounced',
    'unknown',
    'scheduled',
    'processing',
  ]);
}

function followUpsOf(row: ModelRow, status: string, random: Random): ModelRow[] {
  if (status !== 'sent' || !random.chance(0.3)) return [];
  const day = isoDate(dayNumber(row.scheduled_send_date) + 2);
  return [
    {
      ...row,
      email_type: random.pick(['followup_1_cold', 'followup_2_clicked_no_hq']),
      ideal_date: day,
      scheduled_send_date: day,
      status: random.pick(['pre-scheduled', 'sent', 'skipped']),
      skip_reason: null,
      metadata: null,
    },
  ].map((followUp) =>
    followUp.status === 'skipped' ? { ...followUp, skip_reason: 'exclusion_window' } : followUp,
  );
}

/** Campaign mails that the ledger happens to hold: sent, or skipped inside a window. One per contact and instance. */
function campaignRows(input: ModelInput, random: Random): ModelRow[] {
  const rows: ModelRow[] = [];
  for (const contact of input.contacts) {
    if (!random.chance(0.01)) continue;
    const [type, instanceId, priority] = random.pick([
      ['campaign_rate_increase', 1, 1],
      ['campaign_seasonal_promo', 2, 5],
      ['campaign_regulatory_notice', 3, 1],
    ] as const);
    const hasOne = (row: ModelRow): boolean =>
      row.contact_id === contact.id && row.campaign_instance_id === instanceId;
    if (input.ledger.some(hasOne)) continue;
    const day = isoDate(dayNumber(input.today) - random.int(0, 3));
    const isBlocked = type !== 'campaign_regulatory_notice' && random.chance(0.5);
    rows.push({
      contact_id: contact.id,
      email_type: type,
      campaign_instance_id: instanceId,
      event_date: isoDate(dayNumber(day) + 5),
      ideal_date: day,
      scheduled_send_date: day,
      status: isBlocked ? 'skipped' : random.pick(['sent', 'delivered', 'failed', 'cancelled']),
      skip_reason: isBlocked ? 'exclusion_window' : null,
      priority,
      metadata: null,
    });
  }
  return rows;
}

function editContacts(input: ModelInput, random: Random): void {
  const around: Surroundings = {
    asOf: input.asOf,
    rules: input.rules,
    config: input.config,
    malformedDates: false,
  };
  input.contacts = input.contacts.map((contact) =>
    random.chance(0.02) ? edited(contact, random, around) : contact,
  );
  for (const contact of input.contacts) {
    if (random.chance(0.004)) input.suppressions = [...input.suppressions, suppressionOf(contact, random)];
  }
  if (random.chance(0.1)) {
    const gone = input.suppressions.length === 0 ? null : random.pick(input.suppressions);
    input.suppressions = input.suppressions.filter((suppression) => suppression !== gone);
  }
  if (random.chance(0.15)) {
    const id = 1 + Math.max(0, ...everyId(input));
    input.contacts = [...input.contacts, randomContact(id, random, around)];
  }
  if (random.chance(0.08) && input.contacts.length > 1) {
    const gone = random.pick(input.contacts);
    input.contacts = input.contacts.filter((contact) => contact !== gone);
  }
}

function edited(contact: ModelContact, random: Random, around: Surroundings): ModelContact {
  const change = random.pick(['birth_date', 'effective_date', 'place', 'email', 'small_correction'] as const);
  if (change === 'birth_date') return { ...contact, birth_date: randomBirthDate(random, around) };
  if (change === 'effective_date') return { ...contact, effective_date: randomEffectiveDate(random, around) };
  if (change === 'place') return { ...contact, ...randomPlace(random) };
  if (change === 'email') return { ...contact, email: randomEmail(contact.id, random) };
  // Corrected by a few days: the 300 days are for this.
  const { birth_date: birthDate } = contact;
  if (birthDate === null || !/^\d{4}-\d{2}-\d{2}$/.test(birthDate) || Number.isNaN(dayNumber(birthDate)))
    return contact;
  return { ...contact, birth_date: isoDate(dayNumber(birthDate) + random.int(-20, 20)) };
}

/** An id is never given twice: ids of deleted contacts live on in plan and ledger. */
function everyId(input: ModelInput): number[] {
  const rows = [...input.ledger, ...input.planInForce];
  return [...input.contacts.map((contact) => contact.id), ...rows.map((row) => row.contact_id)];
}

/** Of those that plan or ledger still name. */
function deletedIds(input: ModelInput): number[] {
  const living = new Set(input.contacts.map((contact) => contact.id));
  return [...new Set(everyId(input))].filter((id) => !living.has(id)).sort((left, right) => left - right);
}

/** "One imported again finds its ledger" (SPEC 3). */
function reimport(input: ModelInput, random: Random): void {
  const deleted = deletedIds(input);
  if (deleted.length === 0 || !random.chance(0.2)) return;
  const around = { asOf: input.asOf, rules: input.rules, config: input.config, malformedDates: false };
  input.contacts = [...input.contacts, randomContact(random.pick(deleted), random, around)];
}

function someIds(input: ModelInput, random: Random): number[] {
  const ids = input.contacts.map((contact) => contact.id);
  return random.sample(ids, random.int(1, 12)).sort((left, right) => left - right);
}
