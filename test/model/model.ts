/** The steps of SPEC 9 in their order: candidates, exclusion, post-window, smoothing, cap, conflicts, frequency. */

import { dayNumber, isoDate } from './calendar.ts';
import { campaignOccurrences } from './campaigns.ts';
import { settleConflicts } from './conflicts.ts';
import { judgeContact } from './contacts.ts';
import type { KnownContact } from './known-contact.ts';
import { bookOf, hasPlace, isOverdue } from './book.ts';
import type { Book } from './book.ts';
import { limitFrequency } from './frequency.ts';
import { compareTexts, textOfRow } from './identity.ts';
import { compareByIdentity, deadlineOfRow, yearlyOccurrences } from './occurrences.ts';
import type { Occurrence } from './occurrences.ts';
import { place } from './placement.ts';
import type { Mail, PlacingRules } from './placement.ts';
import { postWindowOccurrences } from './post-window.ts';
import { dailyCap, redistribute, smoothEffectiveDates, volumesOf } from './shaping.ts';
import type { Standing } from './shaping.ts';
import type { ModelInput, ModelMetadata, ModelOutput, ModelPlannedRow, ModelRow } from './types.ts';

export function planByModel(input: ModelInput): ModelOutput {
  const { config } = input;
  const asOf = dayNumber(input.asOf);
  const rules: PlacingRules = {
    law: { rules: input.rules, config },
    asOf,
    catchUpDays: config.catch_up_days,
  };
  const book = bookOf(input);
  // "An occurrence that is in the ledger is never in a plan" (SPEC 9). Frozen and past skipped rows go here too.
  const openRows = input.planInForce.filter((row) => !book.has(textOfRow(row)));
  const standing: Standing = {
    book,
    rowsOfOthers: openRows.filter((row) => isOfOther(row, input) && hasPlace(row)),
  };

  const { contacts, rejected } = judgeCandidates(input, book);
  const rowsInForce = new Map<string, ModelRow>();
  for (const row of openRows) {
    // SPEC 4: a run can be told to ignore the plan in force.
    if (!input.fresh) rowsInForce.set(textOfRow(row), row);
  }
  const mails = contacts.flatMap((contact) => mailsOfContact(contact, rowsInForce, rules, book, input));

  const placed = mails.filter((mail) => mail.skip === null);
  if (config.features.load_balancing) {
    const cap = dailyCap(input.contacts.length, config.load);
    smoothEffectiveDates(placed, standing, rules, cap);
    redistribute(placed, standing, rules, cap);
  }
  const volumes: Record<string, number> = {};
  const shaped = volumesOf(placed, standing);
  for (const day of shaped.days()) {
    if (day >= asOf) volumes[isoDate(day)] = shaped.on(day);
  }
  for (const [contactId, ofContact] of byContact(placed)) {
    const settled = book.ofContact(contactId);
    settleConflicts(ofContact, settled, input.campaigns);
    if (!config.features.frequency_limit) continue;
    limitFrequency(ofContact, settled, config.frequency, input.campaigns);
  }

  const planned = new Set(mails.map((mail) => mail.contact.id));
  mails.sort((left, right) => compareByIdentity(left.occurrence, right.occurrence));
  return {
    rows: mails.map((mail) => rowOf(mail, config.send_time)),
    missed: missedRows(openRows, mails, input),
    rejected: rejected.sort((left, right) => left.contact_id - right.contact_id),
    nothing_due: contacts
      .map((contact) => contact.id)
      .filter((id) => !planned.has(id))
      .sort((left, right) => left - right),
    volumes,
  };
}

/** SPEC 9, Replanning: the given contacts are the only candidates. */
function isOfOther(row: ModelRow, input: ModelInput): boolean {
  return input.only !== undefined && !input.only.includes(row.contact_id);
}

function judgeCandidates(
  input: ModelInput,
  book: Book,
): { contacts: KnownContact[]; rejected: ModelOutput['rejected'] } {
  const contacts: KnownContact[] = [];
  const rejected: ModelOutput['rejected'] = [];
  for (const contact of input.contacts) {
    if (input.only !== undefined && !input.only.includes(contact.id)) continue;
    const judgement = judgeContact(contact, input, book);
    if ('contact' in judgement) contacts.push(judgement.contact);
    else rejected.push({ contact_id: contact.id, reason: judgement.rejected });
  }
  return { contacts, rejected };
}

/** Candidates, exclusion, post-window. */
function mailsOfContact(
  contact: KnownContact,
  rowsInForce: Map<string, ModelRow>,
  rules: PlacingRules,
  book: Book,
  input: ModelInput,
): Mail[] {
  const mails: Mail[] = [];
  for (const occurrence of candidatesOf(contact, book, input)) {
    mails.push(place(occurrence, contact, rowsInForce.get(occurrence.text), rules));
  }
  if (contact.isTransactionalOnly) return mails;
  const postWindow: Mail[] = [];
  for (const { occurrence, standsFor } of postWindowOccurrences(contact, mails, rules, book)) {
    postWindow.push({ ...place(occurrence, contact, rowsInForce.get(occurrence.text), rules), standsFor });
  }
  return [...mails, ...postWindow];
}

function candidatesOf(contact: KnownContact, book: Book, input: ModelInput): Occurrence[] {
  const ofCampaigns = campaignOccurrences(contact.id, input, book);
  // SPEC 3, scope `marketing`.
  if (contact.isTransactionalOnly) return ofCampaigns.filter((one) => one.campaign?.isTransactional === true);
  return [...yearlyOccurrences(contact, dayNumber(input.asOf), input.config, book), ...ofCampaigns];
}

function byContact(mails: Mail[]): Map<number, Mail[]> {
  const groups = new Map<number, Mail[]>();
  for (const mail of mails) {
    groups.set(mail.contact.id, [...(groups.get(mail.contact.id) ?? []), mail]);
  }
  return groups;
}

/** SPEC 4: an overdue row whose occurrence no longer exists is settled as missed once its deadline is past, else dropped. */
function missedRows(openRows: ModelRow[], mails: Mail[], input: ModelInput): ModelRow[] {
  const existing = new Set(mails.map((mail) => mail.occurrence.text));
  const missed: ModelRow[] = [];
  for (const row of openRows) {
    if (!isOverdue(row, input) || isOfOther(row, input) || existing.has(textOfRow(row))) continue;
    const deadline = deadlineOfRow(row, input.config, input.campaigns);
    if (deadline === null || deadline >= dayNumber(input.asOf)) continue;
    missed.push({ ...row, status: 'skipped', skip_reason: 'missed' });
  }
  return missed.sort(
    (left, right) =>
      left.contact_id - right.contact_id ||
      compareTexts(left.email_type, right.email_type) ||
      (left.campaign_instance_id ?? 0) - (right.campaign_instance_id ?? 0) ||
      compareTexts(left.event_date, right.event_date),
  );
}

function rowOf(mail: Mail, sendTime: string): ModelPlannedRow {
  const { occurrence, skip } = mail;
  return {
    contact_id: occurrence.contactId,
    email_type: occurrence.type,
    campaign_instance_id: occurrence.instanceId,
    event_date: isoDate(occurrence.eventDay),
    ideal_date: isoDate(occurrence.idealDay),
    scheduled_send_date: isoDate(mail.day),
    scheduled_send_time: sendTime,
    status: skip === null ? 'pre-scheduled' : 'skipped',
    skip_reason: skip === null ? null : skip.reason,
    priority: occurrence.priority,
    over_cap: skip === null && mail.isOverCap,
    metadata: metadataOf(mail),
    ...templatesOf(occurrence),
  };
}

function templatesOf({ campaign }: Occurrence): Pick<ModelPlannedRow, 'email_template' | 'sms_template'> {
  if (campaign === null) return {};
  return { email_template: campaign.emailTemplate, sms_template: campaign.smsTemplate };
}

/** SPEC 15: each key only where it has something to say; a mail on its ideal day has nothing to say of its place. */
function metadataOf(mail: Mail): ModelMetadata | null {
  const metadata: ModelMetadata = {};
  if (mail.day !== mail.occurrence.idealDay) {
    if (mail.placedBy !== undefined) metadata.placed_by = mail.placedBy;
    if (mail.movedFrom !== undefined) metadata.moved_from = mail.movedFrom;
  }
  if (mail.skip?.blockedBy !== undefined) metadata.blocked_by = mail.skip.blockedBy;
  if (mail.skip?.collidedWith !== undefined) metadata.collided_with = mail.skip.collidedWith;
  if (mail.skip?.winner !== undefined) metadata.winner = mail.skip.winner;
  const legalBasis = mail.occurrence.campaign?.legalBasis ?? null;
  if (legalBasis !== null) metadata.legal_basis = legalBasis;
  if (mail.standsFor !== undefined) metadata.stands_for = mail.standsFor;
  return Object.keys(metadata).length === 0 ? null : metadata;
}
