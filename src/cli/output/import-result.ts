/** What an import did, for people and for programs. */
import { countOf } from '../../contracts/wording.ts';
import type { ImportCounts } from '../../db/file-import.ts';
import type { ImportReport, ProblemGroup } from '../import-report.ts';

/** `--json`: every kind of problem, with its first rows. */
export function problemsJson(report: ImportReport): unknown {
  return report.groups.map(({ kind, severity, reason, count, examples }) => ({
    kind,
    severity,
    reason,
    count,
    first: examples.map(({ line, column, value, detail }) => ({ line, column, value, detail })),
  }));
}

export function countLines({
  isStored,
  added,
  updated,
  unchanged,
  refused,
  warnings,
}: ImportCounts): string[] {
  return [
    isStored
      ? `  ${number(added)} added, ${number(updated)} updated, ${number(unchanged)} unchanged`
      : '  nothing stored, as --strict asks, because of the refused rows',
    `  ${number(refused)} refused, ${countOf(warnings, 'warning')}`,
  ];
}

/** @param reportFile as `--report` gives it */
export function problemLines(report: ImportReport, reportFile: string | undefined): string[] {
  const lines = report.groups.flatMap(groupLines);
  if (reportFile !== undefined) lines.push(`All of them: ${reportFile}`);
  else if (report.groups.some(isCutShort)) lines.push('`--report FILE.csv` writes all of them.');
  return lines;
}

function groupLines(group: ProblemGroup): string[] {
  const heading = group.severity === 'refused' ? 'Refused' : 'Warning';
  const lines = group.examples.map(({ line, column, value, detail }) => {
    const place = column === null ? `line ${line}` : `line ${line}, ${column}`;
    return `  ${place}${value === null ? '' : `: ${value}`}${detail === null ? '' : ` (${detail})`}`;
  });
  if (isCutShort(group)) lines.push(`  … and ${number(group.count - group.examples.length)} more`);
  return [`${heading} (${number(group.count)}): ${group.reason}`, ...lines];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function isCutShort(group: ProblemGroup): boolean {
  return group.count > group.examples.length;
}
