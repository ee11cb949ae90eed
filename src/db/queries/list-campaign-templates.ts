import type { ClientBase, Pool } from 'pg';

/** A template that a campaign instance, one of its targets or its follow-ups name. */
export interface CampaignTemplate {
  readonly template: string;
  readonly instance: string;
  readonly type: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Of these: the follow-up's e-mail type; else `null`. */
  readonly followUp: string | null;
}

/** Of all instances that have not ended, drafts included: what they will need. Targets' own are in it, once each. */
export async function listCampaignTemplates(
  db: ClientBase | Pool,
  organizationId: number,
): Promise<CampaignTemplate[]> {
  const { rows } = await db.query<CampaignTemplate>(
    `SELECT named.template, i.name AS instance, t.name AS type, i.metadata, named.follow_up AS "followUp"
     FROM campaign_instances i
     JOIN campaign_types t ON t.organization_id = i.organization_id AND t.id = i.campaign_type_id
     CROSS JOIN LATERAL (
       SELECT coalesce(i.metadata ->> 'email_template', i.email_template, 'campaign_' || t.name) AS template,
         NULL AS follow_up
       UNION
       SELECT c.metadata ->> 'email_template', NULL FROM contact_campaigns c
       WHERE c.organization_id = i.organization_id AND c.campaign_instance_id = i.id
         AND c.metadata ->> 'email_template' IS NOT NULL
       UNION
       SELECT value, key FROM jsonb_each_text(
         CASE jsonb_typeof(i.metadata -> 'followup_templates')
           WHEN 'object' THEN i.metadata -> 'followup_templates' ELSE '{}' END)
       WHERE value IS NOT NULL
     ) named
     WHERE i.organization_id = $1 AND i.status <> 'ended'
     ORDER BY i.name, named.follow_up NULLS FIRST, named.template`,
    [organizationId],
  );
  return rows;
}
