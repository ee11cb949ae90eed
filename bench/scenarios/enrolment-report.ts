import { table } from '../../src/cli/output/table.ts';
import type { Latencies } from '../latencies.ts';
import { countText, secondsText } from '../text.ts';
import type { EnrolmentResult } from './enrolment.ts';

export function enrolmentText(results: readonly EnrolmentResult[]): string {
  return results.map(details).join('\n\n');
}

function details(result: EnrolmentResult): string {
  const { contacts, bare, idle, aboveBareMs, elsewhere, duringRun, runSeconds } = result;
  const row = (name: string, { count, p50Ms, p99Ms, maxMs }: Latencies): (string | number)[] => [
    name,
    count,
    millisecondsText(p50Ms),
    millisecondsText(p99Ms),
    millisecondsText(maxMs),
  ];
  return `${table(
    [`${countText(contacts)} contacts`, 'enrolments', 'p50', 'p99', 'longest'],
    [
      row('bare queries', bare),
      row('idle', idle),
      row('idle, asked by another process', elsewhere),
      row('during a run', duringRun),
    ],
  )}
When idle, p99 is ${millisecondsText(aboveBareMs)} above the bare queries. The run took ${secondsText(runSeconds)}.`;
}

function millisecondsText(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}
