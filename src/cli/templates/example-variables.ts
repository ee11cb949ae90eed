/** Variables to try templates with: made-up contacts, example dates, links that lead nowhere. */
import type { ContactVariables, MailVariables, SenderVariables } from '../../delivery/mail-variables.ts';
import { formatDay, type DayNumber } from '../../domain/calendar.ts';
import type { TemplateUse } from './template-uses.ts';

/** With everything that a contact can have, and what is awkward in a name. */
export const FULL_CONTACT: ContactVariables = {
  first_name: 'Zoë-Anne "Annie"',
  last_name: 'O’Hara & Sons <Example>',
  state: 'CA',
  zip_code: '90001',
  birth_date: '1944-02-29',
  effective_date: '2012-07-01',
  attributes: {},
};

/** With as little as a contact may have that is mailed. */
export const LEAST_CONTACT: ContactVariables = { attributes: {} };

const DAYS_TO_EVENT = 14;
const DAYS_SINCE_SENT = 2;
const EXAMPLE_UNSUBSCRIBE_URL = 'https://example.invalid/unsubscribe';

export interface Occasion {
  readonly organization: string;
  readonly sender: SenderVariables;
  readonly today: DayNumber;
}

/** A mail of that use which goes out today. */
export function exampleMail(use: TemplateUse, contact: ContactVariables, occasion: Occasion): MailVariables {
  const { emailType, campaign, isFollowUp } = use;
  const followed = campaign === null ? 'birthday' : `campaign_${campaign.type}`;
  return {
    contact,
    organization: { name: occasion.organization },
    sender: occasion.sender,
    mail: {
      type: emailType,
      event_date: formatDay(occasion.today + DAYS_TO_EVENT),
      send_date: formatDay(occasion.today),
      ...(campaign === null ? {} : { campaign }),
      ...(isFollowUp
        ? { follows: { type: followed, sent_on: formatDay(occasion.today - DAYS_SINCE_SENT) } }
        : {}),
    },
    links: { unsubscribe: EXAMPLE_UNSUBSCRIBE_URL },
  };
}

/** Shows where a click link leads, unsigned. */
export function unsignedLink(url: string): string {
  return url;
}
