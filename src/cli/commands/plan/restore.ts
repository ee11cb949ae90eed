import { Command, InvalidArgumentError, Option } from 'commander';
import type { RunSummary } from '../../../contracts/schedule-run.ts';
import { followRun } from '../../follow-run.ts';
import { asOption, dayArgument, jsonOption, organizationOption } from '../../options.ts';
import { systemActor, withOrganization } from '../../with-database.ts';

interface RestoreOptions {
  readonly organization: string;
  readonly asOf?: string;
  readonly dryRun?: true;
  readonly ifRunning: 'refuse' | 'queue';
  readonly as?: string;
  readonly json?: true;
}

export function planRestoreCommand(): Command {
  return new Command('restore')
    .description(
      'put an earlier plan back, as a new plan: its mails from today on, less what has been claimed or settled since; contacts that anything has touched since are planned again',
    )
    .argument(
      '<number>',
      'which plan, by its number in `npx email-scheduler plan list`; earlier plans are kept for 7 days',
      planNumber,
    )
    .addOption(organizationOption('whose plan'))
    .option(
      '--as-of <date>',
      'the first day to plan for, YYYY-MM-DD; default: the organization’s today, or tomorrow once today is claimed or over. A sandbox’s today goes there and never back',
      dayArgument,
    )
    .option('--dry-run', 'compute and store, but do not publish')
    .addOption(
      new Option('--if-running <choice>', 'what to do while another run is going on')
        .choices(['refuse', 'queue'])
        .default('refuse'),
    )
    .addOption(asOption())
    .addOption(jsonOption())
    .action(planRestore);
}

async function planRestore(
  restore: number,
  { organization, asOf, dryRun, ifRunning, as, json }: RestoreOptions,
): Promise<void> {
  const { findRestorablePlan } = await import('../../../db/queries/find-restorable-plan.ts');
  // A workflow that can only fail is not started.
  await withOrganization('plan restore', organization, (pool, { id }) =>
    findRestorablePlan(pool, id, restore),
  );
  const summary = await followRun(
    {
      organization,
      restore,
      ifRunning,
      requestedBy: as ?? systemActor(),
      ...(asOf === undefined ? {} : { asOf }),
      ...(dryRun === undefined ? {} : { dryRun }),
    },
    json === undefined ? {} : { json },
  );
  if (summary === null || json === true) return;
  console.log(`
Compare it:
  npx email-scheduler plan diff ${comparedWith(summary)} --organization ${organization}`);
}

/** With what was in force before: numbers leave no gap. */
function comparedWith({ planNumber, runId }: RunSummary): string {
  return planNumber === null ? `current run:${runId}` : `${planNumber - 1} ${planNumber}`;
}

function planNumber(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  const isDryRun = /^run:\d+$/.test(text);
  throw new InvalidArgumentError(
    isDryRun
      ? 'A dry run was never published, so that it cannot be put back. Allowed: the number of an earlier plan.'
      : 'Allowed: the number of an earlier plan, as `npx email-scheduler plan list --organization NAME` shows it.',
  );
}
