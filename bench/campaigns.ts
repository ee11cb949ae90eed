import type { Pool } from 'pg';

/** Targets of the instance that does not go to all. */
const TARGETS = 20_000;

/**
 * Two campaigns to all contacts and one with 20,000 targets, of the types that every organization has, all within the
 * first months after the day of the first plan.
 */
export async function storeCampaigns(pool: Pool, organizationId: number): Promise<void> {
  await pool.query(
    `INSERT INTO campaign_instances (organization_id, campaign_type_id, name, status, active_start_date, active_end_date)
     SELECT $1, t.id, i.name, 'active', i.start_date, i.end_date
     FROM (VALUES
       ('initial_blast', 'welcome', DATE '2026-12-07', DATE '2027-03-31'),
       ('policy_update', 'terms of 2027', DATE '2027-01-11', DATE '2027-06-30'),
       ('rate_increase', 'rates of spring', NULL::date, DATE '2027-08-31')) AS i (type, name, start_date, end_date)
     JOIN campaign_types t ON t.organization_id = $1 AND t.name = i.type`,
    [organizationId],
  );
  await pool.query(
    `INSERT INTO contact_campaigns (organization_id, contact_id, campaign_instance_id, trigger_date)
     SELECT $1, c.id, i.id, DATE '2027-02-01' + (row_number() OVER (ORDER BY c.id))::integer % 120
     FROM campaign_instances i, LATERAL (
       SELECT id FROM contacts WHERE organization_id = $1 ORDER BY id LIMIT $2) c
     WHERE i.organization_id = $1 AND i.name = 'rates of spring'`,
    [organizationId, TARGETS],
  );
}
