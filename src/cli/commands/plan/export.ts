import { Command, InvalidArgumentError, Option } from 'commander';
import type { Pool } from 'pg';
import { SchedulerError } from '../../../contracts/errors.ts';
import type { ExportFormat, RowFilter } from '../../../db/export-plan.ts';
import { parseDay } from '../../../domain/calendar.ts';
import type { PlanSkipReason, PlannedStatus } from '../../../domain/schedule-row.ts';
import { dayArgument, organizationOption } from '../../options.ts';
import { withOrganization } from '../../with-database.ts';

interface ExportOptions {
  readonly organization: string;
  readonly format: ExportFormat;
  readonly output?: string;
  readonly type: readonly string[];
  readonly status: readonly PlannedStatus[];
  readonly reason: readonly PlanSkipReason[];
  readonly from?: string;
  readonly until?: string;
}

const STATUSES = Object.keys({
  'pre-scheduled': true,
  skipped: true,
} satisfies Record<PlannedStatus, true>);

const REASONS = Object.keys({
  exclusion_window: true,
  unknown_anchor: true,
  outside_active_dates: true,
  missed_trigger: true,
  campaign_conflict: true,
  frequency_limit: true,
  missed: true,
} satisfies Record<PlanSkipReason, true>);

const YEARLY_TYPES = ['birthday', 'effective_date', 'aep', 'post_window'];
const CAMPAIGN_PREFIX = 'campaign_';

export function planExportCommand(): Command {
  return new Command('export')
    .description('the rows of a plan as it was published, as CSV or JSON lines')
    .argument('[plan]', 'a number, "current" or run:ID of a dry run (see plan list)', 'current')
    .addOption(organizationOption('whose plan'))
    .addOption(
      new Option('--format <format>', 'how the rows are written').choices(['csv', 'jsonl']).default('csv'),
    )
    .option('--output <file>', 'write there, whole or not at all; default: standard output')
    .addOption(repeatable('--type <type>', 'only mails of this type; may be repeated', emailType))
    .addOption(repeatable('--status <status>', 'only this status; may be repeated', oneOf(STATUSES)))
    .addOption(
      repeatable('--reason <reason>', 'only skipped for this reason; may be repeated', oneOf(REASONS)),
    )
    .option('--from <date>', 'only mails of this day or later, YYYY-MM-DD', dayArgument)
    .option('--until <date>', 'only mails of this day or earlier, YYYY-MM-DD', dayArgument)
    .addHelpText('after', FORMAT_NOTES)
    .action(planExport);
}

const FORMAT_NOTES = `
The columns are those of the relation email_schedules, and the contact's external_id as it is now.
What became of mails since the plan was published, email_schedules says. In CSV, an external_id that
a spreadsheet would take for a formula has an apostrophe before it; JSON lines have it as it is.`;

async function planExport(name: string, options: ExportOptions): Promise<void> {
  const filter = filterOf(options);
  await withOrganization('plan export', options.organization, async (pool, organization) => {
    await assertTypesExist(pool, organization.id, options);
    await exportRows(pool, organization.id, name, filter, options);
  });
}

async function exportRows(
  pool: Pool,
  organizationId: number,
  name: string,
  filter: RowFilter,
  { format, output }: ExportOptions,
): Promise<void> {
  const [
    { pipeline },
    { inSnapshot },
    { keepPlanRows },
    { findStoredPlan },
    { exportPlan },
    { openOutputFile },
    { writeExport },
  ] = await Promise.all([
    import('node:stream/promises'),
    import('../../../db/snapshot.ts'),
    import('../../../db/queries/keep-plan-rows.ts'),
    import('../../../db/stored-plan.ts'),
    import('../../../db/export-plan.ts'),
    import('../../output-file.ts'),
    import('../../write-export.ts'),
  ]);
  const file = output === undefined || output === '-' ? null : await openOutputFile(output);
  await inSnapshot(pool, async (client) => {
    await keepPlanRows(client);
    const plan = await findStoredPlan(client, organizationId, name);
    const rows = exportPlan(client, plan, filter, format);
    if (file === null) await pipeline(rows, process.stdout, { end: false });
    else await writeExport(rows, file);
  });
}

function filterOf({ type, status, reason, from, until }: ExportOptions): RowFilter {
  if (from !== undefined && until !== undefined && until < from) {
    throw new SchedulerError(
      'INVALID_INPUT',
      `--until is ${until}, before --from ${from}: no day lies between them.`,
      { place: '--until', value: until, allowed: `${from} or a later day` },
    );
  }
  if (reason.length > 0 && status.length > 0 && !status.includes('skipped')) {
    throw new SchedulerError(
      'INVALID_INPUT',
      '--reason is about skipped mails, and --status leaves these out: leave one of them away.',
      { place: '--reason', value: reason.join(', '), allowed: 'with --status skipped, or without --status' },
    );
  }
  return {
    emailTypes: type,
    statuses: status,
    skipReasons: reason,
    fromDay: from === undefined ? null : parseDay(from),
    untilDay: until === undefined ? null : parseDay(until),
  };
}

/** A campaign type that the organization does not have is a slip, not an empty answer. */
async function assertTypesExist(pool: Pool, organizationId: number, { type }: ExportOptions): Promise<void> {
  const asked = type.filter((one) => one.startsWith(CAMPAIGN_PREFIX));
  if (asked.length === 0) return;
  const { rows } = await pool.query<{ email_type: string }>(
    `SELECT $2 || name AS email_type FROM campaign_types WHERE organization_id = $1 ORDER BY name`,
    [organizationId, CAMPAIGN_PREFIX],
  );
  const known = rows.map((row) => row.email_type);
  const unknown = asked.find((one) => !known.includes(one));
  if (unknown === undefined) return;
  const allowed = [...YEARLY_TYPES, ...known].join(', ');
  throw new SchedulerError('INVALID_INPUT', `--type is "${unknown}"; this organization has: ${allowed}.`, {
    place: '--type',
    value: unknown,
    allowed,
  });
}

/** An option that may be given several times: its values, each checked. */
function repeatable(flags: string, description: string, parse: (text: string) => string): Option {
  return new Option(flags, description)
    .default([], 'all')
    .argParser((text: string, former: string[]) => [...former, parse(text)]);
}

function oneOf(allowed: readonly string[]): (text: string) => string {
  return (text) => {
    if (!allowed.includes(text)) throw new InvalidArgumentError(`Allowed: ${allowed.join(', ')}.`);
    return text;
  };
}

function emailType(text: string): string {
  if (YEARLY_TYPES.includes(text) || text.startsWith(CAMPAIGN_PREFIX)) return text;
  throw new InvalidArgumentError(`Allowed: ${YEARLY_TYPES.join(', ')}, or campaign_ and a campaign type.`);
}
