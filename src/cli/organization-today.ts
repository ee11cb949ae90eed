import type { Pool } from 'pg';
import { readOrganization } from '../db/organizations.ts';
import { inSnapshot } from '../db/snapshot.ts';
import type { DayNumber } from '../domain/calendar.ts';
import { dayAt } from '../domain/time-zone.ts';

/** The day that it is for the organization: a sandbox's clock, or its zone's (SPEC 2). */
export async function organizationToday(pool: Pool, organizationId: number): Promise<DayNumber> {
  const { isSandbox, sandboxToday, timeZone } = await inSnapshot(pool, (client) =>
    readOrganization(client, { id: organizationId }),
  );
  return (isSandbox ? sandboxToday : null) ?? dayAt(Date.now(), timeZone);
}
