import { randomUUID } from 'node:crypto';
import { isGrpcDeadlineError, type Client } from '@temporalio/client';
import { SchedulerError } from '../contracts/errors.ts';
import {
  REPLAN_PRIORITY,
  replanWorkflowId,
  type ReplanContactsInput,
  type ReplanSummary,
} from '../contracts/replan-contacts.ts';
import { TASK_QUEUE } from '../contracts/task-queues.ts';
import { asSchedulerError } from './workflow-error.ts';

/** A worker does it within a second, or after the run that is just publishing. */
const ANSWER_WITHIN_MS = 60_000;

export interface ReplanOptions {
  /** A worker with this very connection runs in this process: it gets the first task with the answer. */
  readonly isWorkerHere?: boolean;
}

/**
 * Plans the contacts again, into the plan in force; returns once that is so.
 * @throws SchedulerError WORKER_MISSING if no worker has done so within a minute, TEMPORAL_UNREACHABLE if Temporal does
 *   not answer: a worker that comes later will; or the replan's own error
 */
export async function replanContacts(
  client: Client,
  input: ReplanContactsInput,
  { isWorkerHere = false }: ReplanOptions = {},
): Promise<ReplanSummary> {
  const workflowId = replanWorkflowId(input.organization, randomUUID());
  try {
    const handle = await client.workflow.start('replanContacts', {
      taskQueue: TASK_QUEUE,
      workflowId,
      args: [input],
      priority: { priorityKey: REPLAN_PRIORITY },
      staticSummary: titleOf(input),
      requestEagerStart: isWorkerHere,
      // What is not planned by then is found by the sweep.
      workflowExecutionTimeout: '15m',
    });
    return await client.withDeadline(
      Date.now() + ANSWER_WITHIN_MS,
      async () => (await handle.result()) as ReplanSummary,
    );
  } catch (error) {
    if (!isGrpcDeadlineError(error)) throw asSchedulerError(error);
    throw new SchedulerError(
      'WORKER_MISSING',
      `No worker has planned the contacts within ${ANSWER_WITHIN_MS / 1000} seconds (workflow ${workflowId}): start one with \`npx email-scheduler worker\`, or look into its log.`,
    );
  }
}

/** What Temporal Web calls it. */
export function titleOf({ organization, contactIds }: ReplanContactsInput): string {
  return `Plan ${contactIds.length} contact${contactIds.length === 1 ? '' : 's'} of ${organization} again`;
}
