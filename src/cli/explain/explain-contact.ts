/** `explain`: why a contact is mailed when it is, and why not. */
import type { Pool } from 'pg';
import { findContact } from '../../db/queries/find-contact.ts';
import { keepPlanRows } from '../../db/queries/keep-plan-rows.ts';
import { inSnapshot } from '../../db/snapshot.ts';
import { explainAsOf, type AsOfRequest } from './explain-as-of.ts';
import { explainPlanInForce } from './explain-plan.ts';
import type { ExplainedContact, Explanation } from './explanation.ts';

/**
 * @param reference an id or an external id, see `findContact`
 * @param asOf `null`: the plan in force is explained
 * @throws SchedulerError UNKNOWN_CONTACT, UNKNOWN_PLAN, INVALID_INPUT
 */
export async function explainContact(
  pool: Pool,
  { organization, reference, hash }: Omit<ExplainedContact, 'profile'> & { readonly reference: string },
  asOf: AsOfRequest | null,
): Promise<Explanation> {
  return inSnapshot(pool, async (client) => {
    await keepPlanRows(client);
    const profile = await findContact(client, organization, reference);
    const contact = { organization, profile, hash };
    return asOf === null ? explainPlanInForce(client, contact) : explainAsOf(client, contact, asOf);
  });
}
