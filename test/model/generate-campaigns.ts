/** Random campaigns in wild mixtures, every one of them valid by SPEC 6. */

import { dayNumber, isoDate, yearOf } from './calendar.ts';
import { shippedCampaignTypes } from './defaults.ts';
import type { Random } from './random.ts';
import type {
  ModelCampaignInstance,
  ModelCampaigns,
  ModelCampaignType,
  ModelContact,
  ModelInput,
  ModelTarget,
} from './types.ts';

const OWN_NAMES = ['winter_letter', 'spring_offer', 'premium_notice', 'survey', 'welcome_back', 'fee_notice'];
const TIMES = [
  '00:00:00.000',
  '04:59:59.999',
  '05:00:00.000',
  '06:30:00.000',
  '12:00:00.000',
  '23:59:59.999',
];
const TEMPLATES = ['spring.html', 'letter_a', 'letter_b'];

export function randomCampaigns(random: Random, input: ModelInput): ModelCampaigns {
  const campaigns: ModelCampaigns = { types: randomTypes(random), instances: [], targets: [] };
  const count = random.pick([random.int(1, 3), random.int(3, 6), random.int(5, 10)]);
  for (let id = 1; id <= count; id += 1) {
    campaigns.instances.push(randomInstance(id, random, campaigns, input));
  }
  for (const instance of campaigns.instances) {
    campaigns.targets.push(...randomTargets(instance, random, campaigns, input));
  }
  return campaigns;
}

/** The five shipped ones, here and there changed, and some of the organization's own. */
function randomTypes(random: Random): ModelCampaignType[] {
  const types = shippedCampaignTypes().map((type) =>
    random.chance(0.2) ? { ...type, ...randomTypeFields(random), legal_basis: type.legal_basis } : type,
  );
  for (const type of types) {
    if (!type.respect_exclusion_windows) type.legal_basis ??= 'an old agreement';
  }
  random.sample(OWN_NAMES, random.int(0, 4)).forEach((name, index) => {
    types.push({ id: types.length + 1 + index * 3, name, ...randomTypeFields(random) });
  });
  return types;
}

function randomTypeFields(random: Random): Omit<ModelCampaignType, 'id' | 'name'> {
  const respectsWindows = random.chance(0.65);
  return {
    respect_exclusion_windows: respectsWindows,
    // One that respects windows may have a legal basis too, which then says nothing.
    legal_basis: respectsWindows && random.chance(0.8) ? null : 'a notice by § 12',
    enable_followups: random.chance(0.5),
    days_before_event: randomDaysBefore(random),
    target_all_contacts: random.chance(0.3),
    priority: random.int(1, 10),
    transactional: random.chance(0.25),
    active: random.chance(0.9),
  };
}

function randomDaysBefore(random: Random): number {
  return random.pick([0, 0, 1, 5, 7, 14, 14, 30, 60, -1, -7, -30]);
}

export function randomInstance(
  id: number,
  random: Random,
  campaigns: ModelCampaigns,
  input: ModelInput,
): ModelCampaignInstance {
  const start = random.chance(0.35) ? null : nearAsOf(random, input, -40, 60);
  return {
    id,
    campaign_type_id: randomTypeId(random, campaigns),
    name: `instance ${id}`,
    status: random.pick(['active', 'active', 'active', 'active', 'active', 'paused', 'draft', 'ended']),
    email_template: random.chance(0.5) ? null : random.pick(TEMPLATES),
    sms_template: random.chance(0.7) ? null : random.pick(TEMPLATES),
    active_start_date: start,
    active_end_date: random.chance(0.4) ? null : randomEnd(start, random, input),
    respect_exclusion_windows: random.chance(0.15) ? true : null,
    enable_followups: random.pick([null, null, true, false]),
    metadata: randomInstanceMetadata(random),
    created_at: randomMoment(random, input),
  };
}

/** Several instances of one type, and required notices, more often than chance has it. */
function randomTypeId(random: Random, campaigns: ModelCampaigns): number {
  const { types, instances } = campaigns;
  const notices = types.filter((type) => type.transactional);
  if (notices.length > 0 && random.chance(0.15)) return random.pick(notices).id;
  if (instances.length > 0 && random.chance(0.3)) return random.pick(instances).campaign_type_id;
  return random.pick(types).id;
}

/** Never before the start, which is refused. */
export function randomEnd(start: string | null, random: Random, input: ModelInput): string {
  const end = nearAsOf(random, input, -5, 120);
  if (start === null) return end;
  if (random.chance(0.1)) return start;
  return end < start ? isoDate(dayNumber(start) + random.int(0, 30)) : end;
}

export function randomInstanceMetadata(random: Random): ModelCampaignInstance['metadata'] {
  if (random.chance(0.5)) return null;
  return {
    ...(random.chance(0.5) ? { days_before_event: randomDaysBefore(random) } : {}),
    ...(random.chance(0.5) ? { priority: random.int(1, 10) } : {}),
    ...(random.chance(0.3) ? { email_template: random.pick(TEMPLATES) } : {}),
    ...(random.chance(0.3) ? { sms_template: random.pick(TEMPLATES) } : {}),
  };
}

/** Moments whose day in UTC is not always their day in the organization's zone. */
function randomMoment(random: Random, input: ModelInput): string {
  const day = isoDate(dayNumber(input.today) - random.pick([0, 1, 2, 10, random.int(0, 90)]));
  return `${day}T${random.pick(TIMES)}Z`;
}

function randomTargets(
  instance: ModelCampaignInstance,
  random: Random,
  campaigns: ModelCampaigns,
  input: ModelInput,
): ModelTarget[] {
  const isForAll = typeOf(instance, campaigns)?.target_all_contacts === true;
  const share = isForAll ? random.pick([0, 0.1, 0.3]) : random.pick([0.1, 0.4, 0.9]);
  const contacts = input.contacts.filter((contact) => random.chance(isBusy(contact) ? 0.8 : share));
  return contacts.map((contact) => randomTarget(contact, instance, random, campaigns, input));
}

/** Some contacts are written to by everybody, mostly on one day: conflicts. */
export function isBusy(contact: ModelContact): boolean {
  return contact.id % 5 === 0;
}

export function randomTarget(
  contact: ModelContact,
  instance: ModelCampaignInstance,
  random: Random,
  campaigns: ModelCampaigns,
  input: ModelInput,
): ModelTarget {
  const type = typeOf(instance, campaigns);
  const daysBefore = instance.metadata?.days_before_event ?? type?.days_before_event ?? 0;
  const isWithoutTrigger = type?.target_all_contacts === true && random.chance(0.4);
  const trigger =
    isBusy(contact) && random.chance(0.6)
      ? isoDate(conflictDay(random, input) + daysBefore)
      : randomTrigger(random, daysBefore, instance, input);
  return {
    contact_id: contact.id,
    campaign_instance_id: instance.id,
    trigger_date: isWithoutTrigger ? null : trigger,
    metadata: random.chance(0.85)
      ? null
      : {
          ...(random.chance(0.7) ? { email_template: random.pick(TEMPLATES) } : {}),
          ...(random.chance(0.5) ? { sms_template: random.pick(TEMPLATES) } : {}),
        },
  };
}

/** Near the as-of date, with the ideal date or the deadline on a day that matters, on a leap day, or anywhere. */
export function randomTrigger(
  random: Random,
  daysBefore: number,
  instance: ModelCampaignInstance,
  input: ModelInput,
): string {
  const asOf = dayNumber(input.asOf);
  const choice = random.int(1, 12);
  if (choice <= 1) return isoDate(asOf + random.int(-3, 3));
  // Ideal dates of several instances on one day: conflicts.
  if (choice <= 6) return isoDate(conflictDay(random, input) + daysBefore);
  if (choice <= 7) return isoDate(asOf + daysBefore + random.int(-8, 2));
  if (choice <= 9) {
    const edge = random.pick([instance.active_start_date, instance.active_end_date]) ?? input.asOf;
    return isoDate(dayNumber(edge) + daysBefore + random.int(-1, 1));
  }
  if (choice === 10) {
    const year = yearOf(asOf) + 1;
    return `${year - (year % 4)}-02-29`;
  }
  return isoDate(asOf + random.int(-60, 400));
}

/** One of two days, the same ones for a week. */
function conflictDay(random: Random, input: ModelInput): number {
  const day = dayNumber(input.asOf);
  return day - (day % 7) + random.pick([8, 8, 15]);
}

export function nearAsOf(random: Random, input: ModelInput, from: number, to: number): string {
  const asOf = dayNumber(input.asOf);
  return isoDate(asOf + random.pick([0, 1, 7, random.int(from, to), random.int(from, to)]));
}

export function typeOf(
  instance: ModelCampaignInstance,
  campaigns: ModelCampaigns,
): ModelCampaignType | undefined {
  return campaigns.types.find((type) => type.id === instance.campaign_type_id);
}
