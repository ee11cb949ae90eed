/** Contacts as planning sees them, and whether they can be planned at all (SPEC 3). */
import { dayNumber, type DayNumber } from './calendar.ts';
import { cleanText } from './contact-text.ts';
import { isValidEmailAddress } from './email-address.ts';
import { parseStateCode, type StateCode } from './states.ts';
import { stateOfZip } from './zip-states.ts';

export interface Contact {
  readonly id: number;
  readonly email: string | null;
  readonly zipCode: string | null;
  readonly state: string | null;
  readonly birthDay: DayNumber | null;
  readonly effectiveDay: DayNumber | null;
  /** The widest suppression of its address. */
  readonly suppression: 'all' | 'marketing' | null;
}

/** Why a contact is not planned; the first that applies, in this order. */
export type RejectionReason =
  'missing_email' | 'invalid_email' | 'suppressed' | 'unknown_state' | 'internal_error';

/** What is odd about a contact but does not keep it from being planned. */
export type ContactWarning = 'birth_date_ignored' | 'effective_date_ignored' | 'states_disagree';

export interface PlannableContact {
  /** The states whose rules apply: that of the ZIP code, then the stored one if it is another. */
  readonly states: readonly StateCode[];
  readonly birthDay: DayNumber | null;
  readonly effectiveDay: DayNumber | null;
  readonly warnings: readonly ContactWarning[];
}

export type ContactReview =
  | { readonly rejection: RejectionReason; readonly plannable: null }
  | { readonly rejection: null; readonly plannable: PlannableContact };

export const FIRST_USABLE_DAY = dayNumber(1900, 1, 2);
export const LAST_USABLE_DAY = dayNumber(2199, 12, 31);
/** What systems write that mean "no date". */
const EPOCH_DAY = 0;

/**
 * Whether the contact can be planned as of the day, and by what of its data.
 * @param isDueNotice a transactional mail is due: the only one for whom suppression is of marketing
 */
export function reviewContact(contact: Contact, asOfDay: DayNumber, isDueNotice = false): ContactReview {
  const email = cleanText(contact.email);
  if (email === null) return rejected('missing_email');
  if (!isValidEmailAddress(email)) return rejected('invalid_email');
  const isHeldBack = contact.suppression === 'all' || (contact.suppression === 'marketing' && !isDueNotice);
  if (isHeldBack) return rejected('suppressed');
  const plannable = describeContact(contact, asOfDay);
  return plannable === null ? rejected('unknown_state') : { rejection: null, plannable };
}

/** What planning goes by of the contact's data, or `null` if no state is known. */
export function describeContact(
  contact: Pick<Contact, 'zipCode' | 'state' | 'birthDay' | 'effectiveDay'>,
  asOfDay: DayNumber,
): PlannableContact | null {
  const states = statesOf(contact);
  if (states.length === 0) return null;
  const warnings: ContactWarning[] = [];
  const birthDay = usableDay(contact.birthDay, asOfDay);
  const effectiveDay = usableDay(contact.effectiveDay, LAST_USABLE_DAY);
  if (birthDay === null && contact.birthDay !== null) warnings.push('birth_date_ignored');
  if (effectiveDay === null && contact.effectiveDay !== null) warnings.push('effective_date_ignored');
  if (states.length > 1) warnings.push('states_disagree');
  return { states, birthDay, effectiveDay, warnings };
}

function rejected(rejection: RejectionReason): ContactReview {
  return { rejection, plannable: null };
}

/** Those whose rules apply: ZIP and stored state that disagree both do; none: it is unknown. */
export function statesOf(contact: Pick<Contact, 'zipCode' | 'state'>): StateCode[] {
  const zipState = stateByZip(contact);
  const ownState = storedState(contact);
  if (zipState === null) return ownState === null ? [] : [ownState];
  return ownState === null || ownState === zipState ? [zipState] : [zipState, ownState];
}

export function stateByZip({ zipCode }: Pick<Contact, 'zipCode'>): StateCode | null {
  return stateOfZip(cleanText(zipCode) ?? '');
}

export function storedState({ state }: Pick<Contact, 'state'>): StateCode | null {
  return parseStateCode(cleanText(state) ?? '');
}

/** `null` for a day that counts as missing. */
export function usableDay(day: DayNumber | null, lastDay: DayNumber): DayNumber | null {
  return day === null || whyUnusable(day, lastDay) !== null ? null : day;
}

/** Why a day counts as missing. */
export type UnusableDay = 'too_early' | 'means_no_date' | 'too_late';

/** `null`: it is usable. */
export function whyUnusable(day: DayNumber, lastDay: DayNumber): UnusableDay | null {
  if (day < FIRST_USABLE_DAY) return 'too_early';
  if (day === EPOCH_DAY) return 'means_no_date';
  return day > lastDay || day > LAST_USABLE_DAY ? 'too_late' : null;
}
