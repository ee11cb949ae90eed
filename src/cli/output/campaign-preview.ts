/** What `campaigns preview` prints, for people who run campaigns. */
import type { CampaignPreview, Displaced, PreviewedMails, PreviewedVolume } from '../campaign-preview.ts';
import { countOf, verbOf } from '../../contracts/wording.ts';
import { displacedMailsText } from './displaced-mails.ts';
import { labelled } from './labelled.ts';
import { table } from './table.ts';
import { withoutMailTexts } from './without-mail.ts';
import { wrap } from './wrap.ts';

const FULLEST_DAYS = 5;

/** @param isEveryDay every day with its volume, instead of the fullest */
export function campaignPreviewText(preview: CampaignPreview, isEveryDay: boolean): string {
  const { mails, volume, displaced } = preview;
  return [
    headlines(preview),
    [
      labelled('Contacts', contactsText(preview)),
      labelled('Mails', mailsText(mails, volume)),
      labelled('Moved', movesText(mails)),
    ],
    skippedLines(mails),
    volumeLines(volume, isEveryDay),
    displacedLines(preview, displaced),
    endLines(preview),
  ]
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function headlines({ organization, instance, run }: CampaignPreview): string[] {
  const { name, type, status, startDate, endDate } = instance;
  const dates = [
    startDate === null ? 'open at the start' : `from ${startDate}`,
    endDate === null ? 'open at the end' : `until ${endDate}`,
  ].join(', ');
  const stands = { draft: 'a draft', active: 'active', paused: 'paused', ended: 'ended since' }[status];
  return [
    wrap(
      `Preview of ${name} (${type}, ${stands}; ${dates}) in ${organization}, as of ${run.asOf}.`,
      '',
      '  ',
    ),
    `Dry run ${run.id}; nothing was published.`,
  ];
}

function contactsText({ targets, instance }: CampaignPreview): string {
  const { contacts, targetRows, withMail, withoutMail } = targets;
  const who = instance.isForAllContacts
    ? `${number(contacts)}: it is for all contacts, and ${number(targetRows)} of them ${has(targetRows)} a trigger of their own`
    : countOf(contacts, 'target');
  const none = withoutMail.reduce((all, one) => all + one.contacts, 0);
  if (none === 0) return `${who}; each has a mail of it, to be sent or skipped.`;
  return `${who}; ${number(withMail)} ${has(withMail)} a mail of it, to be sent or skipped, and ${number(none)} ${has(none)} none: ${withoutMailTexts(withoutMail).join('; ')}.`;
}

function mailsText(
  { preScheduled, skipped, skippedByReason }: PreviewedMails,
  volume: PreviewedVolume,
): string {
  const { firstDay, lastDay } = volume;
  const when = firstDay === lastDay ? `on ${firstDay}` : `from ${firstDay} to ${lastDay}`;
  const sent =
    preScheduled === 0
      ? 'none goes out'
      : `${number(preScheduled)} ${verbOf(preScheduled, 'goes', 'go')} out, ${when}`;
  if (skipped === 0) return `${sent}; none is skipped.`;
  const reasons = Object.entries(skippedByReason).map(([reason, mails]) => `${reason} ${number(mails)}`);
  return `${sent}; ${number(skipped)} ${verbOf(skipped, 'is', 'are')} skipped: ${reasons.join(', ')}.`;
}

function movesText({ moves: { caughtUp, smoothed, redistributed, overCap } }: PreviewedMails): string {
  return `${number(caughtUp)} caught up (their ideal date has passed), ${number(smoothed)} smoothed, ${number(redistributed)} redistributed to emptier days; ${number(overCap)} on days over the cap`;
}

/** By the state of the contact; where it has two, and for what is no law, both are told. */
function skippedLines({ skippedByState }: PreviewedMails): string[] {
  if (skippedByState.length === 0) return [];
  const rows = skippedByState.map(({ reason, states, blockedBy, mails }) => [
    `${reason}, ${states.length === 0 ? 'state unknown' : states.join(' and ')}${blockedBy === null ? '' : ` (rule ${blockedBy.rule})`}`,
    mails,
  ]);
  return [table(['skipped, by the state of the contact', 'mails'], rows)];
}

function volumeLines({ days, dailyCap }: PreviewedVolume, isEveryDay: boolean): string[] {
  if (days.length === 0) return [];
  const isAll = isEveryDay || days.length <= FULLEST_DAYS;
  const shown = isAll
    ? days
    : [...days].sort((a, b) => b.volume - a.volume || (a.day < b.day ? -1 : 1)).slice(0, FULLEST_DAYS);
  const which = isAll
    ? 'Its days'
    : `The fullest ${FULLEST_DAYS} of its ${number(days.length)} days (--days shows all)`;
  return [
    `${which}; the daily cap is ${countOf(dailyCap, 'mail')}:`,
    table(
      ['day', 'of this campaign', 'all mails', 'of the cap', ''],
      shown.map(({ day, mails, volume, isOverCap }) => [
        ...[day, mails, volume],
        `${number(Math.round((volume * 100) / dailyCap))} %`,
        isOverCap ? 'over the cap' : '',
      ]),
    ),
  ];
}

function displacedLines(preview: CampaignPreview, displaced: Displaced | null): string[] {
  if (displaced === null) {
    return [labelled('Others', 'there is no plan in force yet: no published mail is displaced.')];
  }
  return displacedMailsText(displaced, preview);
}

/** What is to be copied is not broken. */
function endLines({ publishBy, instance, organization }: CampaignPreview): string[] {
  if (publishBy === null) {
    return [
      wrap(
        `${instance.name} is active already: every run of ${organization} plans it, as this one did.`,
        '',
        '',
      ),
    ];
  }
  const what =
    instance.status === 'paused'
      ? 'It is paused: planned, and not sent. To let it go on:'
      : 'Nothing of this is real until the campaign is made active:';
  return [what, `  ${publishBy}`];
}

function has(count: number): string {
  return verbOf(count, 'has', 'have');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
