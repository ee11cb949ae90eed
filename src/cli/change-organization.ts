/** What every command does that changes something which planning goes by. */
import type { Client } from '@temporalio/client';
import type { Pool, PoolClient } from 'pg';
import type { ChangePlanning } from '../client/plan-changes.ts';
import { SchedulerError } from '../contracts/errors.ts';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import { systemActor, withOrganization } from './with-database.ts';

export interface ChangeOptions {
  readonly organization: string;
  /** `--as`: in whose name; default: the system user's. */
  readonly as?: string;
}

export interface Changed<T> {
  readonly result: T;
  /** What has become of the plan in force. */
  readonly planning: ChangePlanning;
}

/**
 * Changes something of an organization in one transaction, in the operator's name; once that is committed, the plan
 * in force follows it.
 * @param command what `pg_stat_activity` calls it, such as `campaigns types change`
 * @param change all of it or nothing: whatever it throws rolls it back
 */
export async function changeOrganization<T>(
  command: string,
  options: ChangeOptions,
  change: (client: PoolClient, organization: OrganizationProfile) => Promise<T>,
): Promise<Changed<T>> {
  const [{ actAs }, { inTransaction }] = await Promise.all([
    import('../db/act-as.ts'),
    import('../db/transaction.ts'),
  ]);
  return withOrganization(command, options.organization, async (pool, organization) => {
    const { result, changedIn } = await inTransaction(pool, async (client) => {
      await actAs(client, options.as ?? systemActor());
      const result = await change(client, organization);
      return { result, changedIn: await findTransactionId(client) };
    });
    // Nothing was written.
    if (changedIn === null) return { result, planning: { outcome: 'nothing' } };
    return { result, planning: await followChanges(pool, organization, changedIn) };
  });
}

/** `null`: the transaction has written nothing so far. */
async function findTransactionId(client: PoolClient): Promise<string | null> {
  const { rows } = await client.query<{ id: string | null }>('SELECT pg_current_xact_id_if_assigned() AS id');
  return rows[0]!.id;
}

/**
 * What is stored is stored: that nobody plans with it at the moment is no failure of the change.
 * @param changedIn the transaction whose changes are meant; `null`: whatever nobody has planned with
 */
export async function followChanges(
  pool: Pool,
  organization: { readonly id: number; readonly name: string },
  changedIn: string | null = null,
): Promise<ChangePlanning> {
  const { planChanges } = await import('../client/plan-changes.ts');
  const connections: { close: () => Promise<void> }[] = [];
  try {
    const connectOnce = async (): Promise<Client> => {
      const { client, close } = await connect();
      connections.push({ close });
      return client;
    };
    return await planChanges(pool, organization, connectOnce, changedIn);
  } catch (error) {
    if (!(error instanceof SchedulerError)) throw error;
    return { outcome: 'later', reason: error.message };
  } finally {
    for (const { close } of connections) await close();
  }
}

async function connect(): Promise<{ client: Client; close: () => Promise<void> }> {
  const [{ Client }, { connectToTemporal }, { resolveAddresses }] = await Promise.all([
    import('@temporalio/client'),
    import('./temporal-connection.ts'),
    import('./environment.ts'),
  ]);
  const { temporalAddress, namespace } = resolveAddresses();
  const connection = await connectToTemporal(temporalAddress);
  return { client: new Client({ connection, namespace }), close: () => connection.close() };
}

/** What became of the plan, as a sentence for people; `null`: nothing to say. */
export function planningSentence(planning: ChangePlanning, organization: string): string | null {
  switch (planning.outcome) {
    case 'nothing':
      return null;
    case 'no_plan':
      return `There is no plan yet: the first \`npx email-scheduler plan run --organization ${organization}\` plans with it.`;
    case 'replanned': {
      const { contacts, planNumber, changes } = planning.replan;
      if (planNumber === null) return 'There is no plan yet: the first run plans with it.';
      const { added, changed, removed } = changes;
      return `Planned again: ${contacts} contact${contacts === 1 ? '' : 's'}; in plan ${planNumber}, which is in force, ${added} mail${added === 1 ? ' was' : 's were'} added, ${changed} changed, ${removed} removed.`;
    }
    case 'run_started':
      return `A run has been started that publishes a plan with it:\n\`npx email-scheduler runs show --organization ${organization}\` says how far it is.`;
    case 'later':
      return `It is stored, and the plan in force does not have it yet: a worker plans with it as soon as there is one. ${planning.reason}`;
  }
}
