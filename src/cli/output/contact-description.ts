/** The answer of `contacts show`, for people and for programs. */
import { formatDay } from '../../domain/calendar.ts';
import { contactFields, type HistoryEvent, type ValueChange } from '../contact-history.ts';
import type { ContactDescription } from '../describe-contact.ts';
import { camelKeys } from './camel-keys.ts';
import { dateText, NO_MARKETING, rejectionText, stateText } from './contact-text.ts';
import { fieldList } from './field-list.ts';
import { momentText } from './time-text.ts';
import { wrap } from './wrap.ts';

export function contactDescriptionText(description: ContactDescription): string {
  const sections =
    description.record.deletedAt === null
      ? [fieldsSection(description), planningSection(description), suppressionsSection(description)]
      : [keptSection(description)];
  return [[headline(description)], ...sections, targetsSection(description), historySection(description)]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headline({ organization, record: { id, values, deletedAt } }: ContactDescription): string {
  const name = values.external_id === null ? String(id) : `${onOneLine(values.external_id)} (id ${id})`;
  const deleted = deletedAt === null ? '' : `, deleted ${momentText(deletedAt, organization.timeZone)}`;
  return `Contact ${name} of ${organization.name}${deleted}`;
}

function fieldsSection({ record, organization, addition }: ContactDescription): string[] {
  const fields = contactFields(record.values).map(
    ([field, value]) => [`  ${label(field)}`, valueText(value)] as const,
  );
  const by = addition.by === null ? '' : `, by ${onOneLine(addition.by)}`;
  return [fieldList([...fields, ['  added', `${momentText(addition.at, organization.timeZone)}${by}`]])];
}

function planningSection({ contact, trace, today }: ContactDescription): string[] {
  if (trace === null) return [];
  const which = contact.suppression === 'marketing' ? `; ${NO_MARKETING}` : '';
  const result =
    trace.rejection === null
      ? `it is planned${which}`
      : `rejected: ${rejectionText(trace.rejection, contact.suppression)}`;
  return [
    `Planning, as of ${formatDay(today)}`,
    fieldList([
      ['  result', result],
      ['  state', stateText(contact, trace)],
      ['  birth date', dateText('birth_date', contact.birthDay, trace)],
      ['  effective date', dateText('effective_date', contact.effectiveDay, trace)],
    ]),
  ];
}

function suppressionsSection({ suppressions, organization }: ContactDescription): string[] {
  if (suppressions.length === 0) return [];
  const lines = suppressions.map(({ scope, reason, createdAt }) => {
    const what = scope === 'all' ? 'nothing is sent to it' : 'no marketing is sent to it';
    const since = momentText(createdAt, organization.timeZone);
    return wrap(`${scope}: ${what}, since ${since}; reason: ${onOneLine(reason)}`, '  ', '    ');
  });
  return ['Its address is suppressed', ...lines];
}

/** Of a deleted contact. */
function keptSection(description: ContactDescription): string[] {
  const { record, keptStates, keptDates, settledMails } = description;
  if (record.values.external_id !== null) {
    return [
      wrap(
        `It was marked as deleted by another program, and what is personal is still there: \`npx email-scheduler contacts delete id:${record.id} --organization ${description.organization.name}\` removes it.`,
        '  ',
        '  ',
      ),
    ];
  }
  return [
    'What is kept, for the proof of what it was sent',
    fieldList([
      ['  its id', String(record.id)],
      ['  external id', 'a keyed hash: imported again, the contact has its id and its mails again'],
      ['  states', keptStates.length === 0 ? 'none was known' : keptStates.join(', ')],
      ['  birth date', keptDates.birth_date ?? 'was missing'],
      ['  effective date', keptDates.effective_date ?? 'was missing'],
      ['  settled mails', `${settledMails}, in the ledger`],
    ]),
  ];
}

function targetsSection({ targets }: ContactDescription): string[] {
  if (targets.length === 0) return [];
  const lines = targets.map((target) => {
    const { instance, instanceId, type, instanceStatus, triggerDate, status, reason, sendDate } = target;
    const trigger = triggerDate === null ? 'no trigger date' : `trigger ${triggerDate}`;
    const mail = sendDate === null ? '' : `, mail of ${sendDate}`;
    const outcome = status === null ? '' : `: ${status}${reason === null ? '' : ` (${reason})`}${mail}`;
    return wrap(
      `${instance} (instance ${instanceId}, ${type}, ${instanceStatus}), ${trigger}${outcome}`,
      '  ',
      '    ',
    );
  });
  return ['Target of campaigns', ...lines];
}

function historySection({ history, organization, addition }: ContactDescription): string[] {
  const by = addition.by === null ? '' : ` by ${onOneLine(addition.by)}`;
  return [
    `History, newest first (${organization.timeZone})`,
    ...history.flatMap((event) => eventLines(event, organization.timeZone)),
    `  ${momentText(addition.at, organization.timeZone)}  added${by}`,
  ];
}

function eventLines({ action, at, by, changes, isErased }: HistoryEvent, timeZone: string): string[] {
  const erased = isErased && action !== 'deleted' ? '; the values went with a later deletion' : '';
  return [
    `  ${momentText(at, timeZone)}  ${action} by ${onOneLine(by)}${erased}`,
    ...valueChangeLines(changes, '    '),
  ];
}

/** `birth date: 1950-02-03 → 1950-03-02`. */
export function valueChangeLines(changes: readonly ValueChange[], indent: string): string[] {
  return changes.map(({ field, old, new: now }) =>
    wrap(`${label(field)}: ${valueText(old)} → ${valueText(now)}`, indent, `${indent}  `),
  );
}

function label(field: string): string {
  if (field === 'email') return 'e-mail address';
  if (field === 'zip_code') return 'ZIP code';
  return field.startsWith('attributes.') ? onOneLine(field.replace('.', ' ')) : field.replaceAll('_', ' ');
}

function valueText(value: string | null): string {
  return value === null ? 'none' : onOneLine(value);
}

/** Nothing that would steer the terminal. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\p{C}/gu, '?');
}

export function contactDescriptionJson(description: ContactDescription): unknown {
  const { organization, record, trace, today, suppressions, targets, history, addition } = description;
  const isErased = record.deletedAt !== null && record.values.external_id === null;
  return {
    organization: organization.name,
    contact: {
      id: record.id,
      ...camelKeys(record.values),
      deletedAt: record.deletedAt,
      addedAt: addition.at,
      addedBy: addition.by,
    },
    planning: trace === null ? null : { asOf: formatDay(today), ...trace, ignoredDates: ignoredDates(trace) },
    suppressions: suppressions.map(({ scope, reason, createdAt }) => ({ scope, reason, createdAt })),
    targets,
    settledMails: description.settledMails,
    kept: isErased ? { states: description.keptStates, ...camelKeys(description.keptDates) } : null,
    history,
  };
}

function ignoredDates({ ignoredDates: dates }: NonNullable<ContactDescription['trace']>): unknown {
  return dates.map(({ name, day, reason }) => ({ name, date: formatDay(day), reason }));
}
