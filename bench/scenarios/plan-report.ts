import { table } from '../../src/cli/output/table.ts';
import type { MeasuredRun } from '../planning-run.ts';
import { bareCopyText, countText, megabytesText, ratioText, secondsText } from '../text.ts';
import type { PlanResult } from './plan.ts';

export function planText(results: readonly PlanResult[]): string {
  return [overview(results), ...results.map(details)].join('\n\n');
}

/** One row for each size. */
function overview(results: readonly PlanResult[]): string {
  return table(
    [
      'contacts',
      'first plan',
      'bare COPY',
      'ratio',
      'contacts/s',
      'peak RSS',
      'next day',
      'to first',
      'peak RSS',
    ],
    results.map(({ contacts, firstPlan, bareCopy, ratio, nextDayPlan, nextDayRatio }) => [
      contacts,
      secondsText(firstPlan.wallTime.seconds),
      secondsText(bareCopy.seconds),
      ratioText(ratio),
      Math.round(firstPlan.contactsPerSecond),
      megabytesText(firstPlan.workerMemory?.peakBytes),
      secondsText(nextDayPlan.wallTime.seconds),
      ratioText(nextDayRatio),
      megabytesText(nextDayPlan.workerMemory?.peakBytes),
    ]),
  );
}

const GROUPS = { byStep: 'by step', byPhase: 'by phase', byWaiting: 'by what was waited for' } as const;

/** Where the time of one size went. */
function details({ contacts, firstPlan, bareCopy, mailsSent, nextDayPlan }: PlanResult): string {
  const runs = [firstPlan, nextDayPlan] as const;
  const row = (name: string, text: (run: MeasuredRun) => string): string[] => [name, ...runs.map(text)];
  const groups = (Object.keys(GROUPS) as (keyof typeof GROUPS)[]).flatMap((group) => [
    [GROUPS[group], '', ''],
    ...namesOf(runs, group).map((name) =>
      row(`  ${name}`, ({ wallTime }) => secondsText(sharesOf(wallTime[group])[name])),
    ),
  ]);
  const heading = [`${countText(contacts)} contacts`, 'first plan', 'next day'];
  const body = [
    row('rows of the plan', ({ rows }) => countText(rows)),
    row('  added, changed or removed', ({ changes }) => countText(changedRows(changes))),
    row('wall time', ({ wallTime }) => secondsText(wallTime.seconds)),
    ...groups,
    row('worker RSS, idle', ({ workerMemory }) => megabytesText(workerMemory?.idleBytes)),
    row('worker RSS, peak', ({ workerMemory }) => megabytesText(workerMemory?.peakBytes)),
  ];
  return `${table(heading, body)}
Bare COPY of the first plan’s ${bareCopyText(bareCopy)}
Before the next day, the ${countText(mailsSent)} mails of the first were sent.`;
}

function changedRows({ added, changed, removed, missed }: MeasuredRun['changes']): number {
  return added + changed + removed + missed;
}

function namesOf(runs: readonly MeasuredRun[], group: keyof typeof GROUPS): string[] {
  return [...new Set(runs.flatMap(({ wallTime }) => Object.keys(wallTime[group])))];
}

function sharesOf(group: MeasuredRun['wallTime'][keyof typeof GROUPS]): Record<string, number | null> {
  return { ...group };
}
