import { shellWord } from '../../contracts/wording.ts';
import type { ListedType } from '../../db/queries/list-campaign-types.ts';
import { fieldText } from './campaign-change.ts';
import { fieldList } from './field-list.ts';
import { table } from './table.ts';

export function typeListText(types: readonly ListedType[], organization: string): string {
  if (types.length === 0) {
    return `${organization} has no campaign type: \`npx email-scheduler campaigns types add NAME --priority NUMBER --organization ${organization}\` adds one.`;
  }
  const above = ['', '', 'followed', 'days', '', '', '', '', ''];
  const header = ['type', 'windows', 'up', 'before', 'targets', 'priority', 'kind', 'active', 'instances'];
  const rows = types.map((type) => [
    type.name,
    type.respect_exclusion_windows ? 'respected' : 'exempt',
    fieldText(type.enable_followups),
    type.days_before_event,
    type.target_all_contacts ? 'all' : 'as given',
    type.priority,
    type.transactional ? 'transactional' : 'marketing',
    fieldText(type.active),
    type.instances.length,
  ]);
  return table(above, [header, ...rows]);
}

export function typeText(type: ListedType, organization: string): string {
  const { name, instances } = type;
  const fields: [string, string][] = [
    ['Windows', windowsText(type.respect_exclusion_windows)],
    ...(type.legal_basis === null ? [] : [['Legal basis', type.legal_basis] as [string, string]]),
    ['Follow-ups', type.enable_followups ? 'its mails are followed up' : 'its mails are not followed up'],
    ['Ideal date', idealDateText(type.days_before_event)],
    ['Targets', type.target_all_contacts ? 'every contact' : 'those who are given, each with a trigger date'],
    ['Priority', `${type.priority} (the smaller number wins)`],
    ['Kind', type.transactional ? transactionalText : 'marketing'],
    ['Active', type.active ? 'yes' : 'no: nothing of it is planned'],
    ['E-mail type', `campaign_${name}`],
  ];
  const listed =
    instances.length === 0
      ? `No instances yet: \`npx email-scheduler campaigns instances add NAME --type ${shellWord(name)} --organization ${organization}\` adds one.`
      : table(
          ['instance', 'status'],
          instances.map((instance) => [instance.name, instance.status]),
        );
  return [`Campaign type ${name} of ${organization}`, fieldList(fields), '', listed].join('\n');
}

const transactionalText =
  'a required notice: conflicts, the frequency limit and unsubscribes from marketing leave it alone';

export function windowsText(respectsWindows: boolean): string {
  return respectsWindows
    ? 'respected: no mail goes out inside an exclusion window'
    : 'exempt: its mails go out inside exclusion windows, too';
}

export function idealDateText(daysBeforeEvent: number): string {
  if (daysBeforeEvent === 0) return 'on the trigger date';
  const days = Math.abs(daysBeforeEvent);
  return `${days} day${days === 1 ? '' : 's'} ${daysBeforeEvent > 0 ? 'before' : 'after'} the trigger date`;
}
