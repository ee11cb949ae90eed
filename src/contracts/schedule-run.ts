/** What crosses process borders around the workflow `scheduleRun`: its input, progress, activities. */
import type { PlanCounts } from '../domain/books.ts';

/** A person types this (SPEC 15); the first activity checks every field. */
export interface ScheduleRunInput {
  readonly organization: string;
  /** `YYYY-MM-DD`; default: the organization's today, or tomorrow once today is claimed or over. */
  readonly asOf?: string;
  /** Ignore the plan in force and draw everything anew. */
  readonly fresh?: boolean;
  /** Contacts per batch; default: the configuration's, larger where there would be more than 500. */
  readonly batchSize?: number;
  /** Compute and store, but do not publish. */
  readonly dryRun?: boolean;
  /** What to do while another run of the organization is going on. */
  readonly ifRunning?: 'refuse' | 'queue';
  /** Put this earlier plan back, by its number, instead of going on from the one in force. */
  readonly restore?: number;
  /** With `dryRun`: the name of a campaign instance that is planned as if it were active already. */
  readonly preview?: string;
  /** Who asks for it, as the audit log is to have it. */
  readonly requestedBy?: string;
  /** Set by the workflow itself when it goes on with a fresh history. */
  readonly resume?: ResumedRun;
}

/** Where a run is when it goes on with a fresh history. */
export interface ResumedRun {
  readonly run: OpenedRun;
  /** Placed and shaped: batches are to be applied. */
  readonly isShaped: boolean;
  readonly round: number;
}

/** A run that has been opened: what the workflow needs to know to go through its batches. */
export interface OpenedRun {
  readonly runId: number;
  readonly organizationId: number;
  readonly organization: string;
  readonly asOf: string;
  readonly contacts: number;
  readonly batches: number;
  readonly maxDurationSeconds: number;
  /** Milliseconds since 1970: the run fails when it has not ended by then. */
  readonly deadlineMs: number;
}

/** A workflow by its id and the first run id of its chain (continue-as-new). */
export interface WorkflowRef {
  readonly workflowId: string;
  readonly chainId: string;
}

export interface OpenRunInput {
  /** As it was given; not yet known to be a `ScheduleRunInput`. */
  readonly input: unknown;
  readonly workflow: WorkflowRef;
}

export type OpenRunResult =
  | { readonly outcome: 'opened'; readonly run: OpenedRun }
  | { readonly outcome: 'queued'; readonly behindRunId: number };

export interface RunRef {
  readonly runId: number;
}

export interface BatchRef extends RunRef {
  /** From 0. */
  readonly batch: number;
}

export interface BatchResult {
  readonly contacts: number;
}

export interface ShapeResult {
  readonly smoothedDays: number;
  /** Days above the threshold: their mails have to be collected and moved. */
  readonly overfullDays: number;
  /** They are collected already: every batch has foreseen these days. */
  readonly isCollected: boolean;
}

export interface RedistributeResult {
  readonly moved: number;
  readonly overCapDays: number;
}

export interface RunSummary {
  readonly runId: number;
  readonly state: 'published' | 'dry_run';
  readonly planNumber: number | null;
  /** Of a restore: the number of the plan that it put back. */
  readonly restoredPlan?: number;
  readonly asOf: string;
  readonly checksum: string;
  readonly counts: PlanCounts;
}

export type PublishResult =
  | { readonly outcome: 'ended'; readonly summary: RunSummary }
  /** Too much has changed since the run read it: everything is planned again. */
  | { readonly outcome: 'start_over'; readonly run: OpenedRun };

/** Ends the run that the workflow has opened, if it has opened one. */
export interface EndRunInput {
  readonly workflow: WorkflowRef;
  readonly state: 'failed' | 'cancelled';
  readonly code: string;
  readonly message: string;
}

/** As the worker registers them; names are what Temporal Web shows. */
export interface ScheduleRunActivities {
  openRun(input: OpenRunInput): Promise<OpenRunResult>;
  placeBatch(ref: BatchRef): Promise<BatchResult>;
  shapePlan(ref: RunRef): Promise<ShapeResult>;
  collectMovableMails(ref: BatchRef): Promise<BatchResult>;
  redistributeMails(ref: RunRef): Promise<RedistributeResult>;
  applyBatch(ref: BatchRef): Promise<BatchResult>;
  sealPlan(ref: RunRef): Promise<void>;
  publishPlan(ref: RunRef): Promise<PublishResult>;
  endRun(input: EndRunInput): Promise<void>;
}

export type Phase =
  'open' | 'queued' | 'place' | 'shape' | 'collect' | 'redistribute' | 'apply' | 'seal' | 'publish' | 'ended';

/** The answer to the query `progress`. */
export interface RunProgress {
  readonly phase: Phase;
  readonly runId: number | null;
  readonly asOf: string | null;
  readonly contacts: number;
  readonly batches: number;
  /** Batches of the phase that are done. */
  readonly batchesDone: number;
  readonly round: number;
  /** Milliseconds spent in each phase so far, in the order in which they were entered. */
  readonly phaseMs: Readonly<Partial<Record<Phase, number>>>;
}

export const PROGRESS_QUERY = 'progress';

/** `plan-demo-2026-11-23-…`: what a run started by our own command is called. */
export function planWorkflowId(organization: string, suffix: string): string {
  return `plan-${organization}-${suffix}`;
}
