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

/** While a run publishes, a replan waits for the organization's lock. */
const { replan } = proxyLocalActivities<ReplanContactsActivities>({
  startToCloseTimeout: '5m',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

export async function replanContacts(input: ReplanContactsInput): Promise<ReplanSummary> {
  const { workflowId, firstExecutionRunId } = workflowInfo();
  try {
    return await replan({ input, workflow: { workflowId, chainId: firstExecutionRunId } });
  } catch (error) {
    throw causeOf(error);
  }
}
