/**
 * Metadata of instances and targets: free JSON, in which some keys mean something (SPEC 15). It is kept as the text in
 * which it was given, so that no number in it is rounded.
 */
import type { Finding } from '../../contracts/finding.ts';
import { parseDurationSeconds } from '../../domain/duration.ts';
import { isStorableObject } from '../csv-file/json-object.ts';
import { templateName, wholeNumber, type FieldKind } from './kinds.ts';
import type { Given, ReadFields } from './read-fields.ts';

const MAX_METADATA_BYTES = 16_384;
const FOLLOW_UP_TYPES = [
  'followup_1_cold',
  'followup_2_clicked_no_hq',
  'followup_3_hq_no_yes',
  'followup_4_hq_with_yes',
] as const;

export const DAYS_BEFORE_EVENT = wholeNumber(-365, 365);
export const PRIORITY = wholeNumber(0, 1000);

const SECONDS_AT_MOST = parseDurationSeconds('30d')!;

const FOLLOW_UP_DELAY: FieldKind = {
  allowed: 'a duration such as 2d, 3h, 90m or 30s, from 1s to 30d',
  isAllowed: (value) => {
    const seconds = typeof value === 'string' ? parseDurationSeconds(value) : null;
    return seconds !== null && seconds >= 1 && seconds <= SECONDS_AT_MOST;
  },
};

const TEMPLATES = { email_template: templateName, sms_template: templateName };
const OF_INSTANCE = {
  days_before_event: DAYS_BEFORE_EVENT,
  priority: PRIORITY,
  ...TEMPLATES,
  followup_delay: FOLLOW_UP_DELAY,
};

export interface ReadMetadata {
  /** A JSON object for PostgreSQL; of use only if there are no findings. */
  readonly text: string;
  /** Paths begin below the metadata. */
  readonly findings: readonly Finding[];
}

/** @param given a JSON text, or what a JSON or YAML text was read as */
export function readInstanceMetadata(given: unknown): ReadMetadata {
  return readMetadata(given, (metadata) => [
    ...checkKeys(OF_INSTANCE, metadata),
    ...checkFollowUpTemplates(metadata['followup_templates']),
  ]);
}

/** As `readInstanceMetadata`. */
export function readTargetMetadata(given: unknown): ReadMetadata {
  return readMetadata(given, (metadata) => checkKeys(TEMPLATES, metadata));
}

/** Reads the field `metadata` beside the others, if it was given; `null` empties it. */
export function withMetadata<Row extends { readonly metadata: string }>(
  { fields, findings }: ReadFields<Row>,
  given: Given,
  read: (metadata: unknown) => ReadMetadata,
): ReadFields<Row> {
  if (given['metadata'] === undefined) return { fields, findings };
  const metadata = read(given['metadata'] ?? {});
  const placed = metadata.findings.map((finding) => ({ ...finding, path: ['metadata', ...finding.path] }));
  return { fields: { ...fields, metadata: metadata.text }, findings: [...findings, ...placed] };
}

function readMetadata(given: unknown, check: (metadata: Mapping) => readonly Finding[]): ReadMetadata {
  const text = typeof given === 'string' ? given : JSON.stringify(given);
  const refuse = (allowed: string): ReadMetadata => ({
    text,
    findings: [{ path: [], value: given, allowed }],
  });
  if (!isFinite(given) || !isStorableObject(text)) {
    return refuse('a JSON object such as {"email_template": "spring"}');
  }
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > MAX_METADATA_BYTES) {
    return refuse(`at most ${MAX_METADATA_BYTES} bytes as JSON text (it has ${sizeBytes})`);
  }
  return { text, findings: check(JSON.parse(text) as Mapping) };
}

type Mapping = Readonly<Record<string, unknown>>;

/** YAML has numbers that JSON has not, and would become null in it. */
function isFinite(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value !== 'object' || value === null || Object.values(value).every(isFinite);
}

function checkKeys(kinds: Readonly<Record<string, FieldKind>>, values: Mapping): Finding[] {
  return Object.entries(kinds).flatMap(([key, { allowed, isAllowed }]) => {
    if (!Object.hasOwn(values, key) || isAllowed(values[key])) return [];
    return [{ path: [key], value: values[key], allowed: `${allowed}; leave the key out for none` }];
  });
}

function checkFollowUpTemplates(templates: unknown): Finding[] {
  if (templates === undefined) return [];
  const path = ['followup_templates'];
  const types = `the keys ${FOLLOW_UP_TYPES.join(', ')}`;
  if (typeof templates !== 'object' || templates === null || Array.isArray(templates)) {
    return [{ path, value: templates, allowed: `a mapping of template names with ${types}` }];
  }
  return Object.entries(templates).flatMap(([type, name]): Finding[] => {
    const place = [...path, type];
    if (!(FOLLOW_UP_TYPES as readonly string[]).includes(type)) {
      return [{ path: place, value: type, allowed: types, isUnknownKey: true }];
    }
    if (templateName.isAllowed(name)) return [];
    return [{ path: place, value: name, allowed: templateName.allowed }];
  });
}
