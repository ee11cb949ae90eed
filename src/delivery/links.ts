/**
 * The links in a mail (SPEC 10). A link says all that is needed to follow it, so that one to unsubscribe holds for
 * the address that the mail went to, whatever has become of the contact since: changed, deleted, another's.
 */
import type { LinkKey } from '../contracts/link-key.ts';
import { SchedulerError } from '../contracts/errors.ts';
import type { DayNumber } from '../domain/calendar.ts';
import { linkTarget } from './link-target.ts';
import { openToken, sealToken } from './sealed-token.ts';

/** The mail that has the link. */
export interface LinkedMail {
  readonly organizationId: number;
  /** The row of the ledger. */
  readonly scheduleId: number;
  readonly contactId: number;
}

/**
 * Never expires. There is no scope in it: whoever unsubscribes, from whatever mail, a required notice too, gets no
 * marketing any more (SPEC 3); no link keeps required notices away.
 */
export interface UnsubscribeLink extends LinkedMail {
  /** To which the mail went. */
  readonly address: string;
}

interface ClickLink extends LinkedMail {
  readonly url: string;
  /** What the template calls it. */
  readonly label: string;
  /** The real day, in UTC, also of a sandbox. */
  readonly issuedDay: DayNumber;
}

export type OpenedClickLink =
  | { readonly outcome: 'good'; readonly link: ClickLink }
  | { readonly outcome: 'expired' }
  /** Nobody has signed it as it stands. */
  | { readonly outcome: 'forged' };

/** How long a click link leads on. */
export const CLICK_LINK_DAYS = 180;
const LABEL = /^[^\p{Cc}]{1,100}$/u;

/** Makes the links of one mail. Their keys are at hand: made of what is given, with no look into a database. */
export interface LinkMaker {
  unsubscribe(address: string): string;
  /** @throws SchedulerError INVALID_INPUT if the address or the label is not allowed */
  click(url: string, label: string): string;
}

export interface LinkMakerOptions {
  /** EMAIL_SCHEDULER_URL: what is before `/u/` and `/c/`. */
  readonly baseUrl: string;
  readonly keys: readonly LinkKey[];
  readonly mail: LinkedMail;
  /** The real day, in UTC. */
  readonly today: DayNumber;
}

export function createLinkMaker({ baseUrl, keys, mail, today }: LinkMakerOptions): LinkMaker {
  const key = keys.find(({ isRetired }) => !isRetired);
  if (key === undefined) throw new RangeError('there is no key to sign links with');
  const { organizationId, scheduleId, contactId } = mail;
  return {
    unsubscribe: (address) => {
      const text = JSON.stringify([organizationId, scheduleId, contactId, address]);
      return `${baseUrl}/u/${sealToken('unsubscribe', key, text)}`;
    },
    click: (url, label) => {
      const fields = [organizationId, scheduleId, contactId, today, checkedLabel(label), checkedTarget(url)];
      return `${baseUrl}/c/${sealToken('click', key, JSON.stringify(fields))}`;
    },
  };
}

/** `null`: nobody has signed it as it stands. */
export function openUnsubscribeLink(keys: readonly LinkKey[], token: string): UnsubscribeLink | null {
  const text = openToken('unsubscribe', keys, token);
  if (text === null) return null;
  const [organizationId, scheduleId, contactId, address] = JSON.parse(text) as [
    number,
    number,
    number,
    string,
  ];
  return { organizationId, scheduleId, contactId, address };
}

export function openClickLink(
  keys: readonly LinkKey[],
  token: string,
  today: DayNumber,
  validDays = CLICK_LINK_DAYS,
): OpenedClickLink {
  const text = openToken('click', keys, token);
  if (text === null) return { outcome: 'forged' };
  const [organizationId, scheduleId, contactId, issuedDay, label, url] = JSON.parse(text) as [
    ...[number, number, number, number],
    ...[string, string],
  ];
  if (today > issuedDay + validDays) return { outcome: 'expired' };
  return { outcome: 'good', link: { organizationId, scheduleId, contactId, url, label, issuedDay } };
}

/** With which mail programs offer to unsubscribe, in one click (RFC 8058). Neither may be folded. */
export function unsubscribeHeaders(link: string): Record<string, string> {
  return { 'List-Unsubscribe': `<${link}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' };
}

function checkedTarget(url: string): string {
  const target = linkTarget(url);
  if (target !== null) return target;
  throw new SchedulerError('INVALID_INPUT', `No link of a mail may lead to "${url}".`, {
    place: 'click link',
    value: url,
    allowed: 'an address that begins with https:// or http:// and a host, without user or password',
  });
}

function checkedLabel(label: string): string {
  if (LABEL.test(label)) return label;
  throw new SchedulerError('INVALID_INPUT', `"${label}" is no label for a link.`, {
    place: 'click link',
    value: label,
    allowed: 'text of 1 to 100 characters, on one line',
  });
}
