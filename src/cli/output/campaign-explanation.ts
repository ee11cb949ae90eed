/** What campaigns have to do with a contact and its mails, for people. */
import { FIRST_DAY, formatDay, LAST_DAY, type DayNumber } from '../../domain/calendar.ts';
import type { CampaignTrace } from '../../domain/campaign-trace.ts';
import type { MailTrace } from '../../domain/mail-trace.ts';
import type { LedgerMail } from '../../domain/schedule-row.ts';
import type { ContactExplanation } from '../../domain/explain.ts';

type TracedMail = MailTrace['mail'];

/** The instance of a mail, as far as it is known. */
export function campaignOf(
  mail: Pick<TracedMail, 'campaignInstanceId'>,
  decided: ContactExplanation | null,
): CampaignTrace | null {
  return decided?.campaigns.find(({ instance }) => instance.id === mail.campaignInstanceId) ?? null;
}

/** `Spring; from 2027-03-01 until 2027-05-31; exempt from the state rules: …`. */
export function campaignText({ campaign }: TracedMail, trace: CampaignTrace | null): string {
  if (campaign === null) return '';
  const { startDay, endDay, legalBasis, isTransactional } = campaign;
  const name = trace === null ? [] : [trace.instance.name];
  const dates = [
    ...(startDay === FIRST_DAY ? [] : [`from ${formatDay(startDay)}`]),
    ...(endDay === LAST_DAY ? [] : [`until ${formatDay(endDay)}`]),
  ];
  const terms = [
    ...(dates.length === 0 ? ['open at both ends'] : [dates.join(' ')]),
    ...(isTransactional ? ['a required notice, which conflicts and the frequency limit leave alone'] : []),
    ...(legalBasis === null ? [] : [`exempt from the state rules: ${legalBasis}`]),
    ...(trace?.instance.status === 'paused' ? ['paused: planned and not sent'] : []),
  ];
  return [...name, ...terms].join('; ');
}

export function triggerText({ eventDay }: TracedMail, trace: CampaignTrace | null): string {
  const day = formatDay(eventDay);
  if (trace === null) return day;
  if (trace.target !== null && trace.target.triggerDay !== null) return `${day}, its trigger date`;
  const start = trace.instance.startDay === null ? 'the campaign was created' : 'the campaign starts';
  return `${day}, when ${start}: it has no trigger date of its own`;
}

/** Why a campaign mail is skipped by its dates or by another one; `null`: by none of these. */
export function campaignSkipText(
  { skipReason, winner, idealDay, deadlineDay, campaign }: TracedMail,
  nameOf: (text: string) => string,
): string | null {
  if (winner !== null) return `another campaign mail has the day: ${nameOf(winner)}`;
  if (skipReason === 'outside_active_dates') {
    return `its ideal date ${formatDay(idealDay)} is after the last day of the campaign, ${formatDay(campaign!.endDay)}`;
  }
  if (skipReason === 'missed_trigger') {
    return `its deadline ${formatDay(deadlineDay)} is before the first day on which it could go`;
  }
  return null;
}

export function hasDeadline(deadlineDay: DayNumber): boolean {
  return deadlineDay < LAST_DAY;
}

/** Why nothing of an instance is due; beside the e-mail type. */
export function refusedCampaignText(
  { instance, emailType, refusal, ledgerMail }: CampaignTrace,
  ledgerMailText: (mail: LedgerMail) => string,
): string {
  const name = `${instance.name} (${emailType})`;
  switch (refusal) {
    case 'switched_off':
      return `${name}: campaigns are switched off`;
    case 'type_inactive':
      return `${name}: its type is inactive`;
    case 'draft':
      return `${name} is a draft`;
    case 'ended':
      return `${name} has ended`;
    case 'after_end':
      return `${name} ended on ${formatDay(instance.endDay!)}`;
    case 'no_trigger':
      return `${name}: the contact is a target without a trigger date`;
    case 'unsubscribed':
      return `${name}: the contact is suppressed (marketing)`;
    default:
      return `${name}: settled, and a contact gets one mail of an instance (${ledgerMailText(ledgerMail!)})`;
  }
}
