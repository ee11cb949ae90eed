/** The mails of the previewed instance in the plan of its dry run. */
import type { ClientBase } from 'pg';
import { formatDay, parseDay, type DayNumber } from '../../domain/calendar.ts';
import { readLedgerVolumes } from '../shape-shares.ts';
import { isRowOf } from '../stored-plan.ts';
import type { PreviewRun } from './preview-run.ts';

export interface PreviewedDay {
  readonly day: DayNumber;
  /** Mails of the instance that go out. */
  readonly mails: number;
  /** All mails of the day, as the cap counts them (SPEC 7): also those that another mail has displaced. */
  readonly volume: number;
}

/** The days on which mails of the instance go out, in order. */
export async function readPreviewedDays(
  client: ClientBase,
  { plan, instance, endedSnapshot }: PreviewRun,
): Promise<PreviewedDay[]> {
  const { rows } = await client.query<{ day: string; mails: string; placed: string }>(
    `SELECT scheduled_send_date::text AS day,
       count(*) FILTER (WHERE status = 'pre-scheduled' AND campaign_instance_id = $1) AS mails,
       count(*) FILTER (WHERE status = 'pre-scheduled' OR skip_reason IN ('campaign_conflict', 'frequency_limit'))
         AS placed
     FROM plan_rows r WHERE ${isRowOf(plan, 'r')}
     GROUP BY scheduled_send_date
     HAVING count(*) FILTER (WHERE status = 'pre-scheduled' AND campaign_instance_id = $1) > 0
     ORDER BY scheduled_send_date`,
    [instance.id],
  );
  const first = rows[0]?.day ?? formatDay(plan.asOfDay);
  const settled = await readLedgerVolumes(client, plan.organizationId, first, endedSnapshot);
  return rows.map((row) => {
    const day = parseDay(row.day)!;
    return { day, mails: Number(row.mails), volume: Number(row.placed) + settled.volumes.get(day) };
  });
}

/** Skipped mails of contacts that have ZIP code and state alike. */
export interface SkippedMails {
  readonly reason: string;
  /** Of a mail that a window blocks: whose state's rule. */
  readonly blockedBy: { readonly state: string; readonly rule: string } | null;
  /** As they are stored. */
  readonly zipCode: string | null;
  readonly state: string | null;
  readonly mails: number;
}

export async function readPreviewedSkips(
  client: ClientBase,
  { plan, instance }: PreviewRun,
): Promise<SkippedMails[]> {
  const { rows } = await client.query<{
    reason: string;
    blocked_by: SkippedMails['blockedBy'];
    zip_code: string | null;
    state: string | null;
    mails: string;
  }>(
    `SELECT s.reason, CASE WHEN s.rule IS NOT NULL
         THEN jsonb_build_object('state', s.rule_state, 'rule', s.rule) END AS blocked_by,
       c.zip_code, c.state, count(*) AS mails
     FROM (
       SELECT contact_id, skip_reason AS reason, details::jsonb #>> '{blocked_by,state}' AS rule_state,
         details::jsonb #>> '{blocked_by,rule}' AS rule
       FROM plan_rows r
       WHERE ${isRowOf(plan, 'r')} AND r.campaign_instance_id = $2 AND r.status = 'skipped') s
     LEFT JOIN contacts c ON c.organization_id = $1 AND c.id = s.contact_id
     GROUP BY s.reason, s.rule_state, s.rule, c.zip_code, c.state`,
    [plan.organizationId, instance.id],
  );
  return rows.map((row) => ({
    reason: row.reason,
    blockedBy: row.blocked_by,
    zipCode: row.zip_code,
    state: row.state,
    mails: Number(row.mails),
  }));
}

/** Mails that go out, by what placed them; those on their ideal day are in none. */
export interface PreviewedMoves {
  readonly caughtUp: number;
  readonly smoothed: number;
  readonly redistributed: number;
  /** On days above the cap that nothing could bring down. */
  readonly overCap: number;
}

export async function readPreviewedMoves(
  client: ClientBase,
  { plan, instance, overCapDays }: PreviewRun,
): Promise<PreviewedMoves> {
  const { rows } = await client.query<PreviewedMoves>(
    `SELECT count(*) FILTER (WHERE placed_by = 'catch_up')::integer AS "caughtUp",
       count(*) FILTER (WHERE placed_by = 'smoothed')::integer AS smoothed,
       count(*) FILTER (WHERE placed_by = 'redistributed')::integer AS redistributed,
       count(*) FILTER (WHERE scheduled_send_date = ANY ($2::date[]))::integer AS "overCap"
     FROM plan_rows r
     WHERE ${isRowOf(plan, 'r')} AND r.campaign_instance_id = $1 AND r.status = 'pre-scheduled'`,
    [instance.id, overCapDays.map(formatDay)],
  );
  return rows[0]!;
}
