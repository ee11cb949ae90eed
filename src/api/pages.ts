/** What people read who follow a link of a mail. */
import { paragraph, type Page } from './page.ts';

export interface Subscription {
  /** As the agency calls itself in its mails. */
  readonly agency: string;
  readonly address: string;
}

export function unsubscribePage({ agency, address }: Subscription): Page {
  return {
    title: `Unsubscribe from ${agency}`,
    body: [
      paragraph(`${agency} has written to you at ${masked(address)}.`),
      paragraph(
        'If you unsubscribe, that address gets no more reminders and offers from this agency. Notices that the agency is required to send may still come.',
      ),
      // To this very address, wherever it is: behind another server, too.
      '<form method="post"><button type="submit">Unsubscribe</button></form>',
      paragraph('Nothing changes until you press the button.'),
    ],
  };
}

export function unsubscribedPage({ agency, address }: Subscription): Page {
  return {
    title: 'You are unsubscribed',
    body: [
      paragraph(
        `${agency} sends no more reminders and offers to ${masked(address)}. A mail that was on its way already may still arrive.`,
      ),
      paragraph('There is nothing more for you to do; you may close this page.'),
    ],
  };
}

export const UNKNOWN_LINK: Page = {
  title: 'This link does not work',
  body: [
    paragraph('Part of it may be missing: some mail programs cut long links into two lines.'),
    paragraph('Go back to the mail and follow the link there, or copy all of it into the address bar.'),
  ],
};

export const EXPIRED_LINK: Page = {
  title: 'This link has expired',
  body: [
    paragraph('The mail that it is from is too old for its links to lead on.'),
    paragraph('To reach the agency, reply to that mail. Its link to unsubscribe still works.'),
  ],
};

export const NOT_FOUND: Page = {
  title: 'There is nothing here',
  body: [paragraph('Links in a mail lead to pages of this server; this address is none of them.')],
};

export const BAD_REQUEST: Page = {
  title: 'This cannot be answered',
  body: [paragraph('What was sent here is no request that this server understands.')],
};

export const TRY_AGAIN: Page = {
  title: 'Please try again in a minute',
  body: [
    paragraph(
      'Your request could not be carried out just now. Nothing was changed, and the link stays good.',
    ),
  ],
};

/** Enough to know one's own address by; a page may be looked at by others. */
function masked(address: string): string {
  const at = address.lastIndexOf('@');
  return `${address.slice(0, 1)}•••${address.slice(at)}`;
}
