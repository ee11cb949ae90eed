/** What an enrolment has led to, for people. */
import type { Enrolment } from '../../client/enroll.ts';
import { shellWord } from '../../contracts/wording.ts';
import type { ContactMail } from '../../db/queries/list-contact-mails.ts';
import type { RejectionReason } from '../../domain/contact.ts';
import { planningSentence } from '../change-organization.ts';
import { mailKind, type CampaignName } from './mail-name.ts';
import { plannedMailText } from './planned-mail.ts';
import { wrap } from './wrap.ts';

export function enrolmentText(enrolment: Enrolment): string {
  const { organization, instance, planning, rows } = enrolment;
  const own = rows.filter(({ isOfInstance }) => isOfInstance);
  const others = rows.filter(({ isOfInstance }) => !isOfInstance);
  const sentence = planningSentence(planning, organization);
  return [
    headline(enrolment),
    ...(planning.outcome === 'replanned' ? mailLines(enrolment, own) : []),
    ...(others.length === 0
      ? []
      : ['Its other mails in the plan:', ...others.map((mail) => mailLine(mail, rows))]),
    ...(instance.status === 'paused'
      ? [`${instance.name} is paused: its mails are planned, and none is sent until it goes on.`]
      : []),
    ...(sentence === null ? [] : [sentence]),
  ].join('\n');
}

function headline({ organization, instance, contact, triggerDate }: Enrolment): string {
  const { name, type } = instance;
  const trigger = triggerDate === null ? 'without a trigger date of its own' : `trigger date ${triggerDate}`;
  return `Enrolled: contact ${contact.externalId} (id ${contact.id}) of ${organization} in ${name} (${type}), ${trigger}.`;
}

function mailLines(enrolment: Enrolment, own: readonly ContactMail[]): string[] {
  if (own.length > 0) return own.map((mail) => mailLine(mail, enrolment.rows));
  const { rejection, organization, instance, contact } = enrolment;
  const why = rejection === null ? null : REJECTIONS[rejection];
  if (why !== null) return [`  No mail of ${instance.name} is planned for it: ${why}.`];
  return [
    `  No mail of ${instance.name} is planned for it: \`npx email-scheduler explain --organization ${organization} --contact ${shellWord(contact.externalId)}\` says why.`,
  ];
}

const REJECTIONS: Readonly<Record<RejectionReason, string>> = {
  missing_email: 'the contact has no e-mail address',
  invalid_email: 'what it has as its e-mail address is none',
  suppressed: 'its address is suppressed',
  unknown_state: 'neither its ZIP code nor its state says which state’s rules hold for it',
  internal_error: 'an unforeseen error keeps it from being planned',
};

/** @param rows of the contact, among which are those that stand in its way */
function mailLine(mail: ContactMail, rows: readonly ContactMail[]): string {
  const campaignName: CampaignName = (id) =>
    rows.find(({ campaignInstanceId }) => campaignInstanceId === id)?.campaign ?? null;
  const name = `${mailKind(mail, campaignName)} of ${mail.eventDate}`;
  return wrap(`${name} ${plannedMailText(mail, campaignName)}`, '  ', '    ');
}
