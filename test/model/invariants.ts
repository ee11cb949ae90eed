/** What holds for every plan, whatever happened before it. */

import { dayNumber, isoDate } from './calendar.ts';
import { judgeContact } from './contacts.ts';
import { textOfRow } from './identity.ts';
import { deadlineOfRow } from './occurrences.ts';
import { dailyCap } from './shaping.ts';
import type {
  ModelCampaignInstance,
  ModelCampaignType,
  ModelInput,
  ModelOutput,
  ModelPlannedRow,
  ModelRow,
} from './types.ts';
import { blockOn } from './windows.ts';

export function violationsOf(input: ModelInput, output: ModelOutput): string[] {
  return [
    ...output.rows.flatMap((row) => violationsOfRow(row, input)),
    ...output.rows.flatMap((row) => violationsOfCampaignRow(row, input, output)),
    ...repeatedOccurrences(input, output),
    ...tooFrequent(input, output),
    ...overfullDays(input, output),
    ...unbalancedBooks(input, output),
  ];
}

function violationsOfRow(row: ModelPlannedRow, input: ModelInput): string[] {
  const violations: string[] = [];
  const text = textOfRow(row);
  const day = dayNumber(row.scheduled_send_date);
  const isCampaign = row.campaign_instance_id !== null;
  const deadline = deadlineOfRow(row, input.config, input.campaigns);
  if (row.scheduled_send_date < input.asOf) violations.push(`${text} lies before the as-of date`);
  const isLate = deadline === null ? !isCampaign : day > deadline;
  if (isLate && row.skip_reason !== 'missed_trigger') violations.push(`${text} lies after its deadline`);
  if (row.status === 'skipped') {
    if (row.skip_reason === null || row.over_cap)
      violations.push(`${text} is skipped without a reason, or flagged`);
    return violations;
  }
  const contact = input.contacts.find((one) => one.id === row.contact_id);
  const judgement = contact === undefined ? undefined : judgeContact(contact, input);
  if (judgement === undefined || !('contact' in judgement))
    return [...violations, `${text} has no usable contact`];
  if (row.metadata?.legal_basis !== undefined) return violations;
  if (blockOn(day, judgement.contact, { rules: input.rules, config: input.config }) !== null) {
    violations.push(`${text} lies on an excluded day`);
  }
  return violations;
}

/** SPEC 6 and 3, sentence by sentence. */
function violationsOfCampaignRow(row: ModelPlannedRow, input: ModelInput, output: ModelOutput): string[] {
  const contact = input.contacts.find((one) => one.id === row.contact_id);
  const isTransactional = isOfTransactionalType(row, input);
  const violations: string[] = [];
  const text = textOfRow(row);
  if (isUnsubscribed(contact?.email ?? '', input) && !isTransactional) {
    violations.push(`${text} goes to one who has unsubscribed`);
  }
  if (row.campaign_instance_id === null) return violations;
  const instance = input.campaigns?.instances.find((one) => one.id === row.campaign_instance_id);
  const type = input.campaigns?.types.find((one) => one.id === instance?.campaign_type_id);
  if (instance === undefined || type === undefined) return [`${text} belongs to no instance`];
  if (!input.config.features.campaigns || !type.active) violations.push(`${text} is switched off`);
  if (instance.status === 'draft' || instance.status === 'ended') violations.push(`${text} is not planned`);
  if (isTransactional && ['campaign_conflict', 'frequency_limit'].includes(row.skip_reason ?? '')) {
    violations.push(`${text} is a required notice`);
  }
  const isExempt = !type.respect_exclusion_windows && instance.respect_exclusion_windows !== true;
  if (isExempt !== (row.metadata?.legal_basis !== undefined)) {
    violations.push(`${text} carries the wrong legal basis`);
  }
  return [
    ...violations,
    ...outsideActiveDates(row, instance),
    ...repeatedInstance(row, input, output),
    ...unsettledConflicts(row, type, input, output),
  ];
}

function outsideActiveDates(row: ModelPlannedRow, instance: ModelCampaignInstance): string[] {
  if (row.status === 'skipped') return [];
  const day = row.scheduled_send_date;
  const { active_start_date: start, active_end_date: end } = instance;
  const isOutside = (start !== null && day < start) || (end !== null && day > end);
  return isOutside ? [`${textOfRow(row)} lies outside of its instance's dates`] : [];
}

function repeatedInstance(row: ModelPlannedRow, input: ModelInput, output: ModelOutput): string[] {
  const isOfSame = (one: ModelRow): boolean =>
    one.contact_id === row.contact_id && one.campaign_instance_id === row.campaign_instance_id;
  const settled = [...input.ledger, ...frozenRows(input)].filter(
    (one) => isOfSame(one) && one.status !== 'skipped',
  );
  const planned = output.rows.filter(isOfSame);
  return settled.length === 0 && planned.length === 1 ? [] : [`${textOfRow(row)} is not the only one`];
}

function unsettledConflicts(
  row: ModelPlannedRow,
  type: ModelCampaignType,
  input: ModelInput,
  output: ModelOutput,
): string[] {
  const others = [...input.ledger, ...output.rows].filter(
    (one) =>
      one.contact_id === row.contact_id &&
      one.scheduled_send_date === row.scheduled_send_date &&
      one.email_type.startsWith('campaign_') &&
      !isOfTransactionalType(one, input) &&
      textOfRow(one) !== textOfRow(row),
  );
  if (row.skip_reason === 'campaign_conflict') {
    const isNamed = others.some((one) => textOfRow(one) === row.metadata?.winner);
    return isNamed ? [] : [`${textOfRow(row)} names no winner`];
  }
  const isConflict = others.some((one) => !['skipped', 'cancelled', 'failed'].includes(one.status));
  return row.status === 'pre-scheduled' && !type.transactional && isConflict
    ? [`${textOfRow(row)} is one of two campaign mails of its day`]
    : [];
}

function isOfTransactionalType(row: ModelRow, input: ModelInput): boolean {
  if (input.campaigns === undefined) return row.email_type === 'campaign_regulatory_notice';
  const names = input.campaigns.types.filter((type) => type.transactional).map((type) => type.name);
  return names.includes(row.email_type.slice('campaign_'.length));
}

function isUnsubscribed(email: string, input: ModelInput): boolean {
  const address = email.trim().toLowerCase();
  return input.suppressions.some((one) => one.address.trim().toLowerCase() === address);
}

function frozenRows(input: ModelInput): ModelRow[] {
  return input.planInForce.filter(
    (row) => row.scheduled_send_date >= input.today && row.scheduled_send_date < input.asOf,
  );
}

function repeatedOccurrences(input: ModelInput, output: ModelOutput): string[] {
  const frozen = frozenRows(input);
  const texts = [...input.ledger, ...frozen, ...output.missed, ...output.rows].map(textOfRow);
  const followUpsApart = texts.filter((text) => !text.includes(':followup_'));
  const seen = new Set<string>();
  const repeated: string[] = [];
  for (const text of followUpsApart) {
    if (seen.has(text)) repeated.push(`${text} occurs twice`);
    seen.add(text);
  }
  return repeated;
}

function tooFrequent(input: ModelInput, output: ModelOutput): string[] {
  const { max_mails: max, period_days: period } = input.config.frequency;
  if (!input.config.features.frequency_limit) return [];
  const violations: string[] = [];
  const frozen = frozenRows(input).filter(
    (row) => !input.ledger.some((settled) => textOfRow(settled) === textOfRow(row)),
  );
  const counted = [...input.ledger, ...frozen, ...output.rows].filter(
    (row) =>
      !['skipped', 'cancelled', 'failed'].includes(row.status) &&
      !row.email_type.startsWith('followup_') &&
      !isOfTransactionalType(row, input),
  );
  for (const row of output.rows) {
    if (row.status === 'skipped' || isOfTransactionalType(row, input)) continue;
    for (let offset = 0; offset < period; offset += 1) {
      const from = isoDate(dayNumber(row.scheduled_send_date) - offset);
      const to = isoDate(dayNumber(from) + period - 1);
      const within = counted.filter(
        (one) =>
          one.contact_id === row.contact_id &&
          from <= one.scheduled_send_date &&
          one.scheduled_send_date <= to,
      );
      if (within.length > max)
        violations.push(`${textOfRow(row)} is one of ${within.length} mails from ${from} to ${to}`);
    }
  }
  return violations;
}

function overfullDays(input: ModelInput, output: ModelOutput): string[] {
  if (!input.config.features.load_balancing) return [];
  const cap = dailyCap(input.contacts.length, input.config.load);
  const threshold = (cap * input.config.load.redistribute_above_percent) / 100;
  const violations: string[] = [];
  for (const row of output.rows) {
    if (row.status === 'skipped') continue;
    const isOverfull = (output.volumes[row.scheduled_send_date] ?? 0) > threshold;
    if (isOverfull !== row.over_cap) violations.push(`${textOfRow(row)} has the wrong flag`);
  }
  return violations;
}

/** SPEC 9: contacts read = planned + rejected + nothing due. */
function unbalancedBooks(input: ModelInput, output: ModelOutput): string[] {
  const isCandidate = (id: number): boolean => input.only === undefined || input.only.includes(id);
  const read = input.contacts.map((contact) => contact.id).filter(isCandidate);
  const planned = new Set(output.rows.map((row) => row.contact_id));
  const counted = [...planned, ...output.rejected.map((one) => one.contact_id), ...output.nothing_due];
  const byId = (left: number, right: number): number => left - right;
  return JSON.stringify(counted.sort(byId)) === JSON.stringify(read.sort(byId))
    ? []
    : ['the books do not balance'];
}

const MAILED = ['scheduled', 'processing', 'sent', 'delivered', 'unknown', 'bounced'];
const YEARLY_DISTANCE_DAYS = 300;

/** SPEC 2: an occurrence is mailed at most once, ever; so is an instance to one contact; 4: a birthday once in 300 days. */
export function mailedTwice(input: ModelInput): string[] {
  const byKey = new Map<string, ModelRow[]>();
  for (const row of input.ledger) {
    if (!MAILED.includes(row.status) || row.email_type.startsWith('followup_')) continue;
    const of = row.campaign_instance_id ?? row.email_type;
    const key = `${row.contact_id}:${of}`;
    byKey.set(key, [...(byKey.get(key) ?? []), row]);
  }
  const twice: string[] = [];
  for (const rows of byKey.values()) {
    rows.sort((left, right) => dayNumber(left.event_date) - dayNumber(right.event_date));
    rows.slice(1).forEach((row, index) => {
      const before = rows[index];
      if (before === undefined) return;
      const isAnniversary = ['birthday', 'effective_date'].includes(row.email_type);
      const distance = dayNumber(row.event_date) - dayNumber(before.event_date);
      const isRepeated =
        row.campaign_instance_id !== null ||
        distance === 0 ||
        (isAnniversary && distance < YEARLY_DISTANCE_DAYS);
      if (isRepeated) twice.push(`${textOfRow(before)} and ${textOfRow(row)}`);
    });
  }
  return twice;
}
