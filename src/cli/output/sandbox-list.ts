/** The sandbox's messages, as a table or for programs. */
import type { ListedMessage } from '../../delivery/sandbox-messages.ts';
import { printable } from './printable.ts';
import { table } from './table.ts';
import { momentText } from './time-text.ts';

interface Listed {
  readonly messages: readonly ListedMessage[];
  readonly hasMore: boolean;
}

interface Asked {
  readonly organization: string;
  readonly day: string | null;
  readonly folder: string;
  /** Of which the sandbox has messages; asked for if there are none of this one. */
  readonly organizations: readonly string[];
}

export function sandboxListText({ messages, hasMore }: Listed, asked: Asked): string {
  if (messages.length === 0) return nothingText(asked);
  const rows = messages.map((each) => [
    String(each.scheduleId),
    each.day,
    momentText(each.writtenAt, 'UTC'),
    printable(each.to ?? ''),
    printable(each.subject ?? ''),
  ]);
  const lines = [table(['id', 'day', 'written (UTC)', 'to', 'subject'], rows)];
  if (hasMore) lines.push('… and more: `--limit` shows them, `--day` those of one day.');
  return lines.join('\n');
}

function nothingText({ organization, day, folder, organizations }: Asked): string {
  const what = `There is no message of ${organization}${day === null ? '' : ` of ${day}`} in ${folder}.`;
  const others = organizations.filter((name) => name !== organization);
  return others.length === 0 ? what : `${what} It has some of: ${others.join(', ')}.`;
}

export function sandboxListJson({ messages, hasMore }: Listed, folder: string, organization: string) {
  return {
    organization,
    folder,
    hasMore,
    messages: messages.map(({ scheduleId, ...rest }) => ({ id: scheduleId, ...rest })),
  };
}
