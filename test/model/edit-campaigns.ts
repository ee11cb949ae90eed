/** What people do to campaigns from one day to the next. Every result is valid by SPEC 6. */

import { dayNumber, isoDate } from './calendar.ts';
import {
  nearAsOf,
  randomEnd,
  randomInstance,
  randomInstanceMetadata,
  randomTarget,
  randomTrigger,
  typeOf,
} from './generate-campaigns.ts';
import type { Random } from './random.ts';
import type {
  ModelCampaignInstance,
  ModelCampaigns,
  ModelCampaignType,
  ModelInput,
  ModelTarget,
} from './types.ts';

/** A new object: the campaigns of the input are left as they are. */
export function editCampaigns(campaigns: ModelCampaigns, input: ModelInput, random: Random): ModelCampaigns {
  const edited: ModelCampaigns = { ...campaigns };
  edited.types = campaigns.types.map((type) =>
    random.chance(0.02) ? editedType(type, campaigns, random) : type,
  );
  edited.instances = campaigns.instances.map((instance) =>
    random.chance(0.08) ? editedInstance(instance, random, input) : instance,
  );
  edited.targets = editedTargets(edited, input, random);
  if (random.chance(0.05)) {
    const id = 1 + Math.max(0, ...edited.instances.map((instance) => instance.id));
    edited.instances = [...edited.instances, randomInstance(id, random, edited, input)];
  }
  return edited;
}

function editedType(type: ModelCampaignType, campaigns: ModelCampaigns, random: Random): ModelCampaignType {
  const edit = random.pick([
    'active',
    'active',
    'priority',
    'days',
    'windows',
    'transactional',
    'all',
  ] as const);
  if (edit === 'active') return { ...type, active: !type.active };
  if (edit === 'priority') return { ...type, priority: random.int(1, 10) };
  if (edit === 'days') return { ...type, days_before_event: random.int(-10, 30) };
  if (edit === 'transactional') return { ...type, transactional: !type.transactional };
  if (edit === 'windows') {
    return {
      ...type,
      respect_exclusion_windows: !type.respect_exclusion_windows,
      legal_basis: type.legal_basis ?? 'a new ruling',
    };
  }
  const isWithoutTrigger = (target: ModelTarget): boolean =>
    target.trigger_date === null &&
    campaigns.instances.some(
      (one) => one.id === target.campaign_instance_id && one.campaign_type_id === type.id,
    );
  // A target of an instance that is not for all must have a trigger date.
  if (type.target_all_contacts && campaigns.targets.some(isWithoutTrigger)) return type;
  return { ...type, target_all_contacts: !type.target_all_contacts };
}

function editedInstance(
  instance: ModelCampaignInstance,
  random: Random,
  input: ModelInput,
): ModelCampaignInstance {
  const edit = random.pick([
    'status',
    'status',
    'start',
    'start',
    'end',
    'end',
    'metadata',
    'windows',
  ] as const);
  if (edit === 'status') return { ...instance, status: nextStatus(instance, random) };
  if (edit === 'metadata') return { ...instance, metadata: randomInstanceMetadata(random) };
  if (edit === 'windows') {
    return {
      ...instance,
      respect_exclusion_windows: instance.respect_exclusion_windows === true ? null : true,
    };
  }
  if (edit === 'end') {
    const end = random.chance(0.2) ? null : randomEnd(instance.active_start_date, random, input);
    return { ...instance, active_end_date: end };
  }
  return { ...instance, active_start_date: movedStart(instance, random, input) };
}

function movedStart(instance: ModelCampaignInstance, random: Random, input: ModelInput): string | null {
  if (random.chance(0.2)) return null;
  const { active_start_date: start, active_end_date: end } = instance;
  const byDays = start === null ? input.asOf : isoDate(dayNumber(start) + random.int(-10, 10));
  const moved = random.chance(0.6) ? byDays : nearAsOf(random, input, -20, 20);
  return end !== null && moved > end ? end : moved;
}

function nextStatus(instance: ModelCampaignInstance, random: Random): ModelCampaignInstance['status'] {
  if (instance.status === 'draft') return 'active';
  if (instance.status === 'active') return random.pick(['paused', 'paused', 'ended']);
  if (instance.status === 'paused') return random.pick(['active', 'active', 'active', 'ended']);
  return 'active';
}

/** Corrected, removed, added: also after their mails have gone out. */
function editedTargets(campaigns: ModelCampaigns, input: ModelInput, random: Random): ModelTarget[] {
  const targets: ModelTarget[] = [];
  for (const target of campaigns.targets) {
    if (random.chance(0.01)) continue;
    targets.push(random.chance(0.03) ? corrected(target, campaigns, input, random) : target);
  }
  for (let count = random.pick([0, 0, 1, 3]); count > 0; count -= 1) {
    if (campaigns.instances.length === 0 || input.contacts.length === 0) break;
    const instance = random.pick(campaigns.instances);
    const contact = random.pick(input.contacts);
    const isTarget = (target: ModelTarget): boolean =>
      target.contact_id === contact.id && target.campaign_instance_id === instance.id;
    if (targets.some(isTarget)) continue;
    targets.push(randomTarget(contact, instance, random, campaigns, input));
  }
  return targets;
}

function corrected(
  target: ModelTarget,
  campaigns: ModelCampaigns,
  input: ModelInput,
  random: Random,
): ModelTarget {
  const instance = campaigns.instances.find((one) => one.id === target.campaign_instance_id);
  if (instance === undefined) return target;
  const type = typeOf(instance, campaigns);
  if (type?.target_all_contacts === true && random.chance(0.2)) return { ...target, trigger_date: null };
  const daysBefore = instance.metadata?.days_before_event ?? type?.days_before_event ?? 0;
  const trigger =
    target.trigger_date === null || random.chance(0.4)
      ? randomTrigger(random, daysBefore, instance, input)
      : isoDate(dayNumber(target.trigger_date) + random.int(-12, 12));
  return { ...target, trigger_date: trigger };
}
