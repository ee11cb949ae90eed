/** After a change that matters to planning: the plan in force follows it (SPEC 6, 9). */
import type { Client } from '@temporalio/client';
import type { ClientBase, Pool } from 'pg';
import { MAX_REPLANNED_CONTACTS, type ReplanSummary } from '../contracts/replan-contacts.ts';
import { planWorkflowId, type ScheduleRunInput } from '../contracts/schedule-run.ts';
import { TASK_QUEUE } from '../contracts/task-queues.ts';
import { findPendingChanges } from '../db/queries/find-pending-changes.ts';
import { replanContacts } from './replan-contacts.ts';
import { asSchedulerError } from './workflow-error.ts';

/** What has been done about a change. */
export type ChangePlanning =
  /** It concerns no mail. */
  | { readonly outcome: 'nothing' }
  /** There is no plan yet: the first run plans with it. */
  | { readonly outcome: 'no_plan' }
  /** The plan in force has it now. */
  | { readonly outcome: 'replanned'; readonly replan: ReplanSummary }
  /** It concerns many contacts: a run has been started, which publishes a plan with it. */
  | { readonly outcome: 'run_started'; readonly workflowId: string }
  /** It is stored, and Temporal or a worker does not answer: a worker plans with it as soon as there is one. */
  | { readonly outcome: 'later'; readonly reason: string };

/**
 * Plans the contacts again that have changed, and waits until that is in force; where it concerns too many, starts a
 * run instead and does not wait for it.
 * @param connect asked only if there is something to plan
 * @param changedIn the transaction whose changes are meant, as PostgreSQL writes its id: what others have left is the
 *   sweep's; `null`: whatever nobody has planned with
 * @throws SchedulerError if nobody plans with it at the moment
 */
export async function planChanges(
  db: Pool | ClientBase,
  organization: { readonly id: number; readonly name: string },
  connect: () => Promise<Client>,
  changedIn: string | null = null,
): Promise<ChangePlanning> {
  const pending = await findPendingChanges(db, organization.id, MAX_REPLANNED_CONTACTS, changedIn);
  if (pending === null) return { outcome: 'nothing' };
  if (!pending.hasPlan) return { outcome: 'no_plan' };
  const client = await connect();
  const { contactIds } = pending;
  if (contactIds === 'many') {
    const workflowId = await startRunForChanges(client, organization.name);
    return { outcome: 'run_started', workflowId };
  }
  return {
    outcome: 'replanned',
    replan: await replanContacts(client, { organization: organization.name, contactIds }),
  };
}

/**
 * Behind a run that is going on, which may have read what there was before. One per organization at a time: a run that
 * was started for an earlier change plans with this one before it publishes, or the sweep finds it.
 */
export async function startRunForChanges(client: Client, organization: string): Promise<string> {
  const input: ScheduleRunInput = { organization, ifRunning: 'queue' };
  try {
    const { workflowId } = await client.workflow.start('scheduleRun', {
      taskQueue: TASK_QUEUE,
      workflowId: planWorkflowId(organization, 'changes'),
      workflowIdConflictPolicy: 'USE_EXISTING',
      args: [input],
      staticSummary: `Plan ${organization}: changes that concern many contacts`,
    });
    return workflowId;
  } catch (error) {
    throw asSchedulerError(error);
  }
}
