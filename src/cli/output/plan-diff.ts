/** What differs between two plans, for people who know mails and not the scheduler. */
import type { ChangedRow, ChangeGroup, ComparedPlans, PlanDifference } from '../../db/diff-plans.ts';
import type { StoredPlan } from '../../db/stored-plan.ts';
import { formatDay } from '../../domain/calendar.ts';
import { table } from './table.ts';
import { wrap } from './wrap.ts';

const LONGEST_EXTERNAL_ID = 16;
const DAYS_SHOWN = 5;

export function planDiffText(plans: ComparedPlans, difference: PlanDifference): string {
  const { fromDay, before, compared, unchanged, groups, overCapDays } = difference;
  const lines = [
    `From ${describe(plans.former)} to ${describe(plans.latter)}.`,
    wrap(
      `mails of ${formatDay(fromDay)} or later, the later of both as-of days: ${number(compared.former)} in the former plan, ${number(compared.latter)} in the latter, ${number(unchanged)} the same in both. Before that day lie ${number(before.former)} and ${number(before.latter)}, which are not compared.`,
      'Compared: ',
      '  ',
    ),
    ...overCapLines(overCapDays),
    '',
  ];
  if (groups.length === 0) return [...lines, 'Nothing differs.'].join('\n');
  return [...lines, groupsTable(groups)].join('\n');
}

function describe({ number: planNumber, runId, asOfDay }: StoredPlan): string {
  const name = planNumber === null ? `run:${runId} (dry run,` : `plan ${planNumber} (`;
  return `${name}${planNumber === null ? ' ' : ''}as of ${formatDay(asOfDay)})`;
}

function overCapLines({ former, latter }: PlanDifference['overCapDays']): string[] {
  return [
    ...(latter.length === 0 ? [] : [wrap(daysText(latter), 'Over the cap in the latter only: ', '  ')]),
    ...(former.length === 0 ? [] : [wrap(daysText(former), 'Over the cap in the former only: ', '  ')]),
  ];
}

function daysText(days: readonly string[]): string {
  const shown = days.slice(0, DAYS_SHOWN).join(', ');
  return days.length > DAYS_SHOWN ? `${shown} and ${number(days.length - DAYS_SHOWN)} more days` : shown;
}

/** A line per kind of change, a column per type; all campaigns share one. */
function groupsTable(groups: readonly ChangeGroup[]): string {
  const columns = [...new Set(groups.map(({ emailType }) => columnOf(emailType)))].sort();
  const lines = new Map<string, Map<string, number>>();
  for (const group of sortedByKind(groups)) {
    for (const label of [changeText(group), ALL]) {
      const line = lines.get(label) ?? new Map<string, number>();
      lines.set(label, line);
      for (const column of [columnOf(group.emailType), ALL]) {
        line.set(column, (line.get(column) ?? 0) + group.count);
      }
    }
  }
  const total = lines.get(ALL)!;
  lines.delete(ALL);
  return table(
    ['mails', ...columns, ALL],
    [...lines, [ALL, total] as const].map(([label, line]) => [
      label,
      ...[...columns, ALL].map((column) => line.get(column) ?? 0),
    ]),
  );
}

const ALL = 'all';

function columnOf(emailType: string): string {
  return emailType.startsWith('campaign_') ? 'campaigns' : emailType;
}

const KINDS = ['added', 'removed', 'settled', 'status', 'moved', 'reason', 'other'];

function sortedByKind(groups: readonly ChangeGroup[]): ChangeGroup[] {
  return [...groups].sort((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind));
}

/** Such as `now skipped: exclusion_window`. */
function changeText({ kind, former, latter }: Pick<ChangeGroup, 'kind' | 'former' | 'latter'>): string {
  switch (kind) {
    case 'added':
      return `added: ${outcomeText(latter)}`;
    case 'removed':
      return `removed: ${outcomeText(former)}`;
    case 'settled':
      return `sent or settled since: ${outcomeText(former)}`;
    case 'status':
      return former === 'pre-scheduled' ? `now skipped: ${latter}` : `no longer skipped: ${former}`;
    case 'moved':
      return `moved: ${outcomeText(latter)}`;
    case 'reason':
      return `skipped: ${former}, now ${latter}`;
    case 'other':
      return `changed otherwise: ${outcomeText(latter)}`;
  }
}

function outcomeText(outcome: string | null): string {
  return outcome === null || outcome === 'pre-scheduled' ? 'pre-scheduled' : `skipped, ${outcome}`;
}

export function changedRowsText(rows: readonly ChangedRow[], leftOff: number): string {
  const header = ['day', 'contact', 'external id', 'type', 'event', 'change'];
  const text = leftAligned([header, ...rows.map(cells)]);
  if (leftOff === 0) return text;
  return `${text}\n… and ${number(leftOff)} more: \`--limit\` shows more of them, \`--output FILE.csv\` writes all.`;
}

function cells(row: ChangedRow): string[] {
  return [
    row.scheduled_send_date ?? row.former_scheduled_send_date!,
    String(row.contact_id),
    shortened(row.external_id ?? 'deleted'),
    row.email_type,
    row.event_date,
    rowChangeText(row),
  ];
}

function rowChangeText(row: ChangedRow): string {
  const { kind, changed, former_scheduled_send_date: formerDay } = row;
  if (kind === 'moved') return `moved from ${formerDay}`;
  if (kind === 'other') return `other ${changed.join(', ')}`;
  const text = changeText({
    kind,
    former: row.former_skip_reason ?? row.former_status,
    latter: row.skip_reason ?? row.status,
  });
  return changed.includes('scheduled_send_date') ? `${text}, was ${formerDay}` : text;
}

function shortened(externalId: string): string {
  return externalId.length <= LONGEST_EXTERNAL_ID
    ? externalId
    : `${externalId.slice(0, LONGEST_EXTERNAL_ID - 1)}…`;
}

function leftAligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
