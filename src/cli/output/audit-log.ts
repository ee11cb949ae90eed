/** The answer of `audit-log`, for people and for programs. */
import type { AuditLog, describeAuditLog, LoggedChange } from '../../db/audit-log.ts';
import { onOneLine } from './contact-description.ts';
import { momentText } from './time-text.ts';
import { wrap } from './wrap.ts';

interface Owner {
  readonly name: string;
  readonly timeZone: string;
}

const VERBS: Readonly<Record<string, string>> = {
  add: 'added',
  change: 'changed',
  remove: 'removed',
  delete: 'deleted',
  restore: 'restored',
  import: 'imported',
  create: 'created',
  retry: 'retried',
  set: 'set',
  pause: 'paused',
  resume: 'resumed',
};
/** As audited_target of migration 0005 writes it. */
const MARK = /"#[0-9a-f]{8}"/;

export function auditLogText(
  { name, timeZone }: Owner,
  { entries, omitted, hasOlder, typeNames }: AuditLog,
): string {
  const isMarked = entries.some((entry) => MARK.test(`${entry.old ?? ''}${entry.new ?? ''}`));
  return [
    `Audit log of ${name}, newest first (${timeZone})`,
    ...changesIn(entries).flatMap((change) => [
      changeText(change, timeZone, typeNames),
      ...omittedLine(omitted.get(change.at(-1)!.id)),
    ]),
    ...(isMarked
      ? [
          wrap(
            '#… stands for a value that may be personal and is not in the log; the same mark is the same value.',
            '',
            '  ',
          ),
        ]
      : []),
    ...(hasOlder
      ? ['There are older entries: --limit shows more of them, --to DATE begins with an older day.']
      : []),
  ].join('\n');
}

function omittedLine(count: number | undefined): string[] {
  if (count === undefined) return [];
  return [`… and ${count.toLocaleString('en-US')} more of this moment (\`--json\` has all)`];
}

/** Several fields of one thing that changed at once have an entry each, and are told together. */
function changesIn(entries: readonly LoggedChange[]): LoggedChange[][] {
  const changes: LoggedChange[][] = [];
  for (const entry of entries) {
    const latest = changes.at(-1);
    if (latest !== undefined && isSameChange(latest[0]!, entry)) latest.push(entry);
    else changes.push([entry]);
  }
  return changes;
}

function isSameChange(one: LoggedChange, other: LoggedChange): boolean {
  return (
    other.field !== null &&
    one.at.getTime() === other.at.getTime() &&
    one.actor === other.actor &&
    one.entity === other.entity &&
    one.entityId === other.entityId &&
    one.action === other.action
  );
}

function changeText(
  entries: readonly LoggedChange[],
  timeZone: string,
  typeNames: AuditLog['typeNames'],
): string {
  const [{ at, action, actor }] = entries as [LoggedChange];
  const head = `${momentText(at, timeZone)}  ${VERBS[action] ?? onOneLine(action)} ${thingText(entries[0]!)}, by ${onOneLine(actor)}`;
  // Oldest of them last, as fields are in order within a change.
  const fields = [...entries].reverse().flatMap((entry) => fieldTexts(entry, typeNames));
  return [wrap(head, '', '    '), ...fields.map((text) => wrap(text, '    ', '      '))].join('\n');
}

function thingText({ entity, entityId, name }: LoggedChange): string {
  const kind = entity.replaceAll('_', ' ');
  if (entityId === null) return kind;
  const named = name === null ? '' : ` (${onOneLine(name)})`;
  if (entity === 'target') {
    const [instanceId, contactId] = entityId.split(':');
    return `target: contact ${contactId ?? ''} of campaign instance ${instanceId ?? ''}${named}`;
  }
  if (entity === 'suppression') return `suppression of the address with hash ${entityId.slice(0, 12)}…`;
  return `${kind} ${onOneLine(entityId)}${named}`;
}

function fieldTexts({ field, old, new: now }: LoggedChange, typeNames: AuditLog['typeNames']): string[] {
  const textOf = (key: string, value: string | null): string => {
    const type = key === 'campaign_type_id' ? typeNames.get(value ?? '') : undefined;
    return `${valueText(value)}${type === undefined ? '' : ` (${type})`}`;
  };
  if (field !== null) return [`${field}: ${textOf(field, old)} → ${textOf(field, now)}`];
  return [old, now].flatMap((text) => (text === null ? [] : [fieldsText(text, textOf)]));
}

/** The fields of a row that came or went, or what a command did: those that say something. */
function fieldsText(text: string, textOf: (key: string, value: string) => string): string {
  const fields = parsed(text);
  if (fields === null) return onOneLine(text);
  return Object.entries(fields)
    .filter(([key, value]) => key !== 'created_at' && value !== null && JSON.stringify(value) !== '{}')
    .map(
      ([key, value]) => `${key}: ${textOf(key, typeof value === 'string' ? value : JSON.stringify(value))}`,
    )
    .join(', ');
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function valueText(text: string | null): string {
  return text === null || text === '' ? 'none' : onOneLine(text);
}

/** Nothing fits what was asked for: what there is. */
export function noEntryText(
  { name }: Owner,
  { entities, actors }: Awaited<ReturnType<typeof describeAuditLog>>,
): string {
  if (entities.length === 0) return `The audit log of ${name} is empty.`;
  return [
    `No entry of the audit log of ${name} fits.`,
    wrap(`It has entries of: ${entities.join(', ')}`, '', '  '),
    wrap(`by: ${actors.map(onOneLine).join(', ')}`, '', '  '),
  ].join('\n');
}

export function auditLogJson({ name, timeZone }: Owner, { entries, hasOlder }: AuditLog): unknown {
  return { organization: name, timeZone, entries, hasOlder };
}
