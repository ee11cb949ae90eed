/** SPEC 6: what the campaigns have to write to a contact. */

import { dayInZone, dayNumber, FOREVER, isoDate, parseDate } from './calendar.ts';
import type { Book } from './book.ts';
import { occurrenceText } from './identity.ts';
import type { CampaignTerms, Occurrence, OccurrenceDates } from './occurrences.ts';
import type {
  ModelCampaignInstance,
  ModelCampaigns,
  ModelCampaignType,
  ModelInput,
  ModelRow,
  ModelTarget,
} from './types.ts';
import { xxh32 } from './xxh32.ts';

const DEFAULT_TIME_ZONE = 'America/Chicago';

/** Several instances, also of one type, run side by side. */
export function campaignOccurrences(contactId: number, input: ModelInput, book: Book): Occurrence[] {
  const { campaigns } = input;
  if (campaigns === undefined || !input.config.features.campaigns) return [];
  const found: Occurrence[] = [];
  for (const instance of campaigns.instances) {
    const type = campaigns.types.find((one) => one.id === instance.campaign_type_id);
    if (type === undefined || !isPlanned(instance, type, dayNumber(input.asOf))) continue;
    const target = targetOf(contactId, instance, campaigns);
    const dates = datesOf(instance, type, target, input.time_zone ?? DEFAULT_TIME_ZONE);
    if (dates === null) continue;
    if (hasWrittenOnce(instance, book.ofContact(contactId))) continue;
    const emailType = `campaign_${type.name}`;
    const text = occurrenceText(contactId, emailType, instance.id, isoDate(dates.eventDay));
    if (book.has(text)) continue;
    found.push({
      contactId,
      type: emailType,
      instanceId: instance.id,
      ...dates,
      priority: instance.metadata?.priority ?? type.priority,
      text,
      hash: xxh32(text, 0),
      campaign: termsOf(instance, type, target),
    });
  }
  return found;
}

/** "Not after its end, and not while its type is inactive or it is a draft or ended." */
function isPlanned(instance: ModelCampaignInstance, type: ModelCampaignType, asOf: number): boolean {
  if (!type.active) return false;
  if (instance.status === 'draft' || instance.status === 'ended') return false;
  const endDay = dayOrNull(instance.active_end_date);
  return endDay === null || asOf <= endDay;
}

function targetOf(
  contactId: number,
  instance: ModelCampaignInstance,
  campaigns: ModelCampaigns,
): ModelTarget | undefined {
  return campaigns.targets.find(
    (target) => target.contact_id === contactId && target.campaign_instance_id === instance.id,
  );
}

/** Null: the contact is no target of the instance. */
function datesOf(
  instance: ModelCampaignInstance,
  type: ModelCampaignType,
  target: ModelTarget | undefined,
  timeZone: string,
): OccurrenceDates | null {
  const endDay = dayOrNull(instance.active_end_date) ?? FOREVER;
  const triggerDay = dayOrNull(target?.trigger_date ?? null);
  if (triggerDay !== null) {
    const daysBefore = instance.metadata?.days_before_event ?? type.days_before_event;
    return {
      eventDay: triggerDay,
      idealDay: triggerDay - daysBefore,
      deadlineDay: daysBefore > 0 ? Math.min(endDay, triggerDay - 1) : endDay,
    };
  }
  if (!type.target_all_contacts) return null;
  // "Its event and ideal date are the instance's start date, or without one the day on which it was created."
  const day = dayOrNull(instance.active_start_date) ?? dayInZone(instance.created_at, timeZone);
  return { eventDay: day, idealDay: day, deadlineDay: endDay };
}

/** "No occurrence exists where the ledger holds a mail of that instance to that contact that was not skipped." */
function hasWrittenOnce(instance: ModelCampaignInstance, settled: ModelRow[]): boolean {
  return settled.some((row) => row.campaign_instance_id === instance.id && row.status !== 'skipped');
}

function termsOf(
  instance: ModelCampaignInstance,
  type: ModelCampaignType,
  target: ModelTarget | undefined,
): CampaignTerms {
  const legalBasis = textOrNull(type.legal_basis);
  // An instance may tighten its type; a type without a legal basis is not allowed to ignore windows.
  const respectsWindows =
    type.respect_exclusion_windows || instance.respect_exclusion_windows === true || legalBasis === null;
  return {
    startDay: dayOrNull(instance.active_start_date),
    endDay: dayOrNull(instance.active_end_date),
    respectsWindows,
    legalBasis: respectsWindows ? null : legalBasis,
    isTransactional: type.transactional,
    // "Of the target's metadata, else of the instance's metadata, else of the instance, else of the e-mail type."
    emailTemplate:
      textOrNull(target?.metadata?.email_template) ??
      textOrNull(instance.metadata?.email_template) ??
      textOrNull(instance.email_template) ??
      `campaign_${type.name}`,
    smsTemplate:
      textOrNull(target?.metadata?.sms_template) ??
      textOrNull(instance.metadata?.sms_template) ??
      textOrNull(instance.sms_template),
  };
}

function dayOrNull(date: string | null): number | null {
  return date === null ? null : parseDate(date);
}

function textOrNull(value: string | null | undefined): string | null {
  return value === null || value === undefined || value.trim() === '' ? null : value;
}
