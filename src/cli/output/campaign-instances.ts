import { shellWord } from '../../contracts/wording.ts';
import type { InstanceMails } from '../../db/queries/count-instance-mails.ts';
import type { OrganizationProfile } from '../../db/queries/find-organization.ts';
import type { ListedInstance } from '../../db/queries/list-campaign-instances.ts';
import type { InstanceReport } from '../campaign-instance-report.ts';
import { camelKeys } from './camel-keys.ts';
import { instanceFields } from './campaign-instance-fields.ts';
import { fieldList } from './field-list.ts';
import { table } from './table.ts';
import { withoutMailTexts } from './without-mail.ts';

export function instanceListText(instances: readonly ListedInstance[], organization: string): string {
  if (instances.length === 0) {
    return `${organization} has no campaign instance: \`npx email-scheduler campaigns instances add NAME --type TYPE --organization ${organization}\` adds one.`;
  }
  return table(
    ['instance', 'type', 'status', 'from', 'until', 'targets'],
    instances.map((instance) => [
      instance.name,
      instance.type,
      instance.status,
      instance.active_start_date ?? 'open',
      instance.active_end_date ?? 'open',
      instance.of_type.target_all_contacts ? 'all contacts' : instance.targets,
    ]),
  );
}

export function instanceText(
  { instance, targetsByMail, mails, followUps }: InstanceReport,
  { name: organization, timeZone }: OrganizationProfile,
): string {
  return [
    `Campaign instance ${instance.name} (id ${instance.id}) of ${organization}`,
    fieldList([...instanceFields(instance, targetsByMail, timeZone), ...mailFields(targetsByMail, mails)]),
    '',
    mails.length === 0 ? noMailsText(instance, organization) : mailTable('mails', mails),
    ...(followUps.length === 0 ? [] : ['', mailTable('follow-ups', followUps)]),
  ].join('\n');
}

/** What lies between the number of targets and that of mails. */
function mailFields(
  { withMail, withoutMail }: InstanceReport['targetsByMail'],
  mails: readonly InstanceMails[],
): (readonly [string, string])[] {
  const others = mails.reduce((all, one) => all + one.mails, 0) - withMail;
  return [
    ...(withoutMail.length === 0
      ? []
      : [['Without mail', withoutMailTexts(withoutMail).join('; ')] as const]),
    ...(others === 0
      ? []
      : [
          [
            'Other mails',
            `${others.toLocaleString('en-US')} of contacts that it is not for any more, or of before their present one (skipped or requeued)`,
          ] as const,
        ]),
  ];
}

/** For programs: the instance, and under `ofType` what it has of its type where it has nothing of its own. */
export function instanceJson({ metadata, of_type: type, ...instance }: ListedInstance): object {
  return { ...camelKeys(instance), metadata: JSON.parse(metadata) as unknown, ofType: camelKeys(type) };
}

function mailTable(noun: string, counted: readonly InstanceMails[]): string {
  return table(
    [noun, 'number', 'first day', 'last day'],
    counted.map(({ status, reason, mails, firstDay, lastDay }) => [
      mailStatusText(status, reason),
      mails,
      firstDay,
      lastDay,
    ]),
  );
}

/** `skipped: campaign_conflict`, as in `email_schedules`. */
export function mailStatusText(status: string, reason: string | null): string {
  return reason === null ? status : `${status}: ${reason}`;
}

function noMailsText({ status, of_type: type, name }: ListedInstance, organization: string): string {
  if (!type.active) return `No mails: its type ${type.name} is inactive.`;
  if (status === 'draft') {
    return `No mails: ${name} is a draft. \`npx email-scheduler campaigns preview ${shellWord(name)} --organization ${organization}\` shows what it would do.`;
  }
  return 'No mails yet, neither in the plan in force nor in the ledger.';
}
