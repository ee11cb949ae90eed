/** What a contact's data says to planning, in words. */
import { formatDay } from '../../domain/calendar.ts';
import {
  FIRST_USABLE_DAY,
  LAST_USABLE_DAY,
  type Contact,
  type RejectionReason,
} from '../../domain/contact.ts';
import type { ContactTrace, IgnoredDate } from '../../domain/contact-trace.ts';

/** The states whose rules apply, and where they come from. */
export function stateText(
  { zipCode, state }: Pick<Contact, 'zipCode' | 'state'>,
  { states, zipState, storedState }: ContactTrace,
): string {
  const isTold = states.length > 1;
  const byZip = zipState === null ? ' names none' : isTold ? `: ${zipState}` : '';
  const stored =
    storedState === null ? `stored ${shown(state)} is none` : isTold ? `stored: ${storedState}` : 'as stored';
  const sources = [
    zipCode === null ? 'no ZIP code' : `ZIP code ${shown(zipCode)}${byZip}`,
    state === null ? 'none is stored' : stored,
  ];
  const which =
    states.length === 0
      ? 'unknown'
      : states.length === 1
        ? states[0]!
        : `${states.join(' and ')}: they disagree, and the rules of both apply`;
  return `${which} (${sources.join(', ')})`;
}

const SHOWN_LENGTH = 40;

/** A contact's text as a terminal may show it: nothing that would steer it, and not without end. */
export function shown(text: string | null): string {
  const printable = (text ?? '').replaceAll(/\p{C}/gu, '?');
  return printable.length > SHOWN_LENGTH ? `${printable.slice(0, SHOWN_LENGTH)}…` : printable;
}

export function dateText(
  name: IgnoredDate['name'],
  day: number | null,
  { ignoredDates }: ContactTrace,
): string {
  if (day === null) return 'missing';
  const ignored = ignoredDates.find((date) => date.name === name);
  return ignored === undefined
    ? formatDay(day)
    : `${formatDay(day)} counts as missing: ${ignoredText(ignored)}`;
}

function ignoredText({ name, day, reason }: IgnoredDate): string {
  if (reason === 'too_early') return `it is before ${formatDay(FIRST_USABLE_DAY)}`;
  if (reason === 'means_no_date') return 'systems write it where there is no date';
  return name === 'birth_date' && day <= LAST_USABLE_DAY
    ? 'it is after the first day that is planned'
    : `it is after ${formatDay(LAST_USABLE_DAY)}`;
}

/**
 * Why a contact is not planned.
 * @param scope of the suppression of its address; `null`: it is not known
 */
export function rejectionText(rejection: RejectionReason, scope: Contact['suppression']): string {
  return rejection === 'suppressed' ? SUPPRESSIONS[scope ?? 'unknown'] : REJECTIONS[rejection];
}

const REJECTIONS: Readonly<Record<Exclude<RejectionReason, 'suppressed'>, string>> = {
  missing_email: 'missing_email, it has no e-mail address',
  invalid_email: 'invalid_email, its e-mail address is malformed',
  unknown_state: 'unknown_state, neither ZIP code nor stored state names a state',
  internal_error: 'internal_error, planning it failed; its rows of the plan before stay',
};

const SUPPRESSIONS = {
  all: 'suppressed (all), nothing may be sent to its address',
  marketing: 'suppressed (marketing), its address gets no marketing, and no required notice is due',
  unknown: 'suppressed, its address was on the suppression list',
} as const;

/** Beside what is planned. */
export const NO_MARKETING = 'only required notices: its address is suppressed (marketing)';
