/** The model's campaigns as the product knows them. */
import { parseDay, type DayNumber } from '../../src/domain/calendar.ts';
import { CampaignBook, type CampaignInstance, type CampaignTarget } from '../../src/domain/campaigns.ts';
import { cleanText } from '../../src/domain/contact-text.ts';
import { dayAt } from '../../src/domain/time-zone.ts';
import type { ModelCampaignInstance, ModelInput, ModelTarget } from '../model/types.ts';

export function campaignBookOf({ campaigns, asOf, config, time_zone: zone }: ModelInput): CampaignBook {
  const { types = [], instances = [] } = campaigns ?? {};
  return new CampaignBook(
    types.map((type) => ({
      id: type.id,
      name: type.name,
      respectsWindows: type.respect_exclusion_windows,
      legalBasis: cleanText(type.legal_basis),
      daysBeforeEvent: type.days_before_event,
      targetsAllContacts: type.target_all_contacts,
      priority: type.priority,
      isTransactional: type.transactional,
      isActive: type.active,
    })),
    instances.map((instance) => instanceOf(instance, zone ?? 'America/Chicago')),
    { asOfDay: parseDay(asOf)!, isSwitchedOn: config.features.campaigns },
  );
}

function instanceOf(instance: ModelCampaignInstance, zone: string): CampaignInstance {
  const { metadata } = instance;
  return {
    id: instance.id,
    name: instance.name,
    typeId: instance.campaign_type_id,
    status: instance.status,
    emailTemplate: cleanText(instance.email_template),
    smsTemplate: cleanText(instance.sms_template),
    startDay: dayOrNull(instance.active_start_date),
    endDay: dayOrNull(instance.active_end_date),
    tightensWindows: instance.respect_exclusion_windows === true,
    overrides: {
      daysBeforeEvent: metadata?.days_before_event ?? null,
      priority: metadata?.priority ?? null,
      emailTemplate: cleanText(metadata?.email_template ?? null),
      smsTemplate: cleanText(metadata?.sms_template ?? null),
    },
    createdDay: dayAt(Date.parse(instance.created_at), zone),
  };
}

export function targetOf({
  campaign_instance_id: instanceId,
  trigger_date,
  metadata,
}: ModelTarget): CampaignTarget {
  return {
    instanceId,
    triggerDay: dayOrNull(trigger_date),
    emailTemplate: cleanText(metadata?.email_template ?? null),
    smsTemplate: cleanText(metadata?.sms_template ?? null),
  };
}

function dayOrNull(date: string | null): DayNumber | null {
  return date === null ? null : parseDay(date);
}
