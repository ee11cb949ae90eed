/** The fields of a campaign instance, for people: what it has of its own, and what of its type. */
import type { ListedInstance } from '../../db/queries/list-campaign-instances.ts';
import type { TargetsByMail } from '../../db/preview/without-mail.ts';
import { formatDay } from '../../domain/calendar.ts';
import { dayAt } from '../../domain/time-zone.ts';
import { fieldText } from './campaign-change.ts';
import { idealDateText, windowsText } from './campaign-types.ts';

type Field = readonly [label: string, text: string];
type Overrides = Readonly<Record<string, unknown>>;

/** @param targetsByMail whom it is for */
export function instanceFields(
  instance: ListedInstance,
  targetsByMail: TargetsByMail,
  timeZone: string,
): readonly Field[] {
  const { of_type: type } = instance;
  const overrides = JSON.parse(instance.metadata) as Overrides;
  return [
    ['Type', type.active ? instance.type : `${instance.type}, which is inactive: nothing of it is planned`],
    ['Status', type.active ? STATUS_TEXTS[instance.status] : instance.status],
    ['Dates', datesText(instance)],
    ...windowFields(instance),
    followUpsField(instance),
    idealDateField(instance, overrides, timeZone),
    priorityField(instance, overrides),
    ...templateFields(instance, overrides),
    ...followUpMailsFields(overrides),
    ...otherFields(overrides),
    ['Targets', targetsText(instance, targetsByMail)],
  ];
}

const STATUS_TEXTS = {
  draft: 'draft: nothing of it is planned yet',
  active: 'active: planned and sent',
  paused: 'paused: planned and not sent',
  ended: 'ended: nothing more of it is planned',
} as const;

function datesText({ active_start_date: start, active_end_date: end }: ListedInstance): string {
  if (start === null && end === null) return 'open at both ends';
  return [start === null ? 'open' : `from ${start}`, end === null ? 'without end' : `until ${end}`].join(' ');
}

function windowFields({ respect_exclusion_windows: own, of_type: type }: ListedInstance): Field[] {
  const respects = own ?? type.respect_exclusion_windows;
  const basis: Field[] =
    respects || type.legal_basis === null ? [] : [['Legal basis', `${type.legal_basis} (of the type)`]];
  return [['Windows', `${windowsText(respects)}${source(own === null)}`], ...basis];
}

function followUpsField({ enable_followups: own, of_type: type }: ListedInstance): Field {
  const text = (own ?? type.enable_followups) ? 'are followed up' : 'are not followed up';
  return ['Follow-ups', `its mails ${text}${source(own === null)}`];
}

function source(isOfType: boolean): string {
  return isOfType ? ' (of the type)' : ' (its own)';
}

function idealDateField(instance: ListedInstance, overrides: Overrides, timeZone: string): Field {
  const ofType = instance.of_type.days_before_event;
  const { days_before_event: own } = overrides;
  const text = `${idealDateText(Number(own ?? ofType))}${metadataSource(own, ofType)}`;
  return ['Ideal date', `${withoutTriggerText(instance, timeZone)}${text}`];
}

/** A contact without a trigger date of its own goes by the start of an all-contacts instance (SPEC 6). */
function withoutTriggerText(
  { of_type: type, active_start_date: start, created_at: createdAt }: ListedInstance,
  timeZone: string,
): string {
  if (!type.target_all_contacts) return '';
  const day =
    start === null
      ? `${formatDay(dayAt(Number(createdAt), timeZone))}, when it was added`
      : `${start}, its first day`;
  return `${day}; of a contact with a trigger date of its own: `;
}

function priorityField({ of_type: type }: ListedInstance, { priority: own }: Overrides): Field {
  return ['Priority', `${Number(own ?? type.priority)}${metadataSource(own, type.priority)}`];
}

function metadataSource(own: unknown, ofType: number): string {
  return own === undefined ? ' (of the type)' : ` (its metadata; the type has ${ofType})`;
}

function templateFields(instance: ListedInstance, overrides: Overrides): Field[] {
  const { email_template: email, sms_template: sms } = overrides;
  const byType = `campaign_${instance.type} (named like the e-mail type)`;
  return [
    ['E-mail template', templateText(email, instance.email_template, byType)],
    ['SMS template', templateText(sms, instance.sms_template, 'none')],
  ];
}

function templateText(ofMetadata: unknown, own: string | null, otherwise: string): string {
  return typeof ofMetadata === 'string' ? `${ofMetadata} (its metadata)` : (own ?? otherwise);
}

function followUpMailsFields({ followup_delay: delay, followup_templates: templates }: Overrides): Field[] {
  const texts = [
    ...(delay === undefined ? [] : [`after ${fieldText(delay)}`]),
    ...Object.entries((templates ?? {}) as Overrides).map(
      ([type, name]) => `${type} by template ${fieldText(name)}`,
    ),
  ];
  return texts.length === 0 ? [] : [['Follow-up mails', texts.join('; ')]];
}

const SHOWN_KEYS: readonly string[] = [
  'days_before_event',
  'priority',
  'email_template',
  'sms_template',
  'followup_templates',
  'followup_delay',
];

function otherFields(overrides: Overrides): Field[] {
  const keys = Object.keys(overrides).filter((key) => !SHOWN_KEYS.includes(key));
  return keys.length === 0 ? [] : [['Other metadata', keys.join(', ')]];
}

function targetsText(
  { targets, targets_without_trigger: withoutTrigger, of_type: type }: ListedInstance,
  { contacts }: TargetsByMail,
): string {
  const number = (count: number): string => count.toLocaleString('en-US');
  if (!type.target_all_contacts) return number(targets);
  const start = withoutTrigger === 0 ? '' : `, ${number(withoutTrigger)} of them without a trigger date`;
  return `every contact (${number(contacts)}): ${number(targets)} with a target row${start}, ${number(contacts - targets)} without one`;
}
