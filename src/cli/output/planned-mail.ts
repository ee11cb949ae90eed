/** What becomes of a mail of the plan in force, as a sentence for people who have never read the rules. */
import type { ContactMail, MailMetadata } from '../../db/queries/list-contact-mails.ts';
import { nameOfText, type CampaignName } from './mail-name.ts';

type PlannedMail = Pick<
  ContactMail,
  'idealDate' | 'scheduledSendDate' | 'scheduledSendTime' | 'status' | 'skipReason' | 'isOverCap' | 'metadata'
>;

/** `goes out on 2026-12-01 at 08:30`, `skipped because another campaign mail has the day, …`. */
export function plannedMailText(mail: PlannedMail, campaignName: CampaignName): string {
  const { scheduledSendDate: day, scheduledSendTime: time, status, skipReason } = mail;
  if (skipReason !== null)
    return `is skipped on ${day} because ${becauseText(mail, skipReason, campaignName)}`;
  if (status !== 'pre-scheduled') return `${status}, ${day}`;
  const notes = [...placeNotes(mail), ...exemptionNotes(mail)];
  return `goes out on ${day} at ${time}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

function becauseText(
  { idealDate, scheduledSendDate: day, metadata }: PlannedMail,
  reason: string,
  campaignName: CampaignName,
): string {
  switch (reason) {
    case 'exclusion_window':
      return blockText(metadata?.blocked_by);
    case 'unknown_anchor':
      return unknownAnchorText(metadata?.blocked_by);
    case 'campaign_conflict':
      return `another campaign mail has the day: ${nameOfText(metadata?.winner ?? '', campaignName)}`;
    case 'frequency_limit':
      return `it is too near to other mails of the contact: ${namesOf(metadata?.collided_with ?? [], campaignName)}`;
    case 'outside_active_dates':
      return `its ideal date ${idealDate} is after the last day of the campaign, ${day}`;
    case 'missed_trigger':
      return 'the last day on which it made sense had passed already';
    case 'missed':
      return 'that day passed without it';
    default:
      return `of ${reason}`;
  }
}

type Block = NonNullable<MailMetadata['blocked_by']>;

const WHEN: Readonly<Record<Block['kind'], string>> = {
  birthday: 'around the birthday',
  effective_date: 'around the policy anniversary',
  calendar: 'in that part of the year',
  all_year: 'all year',
};
const ANCHORS: Readonly<Partial<Record<Block['kind'], string>>> = {
  birthday: 'the birth date',
  effective_date: 'the effective date',
};

function blockText(block: Block | undefined): string {
  if (block === undefined) return 'the law forbids mail on that day';
  return `the law of ${block.state} forbids mail ${WHEN[block.kind]}${windowText(block)}`;
}

function unknownAnchorText(block: Block | undefined): string {
  const anchor = ANCHORS[block?.kind ?? 'calendar'] ?? 'a date';
  const law = block === undefined ? 'the law' : `the law of ${block.state}`;
  return `${law} may forbid mail on that day: it goes by ${anchor}, which the contact lacks`;
}

/** Without the days that stand for ever in a window that has no start or no end. */
function windowText({ from, to }: Block): string {
  const parts = [
    ...(from === undefined || from.startsWith('0001') ? [] : [`from ${from}`]),
    ...(to === undefined || to.startsWith('9999') ? [] : [`until ${to}`]),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(' ')})`;
}

function namesOf(texts: readonly string[], campaignName: CampaignName): string {
  return texts.map((text) => nameOfText(text, campaignName)).join(', ');
}

function placeNotes({ metadata, idealDate, isOverCap }: PlannedMail): string[] {
  const from = metadata?.moved_from ?? idealDate;
  const overCap = isOverCap ? ['the day has more mails than it should'] : [];
  switch (metadata?.placed_by) {
    case 'catch_up':
      return [`its ideal date ${idealDate} had passed`, ...overCap];
    case 'smoothed':
    case 'redistributed':
      return [`moved from ${from}, which had too many mails`, ...overCap];
    default:
      return overCap;
  }
}

function exemptionNotes({ metadata }: PlannedMail): string[] {
  const basis = metadata?.legal_basis;
  return basis === undefined ? [] : [`exempt from the state rules: ${basis}`];
}
