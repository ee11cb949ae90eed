/** The organization's runs: those with a record, and workflows that never came to one. */
import { countReplans, type ReplansOfPlan } from '../db/queries/count-replans.ts';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import { findRecordedWorkflows, listRuns, type StoredRun } from '../db/queries/list-runs.ts';
import type { ReportSources } from './run-report.ts';
import { temporalProblemOf, type UnrecordedRun } from './runs-in-temporal.ts';

export interface ListedRun {
  /** `null`: its workflow ended before it had opened a run, or has not yet. */
  readonly id: number | null;
  readonly kind: StoredRun['kind'];
  /** Of a dry run that previews a campaign: the name of the instance. */
  readonly previewedInstance: string | null;
  /** That of the record; `waiting`, `failed`, `cancelled` of a workflow without one. */
  readonly state: StoredRun['state'] | 'waiting';
  readonly asOf: string | null;
  /** The plan that it put in force; of a replan: the one that it changed. */
  readonly planNumber: number | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  /** Pre-scheduled. */
  readonly mails: number | null;
  readonly cause: StoredRun['cause'];
  readonly workflowId: string;
}

export interface RunList {
  /** Newest first. */
  readonly runs: readonly ListedRun[];
  /** What has been planned again since the plan in force was published; `null`: nothing. */
  readonly replans: ReplansOfPlan | null;
  /** Why Temporal could not be asked for what has no record. */
  readonly temporalProblem: string | null;
}

export async function listAllRuns(
  sources: Pick<ReportSources, 'pool' | 'askTemporal'>,
  organization: OrganizationProfile,
  limit: number,
  { withReplans }: { readonly withReplans: boolean } = { withReplans: false },
): Promise<RunList> {
  const stored = await listRuns(sources.pool, organization.id, limit, { withReplans });
  const replans = await countReplans(sources.pool, organization.id);
  const { unrecorded, problem } = await findUnrecorded(sources, organization.name);
  const oldest = stored.length < limit ? undefined : stored.at(-1);
  const recent = unrecorded.filter(({ startedAt }) => oldest === undefined || startedAt > oldest.startedAt);
  const runs = [...stored.map(listedOf), ...recent.map(listedOfUnrecorded)]
    .sort((a, b) => Number(b.startedAt) - Number(a.startedAt))
    .slice(0, limit);
  return { runs, replans, temporalProblem: problem };
}

async function findUnrecorded(
  { pool, askTemporal }: Pick<ReportSources, 'pool' | 'askTemporal'>,
  organization: string,
): Promise<{ readonly unrecorded: readonly UnrecordedRun[]; readonly problem: string | null }> {
  try {
    const findRecorded = (ids: readonly string[]) => findRecordedWorkflows(pool, ids);
    const { unrecorded } = await askTemporal({
      organization,
      workflow: null,
      findRecorded,
    });
    return { unrecorded, problem: null };
  } catch (error) {
    return { unrecorded: [], problem: temporalProblemOf(error) };
  }
}

function listedOf(run: StoredRun): ListedRun {
  const { id, kind, previewedInstance, state, asOf, startedAt, finishedAt, counts, cause, workflowId } = run;
  const planNumber = kind === 'replan' ? run.formerPlanNumber : run.planNumber;
  const mails = counts?.occurrences.pre_scheduled ?? null;
  return {
    ...{ id, kind, previewedInstance, state, asOf, planNumber, startedAt, finishedAt },
    ...{ mails, cause, workflowId },
  };
}

function listedOfUnrecorded(run: UnrecordedRun): ListedRun {
  const { workflowId, kind, previewedInstance, startedAt, finishedAt, cause, isOpen, status } = run;
  const ended = status === 'CANCELLED' || status === 'TERMINATED' ? 'cancelled' : 'failed';
  return {
    ...{ id: null, kind, previewedInstance, asOf: null, planNumber: null, mails: null },
    ...{ state: isOpen ? 'waiting' : ended, startedAt, finishedAt, cause, workflowId },
  };
}
