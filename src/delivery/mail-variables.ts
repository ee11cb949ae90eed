/** What a template can say of a mail, and how it is made of what is stored. */
import type { Configuration } from '../domain/configuration.ts';

/** Text, numbers, lists and mappings; nothing that is null or blank. */
export interface FreeVariables {
  readonly [name: string]: FreeVariable;
}

type FreeVariable = string | number | boolean | readonly FreeVariable[] | FreeVariables;

/** What is not known of a contact is absent: a template that needs it fails, one with a `default` does not. */
export interface ContactVariables {
  readonly first_name?: string;
  readonly last_name?: string;
  readonly state?: string;
  readonly zip_code?: string;
  /** YYYY-MM-DD, as every day here. */
  readonly birth_date?: string;
  readonly effective_date?: string;
  readonly attributes: FreeVariables;
}

export interface SenderVariables {
  /** `Acme Insurance` of `Acme Insurance <mail@acme.example>`. */
  readonly name?: string;
  /** The address alone. */
  readonly from: string;
  readonly reply_to?: string;
  readonly postal_address: string;
}

/** Of a mail that belongs to a campaign. */
export interface CampaignVariables {
  readonly name: string;
  readonly type: string;
  readonly metadata: FreeVariables;
}

export interface MailVariables {
  readonly contact: ContactVariables;
  readonly organization: { readonly name: string };
  readonly sender: SenderVariables;
  readonly mail: {
    /** The e-mail type. */
    readonly type: string;
    readonly event_date: string;
    readonly send_date: string;
    readonly campaign?: CampaignVariables;
    /** Of a follow-up: the mail that it follows. */
    readonly follows?: { readonly type: string; readonly sent_on: string };
  };
  readonly links: { readonly unsubscribe: string };
}

/** A contact's columns as they are stored. */
export interface StoredContact {
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly state: string | null;
  readonly zip_code: string | null;
  readonly birth_date: string | null;
  readonly effective_date: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export function contactVariables({ attributes, ...columns }: StoredContact): ContactVariables {
  const known = {
    first_name: asLine(columns.first_name),
    last_name: asLine(columns.last_name),
    state: asLine(columns.state),
    zip_code: asLine(columns.zip_code),
    birth_date: asLine(columns.birth_date),
    effective_date: asLine(columns.effective_date),
  };
  return { ...withoutAbsent(known), attributes: freeVariables(attributes) };
}

/** Stands where the configuration has no sender yet: nobody can take it for one. */
const NO_SENDER_ADDRESS = 'SENDER-IS-NOT-SET@example.invalid';
const NO_POSTAL_ADDRESS = '[POSTAL ADDRESS IS NOT SET]';

export function senderVariables({ from, replyTo, postalAddress }: Configuration['sender']): SenderVariables {
  const { name, address } = mailboxParts(from ?? NO_SENDER_ADDRESS);
  return {
    ...withoutAbsent({ name, reply_to: replyTo === null ? undefined : mailboxParts(replyTo).address }),
    from: address,
    postal_address: postalAddress?.trim() ?? NO_POSTAL_ADDRESS,
  };
}

/** A JSON object without what is null or blank, and without characters that no mail should have. */
export function freeVariables(json: Readonly<Record<string, unknown>>): FreeVariables {
  const entries = Object.entries(json).map(([name, value]) => [name, freeVariable(value)] as const);
  return Object.fromEntries(
    entries.filter((entry): entry is [string, FreeVariable] => entry[1] !== undefined),
  );
}

function freeVariable(value: unknown): FreeVariable | undefined {
  if (typeof value === 'string') return asText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(freeVariable).filter((each) => each !== undefined);
  return typeof value === 'object' && value !== null
    ? freeVariables(value as Record<string, unknown>)
    : undefined;
}

/** Control characters but tab and line feed, and those that turn the direction of the text around them. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const UNWANTED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** `undefined`: there is nothing in it. */
function asText(value: string): string | undefined {
  const text = value.replace(/\r\n?/g, '\n').replace(UNWANTED, '').trim();
  return text === '' ? undefined : text;
}

function asLine(value: string | null): string | undefined {
  return value === null ? undefined : asText(value.replace(/\s+/g, ' '));
}

function mailboxParts(mailbox: string): { readonly name: string | undefined; readonly address: string } {
  const [, name = '', address = mailbox] = /^([^<>]*)<([^<>]*)>$/.exec(mailbox) ?? [];
  return { name: asLine(name.replace(/^\s*"|"\s*$/g, '')), address: address.trim() };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function withoutAbsent<T extends Record<string, unknown>>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>;
}
