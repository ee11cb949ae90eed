/** What becomes of the mails of others where a campaign is planned, for people. */
import type { DisplacedMail } from '../../db/preview/displaced-mails.ts';
import type { CampaignPreview, Displaced, MailsOfType } from '../campaign-preview.ts';
import { labelled } from './labelled.ts';
import { mailKind, nameOfText, type CampaignName } from './mail-name.ts';
import { wrap } from './wrap.ts';

export function displacedMailsText(
  displaced: Displaced,
  { run, organization, campaignNames }: Pick<CampaignPreview, 'run' | 'organization' | 'campaignNames'>,
): string[] {
  const { planNumber, isBehind, moved, pushedOut, postWindows, otherwise, examples } = displaced;
  const diff = `npx email-scheduler plan diff ${planNumber} run:${run.id} --rows --organization ${organization}`;
  const campaignName: CampaignName = (id) => campaignNames[id] ?? null;
  const facts = (
    [
      ['pushed_out', sumOf(pushedOut), `no longer go out${listed(pushedOut)}`],
      ['moved', sumOf(moved), `go out on another day${listed(moved)}`],
      [
        'post_window_added',
        postWindows.added,
        'new post-window mails, each in the place of a mail of this campaign that an exclusion window blocks',
      ],
      [
        'post_window_shared',
        postWindows.shared,
        'post-window mails that the plan has already, and that now take the place of such a blocked mail as well',
      ],
    ] as const
  ).filter(([, mails]) => mails > 0);
  return [
    labelled('Others', `the mails that are not of this campaign, against plan ${planNumber}:`),
    ...(facts.length === 0 ? [labelled('', 'none would be displaced')] : []),
    ...facts.flatMap(([kind, mails, what]) => [
      labelled('', `${what}: ${number(mails)}`),
      ...examples.filter((one) => one.kind === kind).map((one) => exampleText(one, campaignName)),
    ]),
    ...(otherwise === 0 ? [] : [labelled('', `new, or different otherwise: ${number(otherwise)}`)]),
    ...(isBehind
      ? [
          labelled(
            '',
            `What has changed since plan ${planNumber} was made (contacts, campaigns, configuration) is in these numbers, too.`,
          ),
        ]
      : []),
    labelled('', 'All that differs, mail by mail:'),
    `  ${diff}`,
  ];
}

function exampleText(mail: DisplacedMail, campaignName: CampaignName): string {
  const { contactId, externalId, eventDate } = mail;
  const who = externalId === null ? `contact ${contactId}` : `contact ${shown(externalId)} (id ${contactId})`;
  return wrap(
    `${who}, ${mailKind(mail, campaignName)} of ${eventDate}: ${changeText(mail, campaignName)}`,
    '             ',
    '               ',
  );
}

function changeText(
  { kind, formerDay, day, skipReason, because }: DisplacedMail,
  campaignName: CampaignName,
): string {
  const others = because.map((text) => nameOfText(text, campaignName)).join(', ');
  switch (kind) {
    case 'pushed_out':
      return `was to go out on ${formerDay}; ${skipReason}, because of ${others}`;
    case 'moved':
      return `from ${formerDay} to ${day}`;
    default:
      return skipReason === null ? `goes out on ${day}` : `skipped on ${day}, ${skipReason}`;
  }
}

/** A contact's text as a terminal may show it. */
function shown(externalId: string): string {
  return externalId.replaceAll(/\p{C}/gu, '?');
}

function sumOf(groups: readonly MailsOfType[]): number {
  return groups.reduce((all, { mails }) => all + mails, 0);
}

function listed(groups: readonly (MailsOfType & { readonly reason?: string })[]): string {
  const texts = groups.map(
    ({ emailType, reason, mails }) =>
      `${emailType} ${number(mails)}${reason === undefined ? '' : ` by ${reason}`}`,
  );
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
