import type { Pool } from 'pg';
import type { WorkflowRef } from '../src/contracts/schedule-run.ts';
import type { Hash32 } from '../src/domain/occurrence.ts';

/** What activities need from outside; a main puts it together, tests put in others. */
export interface ActivityDependencies {
  readonly pool: Pool;
  readonly hash: Hash32;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** The folder with scheduler.yaml and state-rules.yaml. */
  readonly configurationFolder: string;
  /** Whose overrides of the configuration apply; `null`: none. */
  readonly environment: string | null;
  /** Whether that chain of workflow runs is the latest of its id and still open. */
  readonly isWorkflowOpen: (workflow: WorkflowRef) => Promise<boolean>;
}
