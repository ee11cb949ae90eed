/** What must hold of any plan, whatever made it (SPEC 4 to 9), asked of its rows with the model's plain functions. */
import { dayNumber } from '../model/calendar.ts';
import { judgeContact } from '../model/contacts.ts';
import { textOfRow } from '../model/identity.ts';
import { deadlineOfRow } from '../model/occurrences.ts';
import type { ModelInput, ModelOutput, ModelPlannedRow, ModelRow } from '../model/types.ts';
import { blockOn } from '../model/windows.ts';
import { dailyCapOf } from './expected-plan.ts';

/** Sentences about what is wrong; none when all is well. */
export function violationsOf(input: ModelInput, output: ModelOutput): string[] {
  return [
    ...output.rows.flatMap((row) => [...excludedDays(row, input), ...lateDays(row, input)]),
    ...repeatedOccurrences(input, output),
    ...tooManyInPeriod(input, output),
    ...overfullDays(input, output),
    ...missingContacts(input, output),
  ];
}

/** No mail on an excluded day. */
function excludedDays(row: ModelPlannedRow, input: ModelInput): string[] {
  if (row.status === 'skipped') return [];
  const contact = input.contacts.find(({ id }) => id === row.contact_id);
  const judgement = contact === undefined ? undefined : judgeContact(contact, input);
  if (judgement === undefined || !('contact' in judgement)) {
    return [`${textOfRow(row)} is planned for a contact that is rejected or gone`];
  }
  const block = blockOn(dayNumber(row.scheduled_send_date), judgement.contact, input);
  return block === null ? [] : [`${textOfRow(row)} lies on ${row.scheduled_send_date}: ${block.reason}`];
}

/** None before the first day, none after its deadline. */
function lateDays(row: ModelPlannedRow, input: ModelInput): string[] {
  const deadline = deadlineOfRow(row, input.config);
  const day = dayNumber(row.scheduled_send_date);
  if (day < dayNumber(input.asOf)) return [`${textOfRow(row)} lies before ${input.asOf}`];
  return deadline === null || day > deadline ? [`${textOfRow(row)} lies after its deadline`] : [];
}

/** None twice: not in the plan, not in plan and ledger. */
function repeatedOccurrences(input: ModelInput, output: ModelOutput): string[] {
  const settled = input.ledger.filter((row) => !isFollowUp(row));
  const texts = [...settled, ...frozenRows(input), ...output.rows].map(textOfRow);
  return texts.filter((text, index) => texts.indexOf(text) !== index).map((text) => `${text} is there twice`);
}

/** At most so many in any period, ledger included. */
function tooManyInPeriod(input: ModelInput, { rows }: ModelOutput): string[] {
  const { max_mails: max, period_days: period } = input.config.frequency;
  if (!input.config.features.frequency_limit) return [];
  const counted = [...input.ledger, ...frozenRows(input), ...rows].filter(
    (row) =>
      !['skipped', 'cancelled', 'failed'].includes(row.status) &&
      !isFollowUp(row) &&
      row.email_type !== 'campaign_regulatory_notice',
  );
  const daysOfContact = new Map<number, number[]>();
  for (const { contact_id: id, scheduled_send_date: day } of counted) {
    daysOfContact.set(id, [...(daysOfContact.get(id) ?? []), dayNumber(day)]);
  }
  return rows
    .filter(({ status }) => status === 'pre-scheduled')
    .flatMap((row) => {
      const day = dayNumber(row.scheduled_send_date);
      const days = daysOfContact.get(row.contact_id)!;
      const periods = Array.from({ length: period }, (_, offset) => day - offset);
      const isBroken = periods.some(
        (from) => days.filter((one) => from <= one && one < from + period).length > max,
      );
      return isBroken ? [`${textOfRow(row)} is one too many in ${period} days`] : [];
    });
}

/** The volume is under the threshold, or its mails are flagged. */
function overfullDays(input: ModelInput, { rows, volumes }: ModelOutput): string[] {
  if (!input.config.features.load_balancing) return [];
  const threshold = (dailyCapOf(input) * input.config.load.redistribute_above_percent) / 100;
  return rows
    .filter(
      (row) =>
        row.over_cap !==
        (row.status === 'pre-scheduled' && (volumes[row.scheduled_send_date] ?? 0) > threshold),
    )
    .map((row) => `${textOfRow(row)} on ${row.scheduled_send_date} has the wrong flag`);
}

/** Every contact is planned, rejected, or has nothing due; none is two of these. */
function missingContacts(
  input: ModelInput,
  { rows, rejected, nothing_due: nothingDue }: ModelOutput,
): string[] {
  const told = [
    ...new Set(rows.map((row) => row.contact_id)),
    ...rejected.map((row) => row.contact_id),
    ...nothingDue,
  ].sort((a, b) => a - b);
  const read = input.contacts
    .map(({ id }) => id)
    .filter((id) => input.only?.includes(id) ?? true)
    .sort((a, b) => a - b);
  return JSON.stringify(told) === JSON.stringify(read) ? [] : ['contacts are lost, or counted twice'];
}

function frozenRows(input: ModelInput): ModelRow[] {
  const settled = new Set(input.ledger.map(textOfRow));
  return input.planInForce.filter(
    (row) =>
      row.scheduled_send_date >= input.today &&
      row.scheduled_send_date < input.asOf &&
      !settled.has(textOfRow(row)),
  );
}

function isFollowUp({ email_type: type }: ModelRow): boolean {
  return type.startsWith('followup_');
}
