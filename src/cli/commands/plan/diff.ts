import { Command } from 'commander';
import type { PoolClient } from 'pg';
import type { ChangedRow, ComparedPlans, PlanDifference } from '../../../db/diff-plans.ts';
import { formatDay } from '../../../domain/calendar.ts';
import { jsonOption, organizationOption, wholeNumberArgument } from '../../options.ts';
import { changedRowsText, planDiffText } from '../../output/plan-diff.ts';
import { withOrganization } from '../../with-database.ts';

interface DiffOptions {
  readonly organization: string;
  readonly rows?: true;
  readonly limit: number;
  readonly output?: string;
  readonly json?: true;
}

export function planDiffCommand(): Command {
  return new Command('diff')
    .description('what differs between two plans; a dry run against current previews a change of rules')
    .argument('<former>', 'a number, "current" or run:ID of a dry run (see plan list)')
    .argument('<latter>', 'likewise')
    .addOption(organizationOption('whose plans'))
    .option('--rows', 'show the mails that differ, too')
    .option('--limit <number>', 'with --rows: how many at most', wholeNumberArgument(1, 10_000), 50)
    .option('--output <file>', 'write all mails that differ to this CSV file')
    .addOption(jsonOption())
    .action(planDiff);
}

async function planDiff(former: string, latter: string, options: DiffOptions): Promise<void> {
  const [{ inSnapshot }, { keepPlanRows }, { findStoredPlan }, { diffPlans, readChangedRows }, files] =
    await Promise.all([
      import('../../../db/snapshot.ts'),
      import('../../../db/queries/keep-plan-rows.ts'),
      import('../../../db/stored-plan.ts'),
      import('../../../db/diff-plans.ts'),
      import('../../output-file.ts'),
    ]);
  await withOrganization('plan diff', options.organization, async (pool, organization) => {
    const file = options.output === undefined ? null : await files.openOutputFile(options.output);
    await inSnapshot(pool, async (client) => {
      await keepPlanRows(client);
      const plans = {
        former: await findStoredPlan(client, organization.id, former),
        latter: await findStoredPlan(client, organization.id, latter),
      };
      const difference = await diffPlans(client, plans);
      const rows = options.rows ? await readChangedRows(client, plans, options.limit) : null;
      if (file !== null) await writeRows(client, plans, file);
      print(plans, difference, rows, options);
    });
  });
}

async function writeRows(
  client: PoolClient,
  plans: ComparedPlans,
  file: { readonly path: string; readonly isReplaced: boolean },
): Promise<void> {
  const [{ exportChangedRows }, { writeExport }] = await Promise.all([
    import('../../../db/diff-plans.ts'),
    import('../../write-export.ts'),
  ]);
  await writeExport(exportChangedRows(client, plans), file);
}

function print(
  plans: ComparedPlans,
  difference: PlanDifference,
  rows: readonly ChangedRow[] | null,
  { json }: DiffOptions,
): void {
  const differing = difference.groups.reduce((all, { count }) => all + count, 0);
  const rowsLeftOff = differing - (rows?.length ?? 0);
  if (json) {
    const { fromDay, ...others } = difference;
    const described = { former: describe(plans.former), latter: describe(plans.latter) };
    const listed = rows === null ? {} : { rows, rowsLeftOff };
    console.log(JSON.stringify({ ...described, from: formatDay(fromDay), ...others, ...listed }, null, 2));
    return;
  }
  console.log(planDiffText(plans, difference));
  if (rows !== null && rows.length > 0) console.log(`\n${changedRowsText(rows, rowsLeftOff)}`);
}

function describe(plan: ComparedPlans['former']): object {
  return {
    plan: plan.number === null ? `run:${plan.runId}` : String(plan.number),
    number: plan.number,
    runId: plan.runId,
    asOf: formatDay(plan.asOfDay),
    configurationVersion: plan.configurationVersion,
  };
}
