import type { EndRunInput } from '../src/contracts/schedule-run.ts';
import { endRunWithout, findRunOfWorkflow } from '../src/db/open-run.ts';
import { inTransaction } from '../src/db/transaction.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Records that the workflow's run failed or was cancelled, and throws away what it had prepared. */
export async function endRun({ pool }: ActivityDependencies, input: EndRunInput): Promise<void> {
  await inTransaction(pool, async (client) => {
    const run = await findRunOfWorkflow(client, input.workflow);
    if (run === null) return;
    await endRunWithout(client, run.runId, input.state, { code: input.code, message: input.message });
  });
}
