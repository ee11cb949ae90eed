/**
 * Plans some contacts again, into the plan in force (SPEC 9). One activity does it in one transaction; it is a local
 * one, so that whoever has enrolled a contact waits for no round trip through a task queue.
 */
import { proxyLocalActivities, workflowInfo } from '@temporalio/workflow';
import type {
  ReplanContactsActivities,
  ReplanContactsInput,
  ReplanSummary,
} from '../src/contracts/replan-contacts.ts';
import { causeOf } from './failure-cause.ts';

/** While a run publishes, a replan is tried again every second: it waits for the organization's lock no longer. */
const { replan } = proxyLocalActivities<ReplanContactsActivities>({
  startToCloseTimeout: '2m',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '1s' },
});

export async function replanContacts(input: ReplanContactsInput): Promise<ReplanSummary> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  try {
    return await replan({ input, workflow: { workflowId, chainId: firstExecutionRunId } });
  } catch (error) {
    throw causeOf(error);
  }
}
