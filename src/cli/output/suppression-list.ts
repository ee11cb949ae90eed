/** The suppressed addresses of an organization, for people. */
import type { ListedSuppression, SuppressionFilter } from '../../db/suppressions.ts';
import { table } from './table.ts';
import { momentText } from './time-text.ts';
import { wrap } from './wrap.ts';

const SCOPES = { all: 'all mails', marketing: 'marketing' };

export function suppressionsText(
  { total, suppressions }: { readonly total: number; readonly suppressions: readonly ListedSuppression[] },
  { name, timeZone }: { readonly name: string; readonly timeZone: string },
  { address, scope }: SuppressionFilter,
): string {
  if (total === 0) {
    const what = address === null ? 'no address' : `"${address}" not`;
    return `${name} suppresses ${what}${scope === null ? '' : ` for ${SCOPES[scope]}`}.`;
  }
  const rows = suppressions.map((each) => [
    each.address,
    SCOPES[each.scope],
    momentText(each.createdAt, timeZone),
    each.contacts,
  ]);
  const [head, ...cells] = table(['address', 'suppressed for', 'since', 'contacts'], rows).split('\n');
  const lines = [
    `${head!}  reason`,
    ...cells.map((line, index) => wrap(suppressions[index]!.reason, `${line}  `, '    ')),
  ];
  const left = total - suppressions.length;
  if (left > 0) {
    lines.push(
      `… and ${left.toLocaleString('en-US')} more: \`--limit\` shows them, \`--address\` finds one.`,
    );
  }
  return lines.join('\n');
}
