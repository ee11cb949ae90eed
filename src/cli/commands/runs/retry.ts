import { Command } from 'commander';
import type { Pool } from 'pg';
import { SchedulerError } from '../../../contracts/errors.ts';
import type { ScheduleRunInput } from '../../../contracts/schedule-run.ts';
import { unknownOrganization } from '../../../db/unknown-organization.ts';
import type { OrganizationOverview } from '../../../db/queries/list-organizations.ts';
import type { StoredRun } from '../../../db/queries/list-runs.ts';
import { asOption, jsonOption, organizationOption } from '../../options.ts';
import { systemActor, withDatabase } from '../../with-database.ts';
import { runArgument } from './run-argument.ts';

interface Options {
  readonly organization: string;
  readonly as?: string;
  readonly json?: true;
}

export function runsRetryCommand(): Command {
  return new Command('retry')
    .description(
      'start a run that failed, was cancelled or lost once more, with the same input, and follow it',
    )
    .argument('<run>', 'its id', runArgument)
    .addOption(organizationOption())
    .addOption(asOption())
    .addOption(jsonOption())
    .action(retry);
}

async function retry(runId: number, { organization, as, json }: Options): Promise<void> {
  const input = await withDatabase('runs retry', (pool) =>
    prepare(pool, organization, runId, as ?? systemActor()),
  );
  const { followRun } = await import('../../follow-run.ts');
  await followRun(input, json === undefined ? {} : { json });
}

async function prepare(pool: Pool, name: string, runId: number, actor: string): Promise<ScheduleRunInput> {
  const [{ listOrganizations }, { findRun }, { unknownRun }, { noteCommand }] = await Promise.all([
    import('../../../db/queries/list-organizations.ts'),
    import('../../../db/queries/list-runs.ts'),
    import('../../run-report.ts'),
    import('../../note-command.ts'),
  ]);
  const [organization] = await listOrganizations(pool, name);
  if (organization === undefined) throw unknownOrganization(name, '--organization');
  const run = await findRun(pool, organization.id, runId);
  if (run === null) throw unknownRun(name, runId);
  await assertIsOver(name, run);
  const { input, note } = await inputOf(organization, run, actor);
  if (note !== null) console.error(note);
  await noteCommand(pool, actor, {
    organizationId: organization.id,
    entity: 'run',
    entityId: String(runId),
    action: 'retry',
    summary: { asOf: input.asOf ?? 'default' },
  });
  return input;
}

/** A run that is queued or running is over if nobody goes on with it. */
async function assertIsOver(organization: string, run: StoredRun): Promise<void> {
  const { id, state } = run;
  if (state === 'published') {
    const done =
      run.kind === 'replan'
        ? `planned contacts again in plan ${run.formerPlanNumber}`
        : `put plan ${run.planNumber} in force`;
    throw new SchedulerError(
      'INVALID_INPUT',
      `Run ${id} of ${organization} ${done}: there is nothing to retry. \`npx email-scheduler plan run --organization ${organization}\` plans again.`,
      { place: 'run', value: String(id), allowed: 'a run that was not published' },
    );
  }
  if (state !== 'queued' && state !== 'running') return;
  const [{ resolveAddresses }, { withTemporal }, { describeRunWorkflow }] = await Promise.all([
    import('../../environment.ts'),
    import('../../temporal-connection.ts'),
    import('../../runs-in-temporal.ts'),
  ]);
  const { isOpen } = await withTemporal(resolveAddresses(), (client) => describeRunWorkflow(client, run));
  if (!isOpen) return;
  throw new SchedulerError(
    'RUN_ALREADY_GOING',
    `Run ${id} of ${organization} is still ${state} (workflow ${run.workflowId}): \`npx email-scheduler runs show ${id} --organization ${organization}\` says how far it is. To give it up: \`npx email-scheduler temporal workflow cancel --workflow-id ${run.workflowId}\`.`,
    { place: 'run', value: String(id), allowed: 'a run that has ended' },
  );
}

const BATCH_SIZES = { min: 100, max: 100_000 };

/** What the run was started with, as far as it is still allowed. */
async function inputOf(
  { name, timeZone, isSandbox, sandboxToday }: OrganizationOverview,
  run: StoredRun,
  actor: string,
): Promise<{ readonly input: ScheduleRunInput; readonly note: string | null }> {
  const [{ parseDay }, { todayOf }, { dayAt }] = await Promise.all([
    import('../../../domain/calendar.ts'),
    import('../../../domain/as-of.ts'),
    import('../../../domain/time-zone.ts'),
  ]);
  const isBeforeFirst = isSandbox && sandboxToday === null;
  const today = todayOf({
    isSandbox,
    sandboxToday: sandboxToday === null ? null : parseDay(sandboxToday),
    zoneDay: dayAt(Date.now(), timeZone),
  });
  const isAllowed = isBeforeFirst || parseDay(run.asOf)! >= today;
  const { batchSize, isFresh, isDryRun, restoredPlanNumber, previewedInstance } = run;
  const isBatchSize = batchSize >= BATCH_SIZES.min && batchSize <= BATCH_SIZES.max;
  return {
    input: {
      organization: name,
      ...(isAllowed ? { asOf: run.asOf } : {}),
      ...(isFresh ? { fresh: true } : {}),
      ...(isDryRun ? { dryRun: true } : {}),
      ...(isBatchSize ? { batchSize } : {}),
      ...(previewedInstance === null ? {} : { preview: previewedInstance }),
      ...(restoredPlanNumber === null ? {} : { restore: restoredPlanNumber, requestedBy: actor }),
    },
    note: isAllowed
      ? null
      : `Run ${run.id} was as of ${run.asOf}, which has passed; this one is as of the day that is the default now.`,
  };
}
