import type { ClientBase } from 'pg';
import { listCampaignTargets, type TargetStatus } from './list-campaign-targets.ts';

/** A campaign instance of which a contact is a target by a row of its own. */
export interface ContactTarget {
  readonly instanceId: number;
  readonly instance: string;
  readonly type: string;
  readonly instanceStatus: string;
  readonly triggerDate: string | null;
  /** `null`: the contact is deleted. */
  readonly status: TargetStatus | null;
  readonly reason: string | null;
  /** Of its mail. */
  readonly sendDate: string | null;
}

/** By the instances' ids; a contact has a handful. */
export async function listContactTargets(
  client: ClientBase,
  organizationId: number,
  contactId: number,
): Promise<ContactTarget[]> {
  const { rows } = await client.query<Omit<ContactTarget, 'instanceId'> & { instanceId: string }>(
    `SELECT i.id AS "instanceId", i.name AS instance, t.name AS type, i.status AS "instanceStatus",
       c.trigger_date::text AS "triggerDate"
     FROM contact_campaigns c
     JOIN campaign_instances i ON i.organization_id = c.organization_id AND i.id = c.campaign_instance_id
     JOIN campaign_types t ON t.organization_id = i.organization_id AND t.id = i.campaign_type_id
     WHERE c.organization_id = $1 AND c.contact_id = $2
     ORDER BY i.id`,
    [organizationId, contactId],
  );
  const targets: ContactTarget[] = [];
  for (const row of rows) {
    const instanceId = Number(row.instanceId);
    const selection = { organizationId, instanceId, status: null, contactId, limit: 1 };
    const [found] = (await listCampaignTargets(client, selection)).targets;
    const { status = null, reason = null, sendDate = null } = found ?? {};
    targets.push({ ...row, instanceId, status, reason, sendDate });
  }
  return targets;
}
