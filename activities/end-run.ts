import type { EndRunInput } from '../src/contracts/schedule-run.ts';
import { endRunWithout, findRunOfWorkflow } from '../src/db/open-run.ts';
import { readOrganizationOfRun } from '../src/db/runs.ts';
import { inTransaction } from '../src/db/transaction.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { tidyUp } from './tidy-up.ts';

/** Records that the workflow's run failed or was cancelled, and throws away what it had prepared. */
export async function endRun({ pool }: ActivityDependencies, input: EndRunInput): Promise<void> {
  const runId = await inTransaction(pool, async (client) => {
    const run = await findRunOfWorkflow(client, input.workflow);
    if (run === null) return null;
    await endRunWithout(client, run.runId, input.state, { code: input.code, message: input.message });
    return run.runId;
  });
  if (runId !== null) await tidyUp(pool, await readOrganizationOfRun(pool, runId));
}
