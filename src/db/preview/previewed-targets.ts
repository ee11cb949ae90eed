import type { ClientBase } from 'pg';
import { isRowOf } from '../stored-plan.ts';
import type { PreviewRun } from './preview-run.ts';
import { countTargetsByMail, type TargetsByMail } from './without-mail.ts';

/** The contacts that the previewed instance is for, by what the plan of its dry run has of them. */
export async function readPreviewedTargets(
  client: ClientBase,
  { plan, instance, type }: PreviewRun,
): Promise<TargetsByMail> {
  return countTargetsByMail(client, {
    organizationId: plan.organizationId,
    instanceId: instance.id,
    isForAllContacts: type.targetsAllContacts,
    isTransactional: type.isTransactional,
    countsDeleted: true,
    mails: `SELECT contact_id FROM plan_rows r
      WHERE ${isRowOf(plan, 'r')} AND r.campaign_instance_id = ${instance.id}`,
    rejections: `SELECT contact_id, reason FROM rejected_contacts WHERE run_id = ${plan.runId}`,
  });
}
