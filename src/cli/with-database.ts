import { userInfo } from 'node:os';
import type { Pool } from 'pg';
import { unknownOrganization } from '../db/unknown-organization.ts';
import type { OrganizationProfile } from '../db/queries/find-organization.ts';
import { resolveDatabaseUrl } from './environment.ts';
import { databaseUnreachable } from './unreachable.ts';

/** Whose name changes carry that a command makes. */
export function systemActor(): string {
  return `cli:${userInfo().username}`;
}

/**
 * Gives a command the database for its time: one connection, of a schema that this program knows.
 * @param command what `pg_stat_activity` calls it, such as `plan list`
 */
export async function withDatabase<T>(command: string, work: (pool: Pool) => Promise<T>): Promise<T> {
  const databaseUrl = resolveDatabaseUrl();
  const [{ createPool }, { assertSchemaIsKnown }] = await Promise.all([
    import('../db/pool.ts'),
    import('../db/migrate.ts'),
  ]);
  const pool = createPool({ databaseUrl, max: 1, applicationName: `email-scheduler ${command}` });
  try {
    await assertSchemaIsKnown(pool);
    return await work(pool);
  } catch (error) {
    throw databaseUnreachable(error, databaseUrl) ?? error;
  } finally {
    await pool.end();
  }
}

/** As `withDatabase`, for a command about one organization. */
export async function withOrganization<T>(
  command: string,
  name: string,
  work: (pool: Pool, organization: OrganizationProfile) => Promise<T>,
): Promise<T> {
  return withDatabase(command, async (pool) => {
    const { findOrganization } = await import('../db/queries/find-organization.ts');
    const organization = await findOrganization(pool, name);
    if (organization === null) throw unknownOrganization(name, '--organization');
    return work(pool, organization);
  });
}
