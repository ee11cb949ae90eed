import type { ClientBase } from 'pg';
import { unknownOrganization } from './unknown-organization.ts';
import { parseDay, type DayNumber } from '../domain/calendar.ts';

export interface Organization {
  readonly id: number;
  readonly name: string;
  readonly timeZone: string;
  readonly isSandbox: boolean;
  readonly sandboxToday: DayNumber | null;
  readonly claimedThrough: DayNumber | null;
  readonly planNumber: number | null;
  /** Of the plan that was published last, whether or not it is in force; 0 before the first. */
  readonly lastPlanNumber: number;
  readonly planBaseId: number | null;
}

/**
 * Reads the organization and takes its lock for the transaction: claiming, replanning and publishing
 * exclude each other (SPEC 9). Rows that refer to the organization may be written meanwhile.
 * @throws SchedulerError UNKNOWN_ORGANIZATION
 */
export async function lockOrganization(
  client: ClientBase,
  by: { name: string } | { id: number },
): Promise<Organization> {
  return readOrganization(client, by, 'FOR NO KEY UPDATE');
}

/**
 * Reads the organization as it is at the moment, for who changes nothing.
 * @throws SchedulerError UNKNOWN_ORGANIZATION
 */
export async function readOrganization(
  client: ClientBase,
  by: { name: string } | { id: number },
  lock: 'FOR NO KEY UPDATE' | '' = '',
): Promise<Organization> {
  const [column, value] = 'name' in by ? ['name', by.name] : ['id', by.id];
  const { rows } = await client.query<OrganizationRow>(
    `SELECT id, name, time_zone, sandbox, sandbox_today::text AS sandbox_today,
       claimed_through::text AS claimed_through, plan_number, last_plan_number, plan_base_id
     FROM organizations WHERE ${column} = $1 ${lock}`,
    [value],
  );
  const row = rows[0];
  if (row === undefined) {
    throw unknownOrganization(String(value), 'organization');
  }
  return {
    id: Number(row.id),
    name: row.name,
    timeZone: row.time_zone,
    isSandbox: row.sandbox,
    sandboxToday: row.sandbox_today === null ? null : parseDay(row.sandbox_today),
    claimedThrough: row.claimed_through === null ? null : parseDay(row.claimed_through),
    planNumber: row.plan_number,
    lastPlanNumber: row.last_plan_number,
    planBaseId: row.plan_base_id === null ? null : Number(row.plan_base_id),
  };
}

interface OrganizationRow {
  id: string;
  name: string;
  time_zone: string;
  sandbox: boolean;
  sandbox_today: string | null;
  claimed_through: string | null;
  plan_number: number | null;
  last_plan_number: number;
  plan_base_id: string | null;
}
