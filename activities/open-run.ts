import type { PoolClient } from 'pg';
import { parseConfiguration } from '../src/config/accept.ts';
import { readConfigurationFiles } from '../src/config/source.ts';
import { SchedulerError } from '../src/contracts/errors.ts';
import type { OpenedRun, OpenRunInput, OpenRunResult, WorkflowRef } from '../src/contracts/schedule-run.ts';
import { actAs } from '../src/db/act-as.ts';
import { acceptConfiguration } from '../src/db/configuration-versions.ts';
import { giveBackUnattempted } from '../src/db/give-back.ts';
import {
  endRunWithout,
  findOtherQueuedRuns,
  findRunOfWorkflow,
  findRunningRun,
  insertQueuedRun,
  insertRunningRun,
  type KnownRun,
} from '../src/db/open-run.ts';
import { lockOrganization, type Organization } from '../src/db/organizations.ts';
import { findPreviewedInstance } from '../src/db/previewed-instance.ts';
import { findRestorablePlan } from '../src/db/queries/find-restorable-plan.ts';
import { insertAuditEntry } from '../src/db/queries/insert-audit-entry.ts';
import { cutBatches, holdRun, type RunRecord } from '../src/db/runs.ts';
import type { StoredPlan } from '../src/db/stored-plan.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { planningDays, type PlanningDays } from '../src/domain/as-of.ts';
import { formatDay } from '../src/domain/calendar.ts';
import type { Configuration } from '../src/domain/configuration.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { clockOf } from './organization-clock.ts';
import type { RunPlanning } from './run-planning.ts';
import { tidyUp } from './tidy-up.ts';
import { checkRunInput, type CheckedRunInput } from './schedule-run-input.ts';

/** Temporal's history has room for some 500 batches a run (DESIGN 4): larger organizations have larger ones. */
const MAX_BATCHES = 500;

/**
 * Opens a run: checks the input, pins configuration, days and snapshot, cuts the batches. Tried again,
 * it comes to the run that it opened before.
 */
export async function openRun(
  dependencies: ActivityDependencies,
  planning: RunPlanning,
  { input, workflow }: OpenRunInput,
): Promise<OpenRunResult> {
  const checked = checkRunInput(input);
  const files = parseConfiguration(await readConfigurationFiles(dependencies.configurationFolder));
  // By itself: all organizations meet here, and opening can take its time.
  const version = await inTransaction(dependencies.pool, (client) =>
    acceptConfiguration(client, files, 'files'),
  );

  const { organizationId, result } = await inTransaction(dependencies.pool, async (client) => {
    const organization = await lockOrganization(client, { name: checked.organization });
    const opening = { checked, workflow, version, organization };
    return {
      organizationId: organization.id,
      result: await openLocked(client, dependencies, planning, opening),
    };
  });
  // What a run that was given up has left.
  await tidyUp(dependencies.pool, organizationId);
  return result;
}

interface Opening {
  readonly checked: CheckedRunInput;
  readonly workflow: WorkflowRef;
  /** Of the configuration. */
  readonly version: number;
  readonly organization: Organization;
}

/** The organization is locked: nobody else opens, claims or publishes meanwhile. */
async function openLocked(
  client: PoolClient,
  dependencies: ActivityDependencies,
  planning: RunPlanning,
  { checked, workflow, version, organization }: Opening,
): Promise<OpenRunResult> {
  const known = await findRunOfWorkflow(client, workflow);
  if (known !== null && known.state !== 'queued') {
    return { outcome: 'opened', run: await describeRun(client, known.runId, planning) };
  }
  const scope = { organization: organization.name, environment: dependencies.environment };
  const { configuration } = await planning.compile(client, version, scope);
  const days = daysOf(checked, organization, configuration, dependencies.now());
  const run = {
    workflow,
    organization,
    today: days.today,
    asOfDay: days.asOfDay,
    isDryRun: checked.isDryRun || days.isDryRunOnly,
    isFresh: checked.isFresh,
    configurationVersion: version,
    environment: dependencies.environment,
    restored:
      checked.restore === null ? null : await findRestorablePlan(client, organization.id, checked.restore),
    previewInstanceId:
      checked.preview === null
        ? null
        : await findPreviewedInstance(client, organization, checked.preview, {
            asOfDay: days.asOfDay,
            isSwitchedOn: configuration.features.campaigns,
          }),
  };

  const running = await findRunningRun(client, organization.id);
  if (running !== null) {
    if (await dependencies.isWorkflowOpen(running)) {
      if (checked.ifRunning === 'refuse') refuse(organization, running);
      await insertQueuedRun(client, run);
      return { outcome: 'queued', behindRunId: running.runId };
    }
    await giveUpAbandoned(client, running);
  }
  for (const queued of await findOtherQueuedRuns(client, organization.id, workflow)) {
    if (!(await dependencies.isWorkflowOpen(queued))) await giveUpAbandoned(client, queued);
  }

  if (run.restored !== null) assertIsEarlier(run.restored, organization);
  await giveBackUnattempted(client, organization.id, days.givesBackBefore);
  const { runId, contactCount } = await insertRunningRun(client, run);
  const batchSize = batchSizeFor(contactCount, checked.batchSize ?? configuration.run.batchSize);
  await cutBatches(client, runId, organization.id, batchSize, organization.planBaseId);
  if (run.restored !== null && !run.isDryRun) {
    await noteRestore(client, organization, checked, { runId, workflowId: workflow.workflowId });
  }
  return { outcome: 'opened', run: await describeRun(client, runId, planning) };
}

/** A run that waits for its turn may put back the plan that is in force until then. */
function assertIsEarlier({ number }: StoredPlan, organization: Organization): void {
  if (number !== organization.planNumber) return;
  throw new SchedulerError(
    'INVALID_INPUT',
    `Plan ${number} of ${organization.name} is in force: there is nothing to put back. \`npx email-scheduler plan list --organization ${organization.name}\` shows the earlier ones.`,
    { place: 'restore', value: String(number), allowed: 'the number of an earlier plan' },
  );
}

/** An operator's command, whatever becomes of it; the record of the run says that. */
async function noteRestore(
  client: PoolClient,
  { id: organizationId }: Organization,
  { restore, requestedBy }: CheckedRunInput,
  run: { readonly runId: number; readonly workflowId: string },
): Promise<void> {
  const actor = requestedBy ?? `workflow:${run.workflowId}`;
  await actAs(client, actor);
  const entry = { entity: 'plan', entityId: String(restore), action: 'restore', summary: { run: run.runId } };
  await insertAuditEntry(client, { organizationId, ...entry });
}

/** What the workflow needs to know of its run. */
export async function describeRun(
  client: PoolClient,
  runId: number,
  planning: RunPlanning,
): Promise<OpenedRun> {
  const run: RunRecord = await holdRun(client, runId);
  const { configuration } = await planning.contextOf(client, run);
  const { rows } = await client.query<{ batches: number }>(
    `SELECT count(*)::integer AS batches FROM scheduler_checkpoints WHERE run_id = $1 AND phase = 'place'`,
    [runId],
  );
  const { maxDurationSeconds } = configuration.run;
  return {
    runId,
    organizationId: run.organizationId,
    organization: run.organization,
    asOf: formatDay(run.asOfDay),
    contacts: run.contactCount,
    batches: rows[0]!.batches,
    maxDurationSeconds,
    deadlineMs: run.startedAtMs + maxDurationSeconds * 1000,
  };
}

async function giveUpAbandoned(client: PoolClient, { runId, workflowId }: KnownRun): Promise<void> {
  await endRunWithout(client, runId, 'failed', {
    code: 'RUN_ABANDONED',
    message: `Its workflow ${workflowId} is no longer running: it was terminated, timed out, or Temporal has lost it.`,
  });
}

function refuse(organization: Organization, running: { runId: number; workflowId: string }): never {
  throw new SchedulerError(
    'RUN_ALREADY_GOING',
    `Run ${running.runId} of ${organization.name} (workflow ${running.workflowId}) is going on; wait for it, or start with ifRunning "queue" (--if-running queue).`,
    { place: 'organization', value: organization.name },
  );
}

function daysOf(
  checked: CheckedRunInput,
  organization: Organization,
  configuration: Configuration,
  nowMs: number,
): PlanningDays {
  const clock = clockOf(organization, configuration, nowMs);
  const days = planningDays(clock, checked.asOfDay);
  if (!('refusal' in days)) return days;
  const value = formatDay(checked.asOfDay!);
  throw new SchedulerError('INVALID_INPUT', `asOf is ${value}, ${days.refusal} (${organization.name}).`, {
    place: 'asOf',
    value,
    allowed: days.refusal,
  });
}

function batchSizeFor(contactCount: number, wanted: number): number {
  return Math.max(wanted, Math.ceil(contactCount / MAX_BATCHES));
}
