import { Command, Option } from 'commander';
import type { PoolClient } from 'pg';
import type { Json } from '../../config/json.ts';
import { SchedulerError } from '../../contracts/errors.ts';
import type { OrganizationProfile } from '../../db/queries/find-organization.ts';
import type { PlanInForce } from '../../db/queries/find-plan-in-force.ts';
import { formatDay, parseDay, type DayNumber } from '../../domain/calendar.ts';
import { dayAt } from '../../domain/time-zone.ts';
import { dayLoads, type CalendarLimits, type DayLoad, type PeriodKind } from '../load-calendar.ts';
import { dayArgument, jsonOption, organizationOption, wholeNumberArgument } from '../options.ts';
import { calendarText, type LoadCalendar } from '../output/calendar-text.ts';
import { withOrganization } from '../with-database.ts';

interface CalendarOptions {
  readonly organization: string;
  readonly from?: string;
  readonly days: number;
  readonly by?: PeriodKind;
  readonly json?: true;
}

const MAX_DAYS = 1_000;

export function calendarCommand(): Command {
  return new Command('calendar')
    .description('volume per day for the coming year against the daily cap and the soft limit')
    .addOption(organizationOption())
    .option('--from <date>', 'the first day, YYYY-MM-DD; default: today', dayArgument)
    .option('--days <number>', 'how many days', wholeNumberArgument(1, MAX_DAYS), 365)
    .addOption(
      new Option('--by <period>', 'a line per; default: two weeks by day, the rest by week').choices([
        'day',
        'week',
        'month',
      ]),
    )
    .addOption(jsonOption())
    .action(showCalendar);
}

async function showCalendar(options: CalendarOptions): Promise<void> {
  const { inSnapshot } = await import('../../db/snapshot.ts');
  await withOrganization('calendar', options.organization, async (pool, organization) => {
    const { calendar, plan } = await inSnapshot(pool, (client) =>
      readCalendar(client, organization, options),
    );
    if (options.json) console.log(JSON.stringify(asJson(calendar, plan), null, 2));
    else console.log(calendarText(calendar, options.by ?? null));
  });
}

/** One snapshot: a claim moves mails from the plan's counts to the ledger's, and none is counted in both. */
async function readCalendar(
  client: PoolClient,
  organization: OrganizationProfile,
  options: CalendarOptions,
): Promise<{ calendar: LoadCalendar; plan: PlanInForce }> {
  const [{ findPlanInForce }, { readLoadCalendar, countOverdueMails }] = await Promise.all([
    import('../../db/queries/find-plan-in-force.ts'),
    import('../../db/queries/read-load-calendar.ts'),
  ]);
  const plan = await findPlanInForce(client, organization.id);
  if (plan === null) throw withoutPlan(organization.name);
  const today = plan.sandboxToday ?? dayAt(Date.now(), organization.timeZone);
  const fromDay = firstDay(options, today);
  const untilDay = fromDay + options.days - 1;
  const of = { organizationId: organization.id, planNumber: plan.number };
  const limits = await limitsOf(client, organization.name, plan);
  const loads = await readLoadCalendar(client, of, { fromDay, untilDay });
  const calendar = {
    organization: organization.name,
    planNumber: plan.number,
    asOfDay: plan.asOfDay,
    today,
    fromDay,
    untilDay,
    limits,
    overdueMails: await countOverdueMails(client, of, today),
    days: dayLoads(loads, limits),
  };
  return { calendar, plan };
}

function firstDay({ from }: CalendarOptions, today: DayNumber): DayNumber {
  const day = from === undefined ? today : parseDay(from)!;
  if (day >= today) return day;
  throw new SchedulerError(
    'INVALID_INPUT',
    `--from is ${formatDay(day)}; the calendar looks ahead: allowed are today, ${formatDay(today)}, and later days. What went out before is in email_schedules.`,
    { place: '--from', value: formatDay(day), allowed: `${formatDay(today)} or a later day` },
  );
}

/** By the configuration that the plan was made by. */
async function limitsOf(
  client: PoolClient,
  organization: string,
  plan: PlanInForce,
): Promise<CalendarLimits> {
  const [{ readConfiguration }, { resolveConfiguration }] = await Promise.all([
    import('../../db/configuration-versions.ts'),
    import('../../config/resolve.ts'),
  ]);
  const stored = await readConfiguration(client, plan.configurationVersion);
  const { load } = resolveConfiguration(
    { document: stored.document as Json },
    { organization, environment: plan.environment },
  );
  return {
    dailyCap: plan.dailyCap,
    softLimit: plan.softLimit,
    redistributeAbove: (plan.dailyCap * load.redistributeAbovePercent) / 100,
    overCapDays: new Set(plan.overCapDays),
  };
}

function asJson(calendar: LoadCalendar, plan: PlanInForce): object {
  const { limits, days } = calendar;
  return {
    organization: calendar.organization,
    plan: {
      number: plan.number,
      runId: plan.runId,
      asOf: formatDay(plan.asOfDay),
      publishedAt: plan.publishedAt,
    },
    today: formatDay(calendar.today),
    from: formatDay(calendar.fromDay),
    until: formatDay(calendar.untilDay),
    dailyCap: limits.dailyCap,
    softLimit: limits.softLimit,
    redistributeAbove: limits.redistributeAbove,
    overdueMails: calendar.overdueMails,
    days: days.map(dayAsJson),
  };
}

function dayAsJson({ day, ...load }: DayLoad): object {
  return { day: formatDay(day), ...load };
}

function withoutPlan(organization: string): SchedulerError {
  return new SchedulerError(
    'UNKNOWN_PLAN',
    `${organization} has no plan in force yet: \`npx email-scheduler plan run --organization ${organization}\` makes the first.`,
  );
}
