/** What each change of a contact changed, from what to what. */
import type { ContactRecord, ContactValues, FormerContact } from '../db/contact-record.ts';

export interface ValueChange {
  readonly field: string;
  /** Text, or JSON of attributes; `null`: none. */
  readonly old: string | null;
  readonly new: string | null;
}

export interface HistoryEvent {
  readonly action: 'changed' | 'deleted' | 'restored';
  readonly at: Date;
  readonly by: string;
  readonly changes: readonly ValueChange[];
  /** The contact was deleted afterwards: what was personal about the change is gone. */
  readonly isErased: boolean;
}

/** Every field that a contact has. */
export function contactFields({
  attributes,
  ...values
}: ContactValues): (readonly [string, string | null])[] {
  const text = JSON.stringify(attributes);
  return [
    ...Object.entries(values as Record<string, string | null>),
    ['attributes', text === '{}' ? null : text],
  ];
}

/** Single attributes are named as such: `attributes.agent`. */
export function valueChanges(before: ContactValues, after: ContactValues): ValueChange[] {
  const old = new Map(namedValues(before));
  const now = new Map(namedValues(after));
  return [...new Set([...old.keys(), ...now.keys()])]
    .map((field) => ({ field, old: old.get(field) ?? null, new: now.get(field) ?? null }))
    .filter((change) => change.old !== change.new);
}

function namedValues({ attributes, ...values }: ContactValues): [string, string | null][] {
  const single = Object.entries(attributes).map(([key, value]): [string, string] => [
    `attributes.${key}`,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return [...Object.entries(values as Record<string, string | null>), ...single];
}

interface Version {
  readonly values: ContactValues;
  readonly deletedAt: Date | null;
  readonly isErased: boolean;
}

/**
 * Newest first. Changes of one transaction are one event.
 * @param former oldest first
 */
export function historyEvents(former: readonly FormerContact[], current: ContactRecord): HistoryEvent[] {
  const events: HistoryEvent[] = [];
  former.forEach((version, index) => {
    const next = former[index + 1];
    if (next !== undefined && isSameChange(version, next)) return;
    const first = former.findIndex((other) => isSameChange(version, other));
    events.push(eventOf(former[first]!, version, next ?? { ...current, states: null }));
  });
  return events.reverse();
}

function isSameChange(one: FormerContact, other: FormerContact): boolean {
  return one.changedAt.getTime() === other.changedAt.getTime() && one.changedBy === other.changedBy;
}

function eventOf(
  before: FormerContact,
  { changedAt: at, changedBy: by }: FormerContact,
  next: Pick<FormerContact, 'values' | 'deletedAt' | 'states'>,
): HistoryEvent {
  const old = versionOf(before);
  const now = versionOf(next);
  const isErased = old.isErased || now.isErased;
  if (old.deletedAt === null && now.deletedAt !== null) {
    return { action: 'deleted', at, by, changes: [], isErased: old.isErased };
  }
  return {
    action: old.deletedAt !== null && now.deletedAt === null ? 'restored' : 'changed',
    at,
    by,
    // Of erased versions, only what is kept can be compared: the dates.
    changes: valueChanges(old.values, now.values).filter(({ field }) => !isErased || isKept(field)),
    isErased,
  };
}

function versionOf({
  values,
  deletedAt,
  states,
}: Pick<FormerContact, 'values' | 'deletedAt' | 'states'>): Version {
  return { values, deletedAt, isErased: states !== null };
}

function isKept(field: string): boolean {
  return field === 'birth_date' || field === 'effective_date';
}
