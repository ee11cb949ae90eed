/** SPEC 9, Replanning: some contacts are planned again, into the plan in force. */

import { dayNumber } from './calendar.ts';
import { planByModel } from './model.ts';
import { publish } from './publish.ts';
import { dailyCap, isAboveThreshold } from './shaping.ts';
import type { ModelContact, ModelInput, ModelOutput, ModelRow, ModelTarget } from './types.ts';

export interface ReplanOutput extends ModelOutput {
  /** The whole plan in force afterwards: rows of others as they were. */
  planInForce: ModelRow[];
  ledger: ModelRow[];
  /** Of the plan, not of the contacts: on these days every pre-scheduled row has the flag, others' rows too. */
  over_cap_days: string[];
}

/**
 * "4 to 8 with them as the only candidates, as one set; rows of others count in the volumes and never move." The plan in
 * force is kept as in a run. Ids of deleted contacts may be among them: their rows leave the plan.
 */
export function replanByModel(contactIds: Iterable<number>, input: ModelInput): ReplanOutput {
  const replan: ModelInput = { ...input, fresh: false, only: [...new Set(contactIds)] };
  const output = planByModel(replan);
  return { ...output, ...publish(replan, output), over_cap_days: overCapDays(replan, output) };
}

/** "Whether a day is over the cap is kept per plan and day; its pre-scheduled rows have the flag." */
function overCapDays(input: ModelInput, output: ModelOutput): string[] {
  const { features, load } = input.config;
  if (!features.load_balancing) return [];
  const cap = dailyCap(input.contacts.length, load);
  return Object.keys(output.volumes)
    .filter((day) => dayNumber(day) >= dayNumber(input.asOf))
    .filter((day) => isAboveThreshold(output.volumes[day] ?? 0, cap, load))
    .sort();
}

/**
 * The contacts whose own data (contact, target, suppression) differ: those that a change of them replans. Changes of
 * types, instances, configuration and rules concern everybody, and are not looked at.
 */
export function contactsTouched(before: ModelInput, after: ModelInput): number[] {
  const factsBefore = factsByContact(before);
  const factsAfter = factsByContact(after);
  return [...new Set([...factsBefore.keys(), ...factsAfter.keys()])]
    .filter((id) => factsBefore.get(id) !== factsAfter.get(id))
    .sort((left, right) => left - right);
}

function factsByContact(input: ModelInput): Map<number, string> {
  const targets = new Map<number, ModelTarget[]>();
  for (const target of input.campaigns?.targets ?? []) {
    targets.set(target.contact_id, [...(targets.get(target.contact_id) ?? []), target]);
  }
  return new Map(
    input.contacts.map((contact) => {
      const ofContact = [...(targets.get(contact.id) ?? [])].sort(
        (left, right) => left.campaign_instance_id - right.campaign_instance_id,
      );
      return [contact.id, JSON.stringify([contact, ofContact, scopesOf(contact, input)])];
    }),
  );
}

function scopesOf(contact: ModelContact, input: ModelInput): string[] {
  const address = (contact.email ?? '').trim().toLowerCase();
  const scopes = input.suppressions
    .filter((suppression) => suppression.address.trim().toLowerCase() === address)
    .map((suppression) => suppression.scope);
  return [...new Set(scopes)].sort();
}
