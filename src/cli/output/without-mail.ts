/** Why contacts that a campaign instance is for have no mail of it, for people. */
import { verbOf } from '../../contracts/wording.ts';
import type { NoMail, WithoutMail, WithoutMailKind } from '../../db/preview/without-mail.ts';

/**
 * `2 cannot be planned at all (invalid_email 1, suppressed 1)`: a text for each kind, with the details of those that
 * have some.
 */
export function withoutMailTexts(withoutMail: readonly WithoutMail[]): string[] {
  return [...new Set(withoutMail.map(({ kind }) => kind))].map((kind) => {
    const ofKind = withoutMail.filter((one) => one.kind === kind);
    const contacts = ofKind.reduce((all, one) => all + one.contacts, 0);
    const details = ofKind.flatMap((one) =>
      one.detail === null ? [] : [`${one.detail} ${one.contacts.toLocaleString('en-US')}`],
    );
    const [ofOne, ofMany] = TEXTS[kind];
    const listed = details.length === 0 ? '' : ` (${details.join(', ')})`;
    return `${contacts.toLocaleString('en-US')} ${verbOf(contacts, ofOne, ofMany)}${listed}`;
  });
}

/** Of one contact: `cannot be planned at all (invalid_email)`. */
export function noMailText({ kind, detail }: NoMail): string {
  return `${TEXTS[kind][0]}${detail === null ? '' : ` (${detail})`}`;
}

type Texts = readonly [ofOne: string, ofMany: string];

function notPlanned(why: string): Texts {
  return [`is not planned: ${why}`, `are not planned: ${why}`];
}

const TEXTS: Readonly<Record<WithoutMailKind, Texts>> = {
  rejected: ['cannot be planned at all', 'cannot be planned at all'],
  in_ledger: ['has its mail settled already', 'have theirs settled already'],
  unsubscribed: ['has unsubscribed from marketing', 'have unsubscribed from marketing'],
  no_trigger_date: ['has no trigger date', 'have no trigger date'],
  contact_deleted: ['has been deleted', 'have been deleted'],
  came_later: [
    'came, or was changed, after the plan was made',
    'came, or were changed, after the plan was made',
  ],
  no_plan: notPlanned('there is no plan yet'),
  switched_off: notPlanned('campaigns are switched off'),
  type_inactive: notPlanned('the type of the campaign is inactive'),
  draft: notPlanned('the campaign is a draft'),
  ended: notPlanned('the campaign has ended'),
  after_end: notPlanned('the last day of the campaign has passed'),
};

/** In a column beside other mails: `none: rejected, invalid_email`. */
export function noMailCell({ kind, detail }: NoMail): string {
  return `none: ${CELLS[kind]}${detail === null ? '' : `, ${detail}`}`;
}

const CELLS: Readonly<Record<WithoutMailKind, string>> = {
  rejected: 'rejected',
  in_ledger: 'settled',
  unsubscribed: 'unsubscribed',
  no_trigger_date: 'no trigger date',
  contact_deleted: 'deleted',
  came_later: 'after the plan',
  no_plan: 'no plan yet',
  switched_off: 'campaigns are off',
  type_inactive: 'inactive type',
  draft: 'draft',
  ended: 'ended',
  after_end: 'ended',
};
