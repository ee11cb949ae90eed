import type { Phase, RunSummary } from '../../contracts/schedule-run.ts';
import { table } from './table.ts';

/** What a run came to, for a person: mails by type, status and reason, and the contacts behind them. */
export function runSummaryText(summary: RunSummary, phaseMs: Partial<Record<Phase, number>>): string {
  const { counts } = summary;
  const { contacts, moves, changes } = counts;
  const rejected = listed(counts.rejected);
  return [
    headline(summary),
    '',
    mailsTable(summary),
    '',
    `Contacts   ${number(contacts.read)} read = ${number(contacts.planned)} planned + ${number(contacts.rejected)} rejected + ${number(contacts.nothing_due)} with nothing due`,
    ...(rejected === '' ? [] : [`Rejected   ${rejected}`]),
    `Moved      ${number(moves.caught_up)} caught up, ${number(moves.smoothed)} smoothed, ${number(moves.redistributed)} redistributed; ${number(moves.over_cap)} over the cap`,
    `Changes    ${summary.restoredPlan === undefined ? '' : `against plan ${summary.restoredPlan} and what else was in force: `}${number(changes.added)} added, ${number(changes.changed)} changed, ${number(changes.removed)} removed, ${number(changes.missed)} missed, ${number(changes.unchanged)} as before`,
    ...(changes.missed === 0
      ? []
      : ['           (missed: their day and deadline passed, and nobody had sent them)']),
    `Phases     ${Object.entries(phaseMs)
      .filter(([phase]) => phase !== 'ended')
      .map(([phase, ms]) => `${phase} ${(ms / 1000).toFixed(1)} s`)
      .join(', ')}`,
    `Checksum   ${summary.checksum}`,
  ].join('\n');
}

function headline({ runId, planNumber, restoredPlan, asOf }: RunSummary): string {
  const restored = restoredPlan === undefined ? '' : `: plan ${restoredPlan} is put back`;
  return planNumber === null
    ? `Run ${runId}: dry run as of ${asOf}${restored}; nothing was published.`
    : `Run ${runId}: plan ${planNumber} is in force, as of ${asOf}${restored}.`;
}

function mailsTable({ counts }: RunSummary): string {
  const reasons = Object.keys(counts.occurrences.skipped).sort();
  // Above each other, a word a line: side by side the reasons would be wider than most windows.
  const words = reasons.map((reason) => reason.split('_'));
  const above = ['', '', ...words.map(([first, ...others]) => (others.length === 0 ? '' : first!))];
  const header = ['mails', 'pre-scheduled', ...words.map((of) => of.slice(-1)[0]!)];
  const types = Object.keys(counts.by_type).sort();
  const rows = types.map((type) => {
    const of = counts.by_type[type]!;
    return [type, of.pre_scheduled, ...reasons.map((reason) => of.skipped[reason] ?? 0)];
  });
  const { occurrences } = counts;
  const total = ['all', occurrences.pre_scheduled, ...reasons.map((reason) => occurrences.skipped[reason]!)];
  const skippedFor = ['', '', ...reasons.map((_, index) => (index === 0 ? 'skipped for' : ''))];
  return table(skippedFor, [above, header, ...rows, total]);
}

function listed(counts: Record<string, number>): string {
  return Object.entries(counts)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name} ${number(count)}`)
    .join(', ');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
