import { shellWord } from '../../contracts/wording.ts';
import type { TargetOutcome } from '../../db/campaign-targets.ts';
import type { TargetStatus } from '../../db/queries/list-campaign-targets.ts';
import type { TargetMail } from '../../db/queries/list-target-mails.ts';
import type { ReportedTarget, TargetReport, TargetsReport } from '../campaign-target-report.ts';
import { changeLines } from './campaign-change.ts';
import { mailStatusText } from './campaign-instances.ts';
import { fieldList } from './field-list.ts';
import { table } from './table.ts';
import { noMailCell, noMailText } from './without-mail.ts';

export function targetListText(
  { instance, targets, total }: TargetsReport,
  status: TargetStatus | null,
  organization: string,
): string {
  const everybody = instance.of_type.target_all_contacts
    ? `${instance.name} is for every contact; these are those with a target row, which may have a trigger date of their own.\n`
    : '';
  if (targets.length === 0) return `${everybody}${noTargetsText(instance.name, status, organization)}`;
  const rows = table(
    ['contact', 'id', 'trigger date', 'status', 'mail', 'on'],
    targets.map((target) => [
      target.externalId ?? '',
      String(target.contactId),
      target.triggerDate ?? 'none',
      target.status,
      mailText(target),
      target.sendDate ?? '',
    ]),
  );
  const rest = total - targets.length;
  const more = rest === 0 ? '' : `\n… and ${rest.toLocaleString('en-US')} more: --limit shows them.`;
  return `${everybody}${rows}${more}`;
}

function noTargetsText(instance: string, status: TargetStatus | null, organization: string): string {
  if (status !== null) return `No target of ${instance} is ${status}.`;
  return `${instance} has no target rows: \`npx email-scheduler campaigns targets add --instance ${shellWord(instance)} --contact ID --organization ${organization}\` adds one, \`npx email-scheduler campaigns targets import FILE.csv --instance ${shellWord(instance)} --organization ${organization}\` a file of them.`;
}

function mailText({ mailStatus, reason, withoutMail }: ReportedTarget): string {
  if (withoutMail !== null) return noMailCell(withoutMail);
  return mailStatus === null ? 'none yet' : mailStatusText(mailStatus, reason);
}

export function targetText({ instance, target, mails }: TargetReport, organization: string): string {
  const { externalId, contactId, triggerDate, metadata } = target;
  const fields: [string, string][] = [
    ['Contact', `${externalId} (id ${contactId})`],
    ['Instance', `${instance.name} (${instance.status}), of type ${instance.type}`],
    ['Trigger date', triggerDate ?? 'none: it goes by the dates of the instance'],
    ['Status', statusText(target)],
    ['Metadata', metadata],
  ];
  return [
    `Target of ${instance.name} of ${organization}`,
    fieldList(fields),
    '',
    mails.length === 0 ? 'No mail of it, neither in the plan in force nor in the ledger.' : mailTable(mails),
  ].join('\n');
}

function statusText({ status, withoutMail }: ReportedTarget): string {
  if (withoutMail === null) return STATUS_TEXTS[status];
  return `${status}, and without a mail: the contact ${noMailText(withoutMail)}`;
}

const STATUS_TEXTS: Readonly<Record<TargetStatus, string>> = {
  pending: 'pending: its mail has not gone out yet',
  scheduled: 'scheduled: its mail is being sent',
  sent: 'sent',
  skipped: 'skipped: its mail did not go out, or will not',
};

function mailTable(mails: readonly TargetMail[]): string {
  return table(
    ['mail', 'event date', 'on', 'status'],
    mails.map(({ emailType, eventDate, sendDate, status, reason }) => [
      emailType,
      eventDate,
      sendDate,
      mailStatusText(status, reason),
    ]),
  );
}

/** For programs. */
export function targetJson({ metadata, ...target }: ReportedTarget): object {
  return { ...target, metadata: JSON.parse(metadata) as unknown };
}

export function targetOutcomeText(
  { instance, contact, outcome, changes }: TargetOutcome,
  organization: string,
): string {
  const who = `contact ${contact.externalId ?? contact.id} (id ${contact.id})`;
  const what = `${who} as a target of ${instance.name} (${instance.status}) in ${organization}`;
  if (outcome === 'unchanged') return `Nothing to change: ${what} is like that already.`;
  const head = `${capitalized(outcome)}: ${what}${changes.length === 0 ? '.' : ':'}`;
  const note = outcome === 'removed' ? [] : notes(instance, organization);
  return [head, ...changeLines(changes), ...note].join('\n');
}

function capitalized(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

function notes(
  { name, status, type, isTypeActive }: TargetOutcome['instance'],
  organization: string,
): string[] {
  if (!isTypeActive) return [`Its type ${type} is inactive: nothing of it is planned.`];
  if (status === 'draft') {
    return [
      `${name} is a draft: \`npx email-scheduler campaigns preview ${shellWord(name)} --organization ${organization}\` shows what it would do.`,
    ];
  }
  if (status === 'paused') return [`${name} is paused: its mails are planned and not sent.`];
  return [];
}
