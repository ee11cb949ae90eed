import type { ClientBase } from 'pg';
import type { InstanceStatus } from '../../domain/campaigns.ts';

/** A campaign instance, as far as its targets go by it. */
export interface HeldInstance {
  readonly id: number;
  readonly name: string;
  readonly status: InstanceStatus;
  readonly type: string;
  readonly isTypeActive: boolean;
  readonly isForAllContacts: boolean;
}

/**
 * Until the transaction ends, it and its type stay as they are.
 * @returns `null`: the organization has none of this name
 */
export async function holdInstance(
  client: ClientBase,
  organizationId: number,
  name: string,
): Promise<HeldInstance | null> {
  const { rows } = await client.query<HeldInstance>(
    `SELECT i.id::integer, i.name, i.status, t.name AS type, t.active AS "isTypeActive",
       t.target_all_contacts AS "isForAllContacts"
     FROM campaign_instances i
     JOIN campaign_types t ON t.organization_id = i.organization_id AND t.id = i.campaign_type_id
     WHERE i.organization_id = $1 AND i.name = $2
     FOR SHARE OF i, t`,
    [organizationId, name],
  );
  return rows[0] ?? null;
}
