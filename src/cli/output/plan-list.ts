import type { ListedPlan, PlanList } from '../../db/queries/list-plans.ts';
import { formatDay } from '../../domain/calendar.ts';
import { dayAt, timeOfDayAt } from '../../domain/time-zone.ts';
import { table } from './table.ts';

/** So much of a checksum tells plans apart; `--json` has all of it. */
const CHECKSUM_LENGTH = 8;

/** @param timeZone the organization's, in which times are shown */
export function planListText({ plans, leftOff }: PlanList, timeZone: string): string {
  if (plans.length === 0) return 'There is no plan yet: `npx email-scheduler plan run` makes the first.';
  const header = ['plan', 'run', 'kind', 'as of', 'published', 'mails', 'skipped', 'kept until', 'checksum'];
  const lines = [
    table(
      header,
      plans.map((plan) => cells(plan, timeZone)),
    ),
  ];
  if (leftOff > 0) lines.push(`… and ${leftOff.toLocaleString('en-US')} earlier; \`--limit\` shows more.`);
  if (plans.some(({ rows }) => rows === 'gone')) {
    lines.push(
      'gone: the rows of that plan are no longer kept; what it came to stays in the record of its run.',
    );
  }
  return lines.join('\n');
}

function cells(plan: ListedPlan, timeZone: string): (string | number)[] {
  return [
    plan.plan,
    String(plan.runId),
    kindOf(plan),
    plan.asOf,
    instantText(plan.publishedAt, timeZone),
    plan.preScheduled,
    plan.skipped,
    keptText(plan, timeZone),
    plan.checksum.slice(0, CHECKSUM_LENGTH),
  ];
}

function kindOf({ kind, fresh, restoredPlan }: ListedPlan): string {
  if (kind === 'dry_run') return 'dry run';
  if (restoredPlan !== null) return `plan ${restoredPlan} again`;
  return fresh ? 'fresh' : kind;
}

function keptText({ rows, keptUntil }: ListedPlan, timeZone: string): string {
  if (rows === 'in_force') return 'in force';
  return rows === 'gone' || keptUntil === null ? 'gone' : formatDay(dayAt(keptUntil.getTime(), timeZone));
}

function instantText(instant: Date, timeZone: string): string {
  return `${formatDay(dayAt(instant.getTime(), timeZone))} ${timeOfDayAt(instant.getTime(), timeZone)}`;
}
