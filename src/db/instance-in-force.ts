/** What the plan in force and the ledger have of a campaign instance. */
import type { InstanceInPlan } from './preview/without-mail.ts';
import type { ListedInstance } from './queries/list-campaign-instances.ts';
import type { StoredPlan } from './stored-plan.ts';

/** @param plan in force; `null`: there is none yet */
export function instanceInForce(
  organizationId: number,
  { id, of_type: type }: ListedInstance,
  plan: StoredPlan | null,
): InstanceInPlan {
  return {
    ...{ organizationId, instanceId: id },
    isForAllContacts: type.target_all_contacts,
    isTransactional: type.transactional,
    countsDeleted: false,
    mails: `SELECT contact_id FROM email_schedules
      WHERE organization_id = ${organizationId} AND campaign_instance_id = ${id}
        AND status <> 'requeued' AND NOT starts_with(email_type, 'followup_')`,
    rejections:
      plan === null
        ? `SELECT NULL::bigint AS contact_id, NULL::text AS reason WHERE false`
        : rejectionsInForce(plan),
  };
}

/** By the plan's own run or, of contacts that were planned again since, by the latest replan of each. */
function rejectionsInForce({ organizationId, number, runId }: StoredPlan): string {
  const replans = `scheduler_runs WHERE organization_id = ${organizationId} AND kind = 'replan'
    AND former_plan_number = ${number} AND id > ${runId}`;
  return `SELECT j.contact_id, j.reason FROM rejected_contacts j
    WHERE j.run_id IN (SELECT ${runId} UNION ALL SELECT id FROM ${replans})
      AND NOT EXISTS (
        SELECT FROM replanned_contacts c
        WHERE c.organization_id = ${organizationId} AND c.contact_id = j.contact_id AND c.run_id > j.run_id
          AND c.run_id IN (SELECT id FROM ${replans}))`;
}
