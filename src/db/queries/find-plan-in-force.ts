import type { ClientBase } from 'pg';
import { parseDay, type DayNumber } from '../../domain/calendar.ts';

/** The plan in force with what it was made by, and the clock that its days are looked at by. */
export interface PlanInForce {
  readonly number: number;
  readonly runId: number;
  readonly asOfDay: DayNumber;
  readonly publishedAt: Date;
  readonly dailyCap: number;
  readonly softLimit: number;
  readonly overCapDays: readonly DayNumber[];
  readonly configurationVersion: number;
  readonly environment: string | null;
  /** `null`: the zone's day is today. */
  readonly sandboxToday: DayNumber | null;
}

/** `null`: none was published yet. */
export async function findPlanInForce(
  client: ClientBase,
  organizationId: number,
): Promise<PlanInForce | null> {
  const { rows } = await client.query<{
    number: number;
    run_id: string;
    as_of: string;
    published_at: Date;
    daily_cap: number;
    soft_limit: number;
    over_cap_dates: string[];
    configuration_version: number;
    environment: string | null;
    sandbox_today: string | null;
  }>(
    `SELECT p.number, p.run_id, p.as_of::text AS as_of, p.published_at, p.daily_cap, p.soft_limit,
       p.over_cap_dates::text[] AS over_cap_dates, r.configuration_version, r.environment,
       o.sandbox_today::text AS sandbox_today
     FROM organizations o
     JOIN plans p ON p.organization_id = o.id AND p.number = o.plan_number
     JOIN scheduler_runs r ON r.id = p.run_id
     WHERE o.id = $1`,
    [organizationId],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    number: row.number,
    runId: Number(row.run_id),
    asOfDay: parseDay(row.as_of)!,
    publishedAt: row.published_at,
    dailyCap: row.daily_cap,
    softLimit: row.soft_limit,
    overCapDays: row.over_cap_dates.map((day) => parseDay(day)!),
    configurationVersion: row.configuration_version,
    environment: row.environment,
    sandboxToday: row.sandbox_today === null ? null : parseDay(row.sandbox_today),
  };
}
