/** SPEC 3: what of a contact can be used, or why it is rejected. */

import { bookOf } from './book.ts';
import type { Book } from './book.ts';
import { dayNumber, parseDate } from './calendar.ts';
import { campaignOccurrences } from './campaigns.ts';
import type { KnownContact } from './known-contact.ts';
import type { ModelContact, ModelInput, ModelSuppression } from './types.ts';

export type Judgement = { contact: KnownContact } | { rejected: string };

const STATES = new Set(
  (
    'AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND ' +
    'OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR VI GU AS MP FM MH PW AA AE AP'
  ).split(' '),
);

/** The HTML standard's rule for an e-mail address. */
const EMAIL =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/;
const LONGEST_EMAIL = 254;

/** "The first of these reasons that applies, in this order, is the contact's." */
export function judgeContact(contact: ModelContact, input: ModelInput, book?: Book): Judgement {
  const email = trimmed(contact.email);
  if (email === null) return { rejected: 'missing_email' };
  if (!isWellFormed(email)) return { rejected: 'invalid_email' };
  if (isSuppressed(email, 'all', input.suppressions)) return { rejected: 'suppressed' };
  const isTransactionalOnly = isSuppressed(email, 'marketing', input.suppressions);
  if (isTransactionalOnly && !hasTransactionalOccurrence(contact, input, book ?? bookOf(input))) {
    return { rejected: 'suppressed' };
  }
  const states = statesOf(contact, input.zipStates);
  if (states.length === 0) return { rejected: 'unknown_state' };
  const asOf = dayNumber(input.asOf);
  const birthDay = usableDate(contact.birth_date);
  return {
    contact: {
      id: contact.id,
      states,
      birthDay: birthDay !== null && birthDay > asOf ? null : birthDay,
      effectiveDay: usableDate(contact.effective_date),
      isTransactionalOnly,
    },
  };
}

function trimmed(value: string | null): string | null {
  const text = (value ?? '').trim();
  return text === '' ? null : text;
}

function isWellFormed(email: string): boolean {
  const domain = email.slice(email.lastIndexOf('@') + 1);
  return email.length <= LONGEST_EMAIL && EMAIL.test(email) && domain.includes('.');
}

function hasTransactionalOccurrence(contact: ModelContact, input: ModelInput, book: Book): boolean {
  return campaignOccurrences(contact.id, input, book).some((one) => one.campaign?.isTransactional === true);
}

function isSuppressed(
  email: string,
  scope: ModelSuppression['scope'],
  suppressions: ModelSuppression[],
): boolean {
  const address = email.toLowerCase();
  for (const suppression of suppressions) {
    if (suppression.scope === scope && suppression.address.trim().toLowerCase() === address) return true;
  }
  return false;
}

function statesOf(contact: ModelContact, zipStates: Record<string, string>): string[] {
  const states: string[] = [];
  const ofZip = stateOfZip(trimmed(contact.zip_code), zipStates);
  const stored = usableState(trimmed(contact.state));
  if (ofZip !== null) states.push(ofZip);
  if (stored !== null && stored !== ofZip) states.push(stored);
  return states;
}

function stateOfZip(zip: string | null, zipStates: Record<string, string>): string | null {
  if (zip === null || !/^\d{5}(-?\d{4})?$/.test(zip)) return null;
  return usableState(zipStates[zip.slice(0, 5)] ?? null);
}

function usableState(state: string | null): string | null {
  if (state === null) return null;
  const upper = state.toUpperCase();
  return STATES.has(upper) ? upper : null;
}

function usableDate(value: string | null): number | null {
  const text = trimmed(value);
  const day = text === null ? null : parseDate(text);
  if (day === null) return null;
  if (day <= dayNumber('1900-01-01') || day > dayNumber('2199-12-31')) return null;
  if (day === dayNumber('1970-01-01')) return null;
  return day;
}
