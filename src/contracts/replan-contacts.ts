/** What crosses process borders around the workflow `replanContacts`. */
import type { WorkflowRef } from './schedule-run.ts';

/** Contacts of one replan at most: they are planned while the organization is locked, some tenths of a second. */
export const MAX_REPLANNED_CONTACTS = 1_000;

/** Anybody may have written it: the activity checks every field. */
export interface ReplanContactsInput {
  readonly organization: string;
  readonly contactIds: readonly number[];
}

/** What has become of the plan in force; ids and counts only. */
export interface ReplanSummary {
  /** The record of the replan; `null`: there is no plan in force, so that the first run plans the contacts. */
  readonly runId: number | null;
  /** The plan that was changed. */
  readonly planNumber: number | null;
  readonly contacts: number;
  readonly changes: {
    readonly added: number;
    readonly changed: number;
    readonly removed: number;
    /** Overdue, and past their deadline: settled as skipped. */
    readonly missed: number;
    readonly unchanged: number;
  };
}

export interface ReplanRequest {
  /** As it was given; not yet known to be a `ReplanContactsInput`. */
  readonly input: unknown;
  readonly workflow: WorkflowRef;
}

/** As the worker registers them. */
export interface ReplanContactsActivities {
  replan(request: ReplanRequest): Promise<ReplanSummary>;
}

/** Before dispatch, runs and the sweep, in this order (Temporal's priorities: 1 is the first). */
export const REPLAN_PRIORITY = 1;
export const SWEEP_PRIORITY = 5;

export function replanWorkflowId(organization: string, suffix: string): string {
  return `replan-${organization}-${suffix}`;
}
