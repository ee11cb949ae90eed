/** SPEC 2 and 4: the things to write about, and which of them are due. */

import { dateInYear, dayNumber, isoDate, monthDayOf, parseMonthDay, yearOf } from './calendar.ts';
import type { KnownContact } from './known-contact.ts';
import type { Book } from './book.ts';
import { compareTexts, occurrenceText } from './identity.ts';
import type { ModelCampaigns, ModelConfig, ModelRow } from './types.ts';
import { xxh32 } from './xxh32.ts';

export interface Occurrence {
  contactId: number;
  type: string;
  instanceId: number | null;
  eventDay: number;
  idealDay: number;
  /** FOREVER: a campaign mail without a deadline. */
  deadlineDay: number;
  priority: number;
  /** The text of SPEC 2. */
  text: string;
  hash: number;
  /** What an instance adds (SPEC 6); null: a yearly mail. */
  campaign: CampaignTerms | null;
}

export interface CampaignTerms {
  startDay: number | null;
  endDay: number | null;
  respectsWindows: boolean;
  /** Of a mail that does not respect windows. */
  legalBasis: string | null;
  isTransactional: boolean;
  emailTemplate: string;
  smsTemplate: string | null;
}

export interface OccurrenceDates {
  eventDay: number;
  idealDay: number;
  deadlineDay: number;
}

const YEARLY_DISTANCE_DAYS = 300;
export const POST_WINDOW_DISTANCE_DAYS = 60;

export function newOccurrence(
  contactId: number,
  type: string,
  dates: OccurrenceDates,
  priority: number,
): Occurrence {
  const text = occurrenceText(contactId, type, null, isoDate(dates.eventDay));
  return {
    contactId,
    type,
    instanceId: null,
    ...dates,
    priority,
    text,
    hash: xxh32(text, 0),
    campaign: null,
  };
}

/** SPEC 2: by hash; equal hashes by contact id, type, instance id (none first), event date. */
export function compareByHash(left: Occurrence, right: Occurrence): number {
  return left.hash - right.hash || compareByIdentity(left, right);
}

export function compareByIdentity(left: Occurrence, right: Occurrence): number {
  return (
    left.contactId - right.contactId ||
    compareTexts(left.type, right.type) ||
    (left.instanceId ?? 0) - (right.instanceId ?? 0) ||
    left.eventDay - right.eventDay
  );
}

/** The birthday, the anniversary and the AEP days of the contact (SPEC 4). */
export function yearlyOccurrences(
  contact: KnownContact,
  asOf: number,
  config: ModelConfig,
  book: Book,
): Occurrence[] {
  const found: Occurrence[] = [];
  const { birthday, effective_date, aep } = config.email_types;
  const anniversaries = [
    { type: 'birthday', anchor: contact.birthDay, settings: birthday },
    { type: 'effective_date', anchor: contact.effectiveDay, settings: effective_date },
  ];
  for (const { type, anchor, settings } of anniversaries) {
    if (!settings.enabled || anchor === null) continue;
    const datesOf = (year: number): OccurrenceDates => anniversaryDates(year, anchor, settings);
    // Only the first anniversary and later ones are anniversaries.
    const firstYear = Math.max(yearOf(asOf) - 2, yearOf(anchor) + 1);
    const search = { contact, type, datesOf, firstYear, priority: settings.priority, keepsDistance: true };
    addIfNew(found, nextOccurrence(search, asOf, book));
  }
  for (const configured of aep.enabled ? aep.days : []) {
    const datesOf = (year: number): OccurrenceDates => aepDates(year, configured);
    // The 300 days hold only where a single day is configured.
    const keepsDistance = aep.days.length === 1;
    const firstYear = yearOf(asOf) - 2;
    const search = { contact, type: 'aep', datesOf, firstYear, priority: aep.priority, keepsDistance };
    addIfNew(found, nextOccurrence(search, asOf, book));
  }
  return found;
}

interface Search {
  contact: KnownContact;
  type: string;
  datesOf: (year: number) => OccurrenceDates;
  firstYear: number;
  priority: number;
  keepsDistance: boolean;
}

/** The earliest whose deadline is not past, that is not in the ledger, and far enough from every mail of its type. */
function nextOccurrence(search: Search, asOf: number, book: Book): Occurrence | null {
  const { contact, type } = search;
  const settled = book.ofContact(contact.id);
  // A row of the ledger stands in the way of two years at most.
  const lastYear = Math.max(search.firstYear, yearOf(asOf)) + 6 + 2 * settled.length;
  for (let year = search.firstYear; year <= lastYear; year += 1) {
    const occurrence = newOccurrence(contact.id, type, search.datesOf(year), search.priority);
    if (occurrence.deadlineDay < asOf) continue;
    if (book.has(occurrence.text)) continue;
    if (search.keepsDistance && isNearSettledMail(occurrence, settled, YEARLY_DISTANCE_DAYS)) continue;
    return occurrence;
  }
  return null;
}

export function isNearSettledMail(
  occurrence: Occurrence,
  settled: ModelRow[],
  distanceDays: number,
): boolean {
  for (const row of settled) {
    if (row.email_type !== occurrence.type || row.status === 'skipped') continue;
    if (Math.abs(dayNumber(row.event_date) - occurrence.eventDay) < distanceDays) return true;
  }
  return false;
}

function anniversaryDates(
  year: number,
  anchor: number,
  settings: { days_before: number; deadline_days_before: number },
): OccurrenceDates {
  const eventDay = dateInYear(year, monthDayOf(anchor));
  return {
    eventDay,
    idealDay: eventDay - settings.days_before,
    deadlineDay: eventDay - settings.deadline_days_before,
  };
}

/** The deadline is the first such day on or after the event. */
function aepDates(year: number, configured: { on: string; deadline: string }): OccurrenceDates {
  const eventDay = dateInYear(year, parseMonthDay(configured.on));
  const sameYear = dateInYear(year, parseMonthDay(configured.deadline));
  const nextYear = dateInYear(year + 1, parseMonthDay(configured.deadline));
  return { eventDay, idealDay: eventDay, deadlineDay: sameYear >= eventDay ? sameYear : nextYear };
}

/** Two configured AEP days may be one day in a common year: still one occurrence. */
function addIfNew(found: Occurrence[], occurrence: Occurrence | null): void {
  if (occurrence === null) return;
  if (found.some((other) => other.text === occurrence.text)) return;
  found.push(occurrence);
}

/** The deadline of a row of an earlier plan; null where the configuration or the campaigns know none. */
export function deadlineOfRow(row: ModelRow, config: ModelConfig, campaigns?: ModelCampaigns): number | null {
  if (row.campaign_instance_id !== null) return deadlineOfCampaignRow(row, campaigns);
  const eventDay = dayNumber(row.event_date);
  const { birthday, effective_date, aep, post_window } = config.email_types;
  if (row.email_type === 'birthday') return eventDay - birthday.deadline_days_before;
  if (row.email_type === 'effective_date') return eventDay - effective_date.deadline_days_before;
  if (row.email_type === 'post_window') return eventDay + post_window.deadline_days_after;
  if (row.email_type !== 'aep') return null;
  for (const configured of aep.days) {
    const dates = aepDates(yearOf(eventDay), configured);
    if (dates.eventDay === eventDay) return dates.deadlineDay;
  }
  return null;
}

/** SPEC 6: "the end date, and trigger - 1 d if days_before_event > 0"; the row's own dates tell its days. */
function deadlineOfCampaignRow(row: ModelRow, campaigns: ModelCampaigns | undefined): number | null {
  const instance = campaigns?.instances.find((one) => one.id === row.campaign_instance_id);
  const end = instance?.active_end_date ?? null;
  const deadlines: number[] = [];
  if (end !== null) deadlines.push(dayNumber(end));
  if (row.ideal_date < row.event_date) deadlines.push(dayNumber(row.event_date) - 1);
  return deadlines.length === 0 ? null : Math.min(...deadlines);
}
