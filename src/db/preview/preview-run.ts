/** The dry run of a preview, and what it started from. */
import type { ClientBase } from 'pg';
import { parseDay, type DayNumber } from '../../domain/calendar.ts';
import type { CampaignInstance, CampaignType, InstanceStatus } from '../../domain/campaigns.ts';
import { readCampaignsOfRun } from '../campaigns.ts';
import type { PlanInForce } from '../read-facts.ts';
import { findStoredPlan, type StoredPlan } from '../stored-plan.ts';

export interface PreviewRun {
  readonly plan: StoredPlan;
  /** As the run pinned them: a draft is active there. */
  readonly instance: CampaignInstance;
  readonly type: CampaignType;
  /** Every instance that the run knew. */
  readonly instances: readonly CampaignInstance[];
  /** As it stands now. */
  readonly status: InstanceStatus;
  readonly environment: string | null;
  readonly contactCount: number;
  /** `null`: there was no plan in force. */
  readonly former: FormerPlan | null;
  /** All that had happened when the run ended, as PostgreSQL's pg_snapshot writes it. */
  readonly endedSnapshot: string;
  readonly overCapDays: readonly DayNumber[];
}

/** The plan in force that the run started from. */
export interface FormerPlan extends PlanInForce {
  readonly number: number;
  /** Something has changed since it was made that it does not have: the run planned with that, too. */
  readonly isBehind: boolean;
}

/** @param runId a dry run that previewed an instance */
export async function readPreviewRun(
  client: ClientBase,
  organizationId: number,
  runId: number,
): Promise<PreviewRun> {
  const plan = await findStoredPlan(client, organizationId, `run:${runId}`);
  const { rows } = await client.query<PreviewRunRow>(
    `SELECT r.preview_instance_id, i.status, r.environment, r.contact_count, r.former_plan_number,
       r.former_base_id, r.former_segment_run_ids, r.ended_snapshot::text AS ended_snapshot,
       coalesce(r.over_cap_dates, '{}')::text[] AS over_cap_dates,
       former.configuration_version <> r.configuration_version OR EXISTS (
         SELECT FROM planning_changes c
         WHERE c.organization_id = $1 AND NOT c.replanned AND pg_visible_in_snapshot(c.changed_in, r.ended_snapshot))
         AS is_behind
     FROM scheduler_runs r
     JOIN campaign_instances i ON i.organization_id = $1 AND i.id = r.preview_instance_id
     LEFT JOIN plans p ON p.organization_id = $1 AND p.number = r.former_plan_number
     LEFT JOIN scheduler_runs former ON former.id = p.run_id
     WHERE r.organization_id = $1 AND r.id = $2`,
    [organizationId, runId],
  );
  const row = rows[0]!;
  const { types, instances } = await readCampaignsOfRun(client, runId);
  const instance = instances.find(({ id }) => id === Number(row.preview_instance_id))!;
  return {
    plan,
    instance,
    instances,
    type: types.find(({ id }) => id === instance.typeId)!,
    status: row.status,
    environment: row.environment,
    contactCount: row.contact_count,
    former: formerPlanOf(row),
    endedSnapshot: row.ended_snapshot,
    overCapDays: row.over_cap_dates.map((day) => parseDay(day)!),
  };
}

function formerPlanOf(row: PreviewRunRow): FormerPlan | null {
  if (row.former_plan_number === null) return null;
  return {
    number: row.former_plan_number,
    baseId: Number(row.former_base_id),
    segmentRunIds: row.former_segment_run_ids.map(Number),
    isBehind: row.is_behind,
  };
}

interface PreviewRunRow {
  preview_instance_id: string;
  status: InstanceStatus;
  environment: string | null;
  contact_count: number;
  former_plan_number: number | null;
  former_base_id: string | null;
  former_segment_run_ids: string[];
  ended_snapshot: string;
  over_cap_dates: string[];
  is_behind: boolean;
}
