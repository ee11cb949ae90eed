/**
 * The least that an enrolment can cost: what has to be asked and stored, as statements on one connection, with
 * nothing between them. The rows go into tables beside the schema, of the same columns and indexes.
 */
import type { Pool, PoolClient } from 'pg';
import { inTransaction } from '../src/db/transaction.ts';

export interface BareEnrolment {
  enrol(contactId: number): Promise<void>;
}

export async function prepareBareEnrolment(
  owner: Pool,
  organizationId: number,
  instanceId: number,
): Promise<BareEnrolment> {
  const { rows } = await owner.query<{ base: string; plan_number: number }>(
    'SELECT plan_base_id AS base, plan_number FROM organizations WHERE id = $1',
    [organizationId],
  );
  const { base, plan_number: planNumber } = rows[0]!;
  await owner.query(`CREATE TABLE bare_targets (LIKE contact_campaigns INCLUDING ALL);
    CREATE TABLE bare_rows (LIKE plan_base_${base} INCLUDING INDEXES);
    CREATE TABLE bare_days (LIKE plan_days INCLUDING INDEXES);
    INSERT INTO bare_days SELECT * FROM plan_days WHERE organization_id = ${organizationId}`);
  return {
    enrol: async (contactId) => {
      await inTransaction(owner, (client) =>
        client.query(
          'INSERT INTO bare_targets (organization_id, contact_id, campaign_instance_id, trigger_date) VALUES ($1, $2, $3, $4)',
          [organizationId, contactId, instanceId, '2027-05-03'],
        ),
      );
      await inTransaction(owner, (client) => plan(client, { organizationId, planNumber, base, contactId }));
    },
  };
}

async function plan(
  client: PoolClient,
  of: {
    readonly organizationId: number;
    readonly planNumber: number;
    readonly base: string;
    readonly contactId: number;
  },
): Promise<void> {
  const { organizationId, planNumber, base, contactId } = of;
  const contact = [organizationId, contactId];
  await client.query('SELECT * FROM organizations WHERE id = $1 FOR NO KEY UPDATE', [organizationId]);
  await client.query('SELECT * FROM contacts WHERE organization_id = $1 AND id = $2', contact);
  await client.query('SELECT * FROM bare_targets WHERE organization_id = $1 AND contact_id = $2', contact);
  await client.query('SELECT * FROM ledger WHERE organization_id = $1 AND contact_id = $2', contact);
  await client.query(`SELECT * FROM plan_base_${base} WHERE contact_id = $1`, [contactId]);
  await client.query(
    'SELECT day, sum(pre_scheduled + skipped_with_place) FROM plan_days WHERE organization_id = $1 AND plan_number = $2 GROUP BY day',
    [organizationId, planNumber],
  );
  await client.query(`INSERT INTO bare_rows SELECT * FROM plan_base_${base} WHERE contact_id = $1 LIMIT 1`, [
    contactId,
  ]);
  await client.query(
    `UPDATE bare_days SET pre_scheduled = pre_scheduled + 1
     WHERE organization_id = $1 AND plan_number = $2 AND day = (
       SELECT min(day) FROM bare_days WHERE organization_id = $1 AND plan_number = $2)`,
    [organizationId, planNumber],
  );
}
