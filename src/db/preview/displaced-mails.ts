/**
 * What a preview changes of the mails of others, against the plan in force: a row keeps its id from plan to plan, so
 * that what the dry run has written is held against what stood there before. Rows that both share are not read.
 */
import type { ClientBase } from 'pg';
import { wasInForce } from '../open-rows.ts';
import type { FormerPlan, PreviewRun } from './preview-run.ts';

/**
 * `pushed_out`: went out, and a conflict or the frequency limit skips it now; `post_window_added`: a new post-window
 * mail that stands for a blocked mail of the instance; `post_window_shared`: one that was there, and now stands for
 * such a mail, too; `other`: new or changed otherwise.
 */
export type DisplacementKind = 'moved' | 'pushed_out' | 'post_window_added' | 'post_window_shared' | 'other';

export interface Displacement {
  readonly kind: DisplacementKind;
  readonly emailType: string;
  /** Of `pushed_out`: what skips it. */
  readonly reason: string | null;
  readonly mails: number;
}

export async function countDisplacements(
  client: ClientBase,
  run: PreviewRun,
  former: FormerPlan,
): Promise<Displacement[]> {
  const { rows } = await client.query<Displacement>(
    `SELECT kind, email_type AS "emailType",
       CASE WHEN kind = 'pushed_out' THEN skip_reason END AS reason, count(*)::integer AS mails
     FROM (${displacedMails(run, former)}) displaced
     GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );
  return rows;
}

/** One of the mails that are displaced. */
export interface DisplacedMail {
  readonly kind: DisplacementKind;
  readonly contactId: number;
  readonly externalId: string | null;
  readonly emailType: string;
  readonly campaignInstanceId: number | null;
  readonly eventDate: string;
  /** `null`: it is new. */
  readonly formerDay: string | null;
  readonly day: string;
  readonly skipReason: string | null;
  /** The mails that it gave way to, or stands for, by their names. */
  readonly because: readonly string[];
}

/** The first of each kind, by day and contact; without those that changed otherwise. */
export async function listDisplacedMails(
  client: ClientBase,
  run: PreviewRun,
  former: FormerPlan,
  limit: number,
): Promise<DisplacedMail[]> {
  const { rows } = await client.query<DisplacedMailRow>(
    `SELECT d.kind, d.contact_id AS "contactId", c.external_id AS "externalId", d.email_type AS "emailType",
       d.campaign_instance_id AS "campaignInstanceId", d.event_date::text AS "eventDate", d.former_day::text AS "formerDay",
       d.scheduled_send_date::text AS day, d.skip_reason AS "skipReason", d.because
     FROM (
       SELECT *, row_number() OVER (PARTITION BY kind
         ORDER BY scheduled_send_date, contact_id, email_type, event_date) AS place
       FROM (${displacedMails(run, former)}) displaced WHERE kind <> 'other') d
     LEFT JOIN contacts c ON c.organization_id = ${run.plan.organizationId} AND c.id = d.contact_id
     WHERE d.place <= $1
     ORDER BY d.kind, d.place`,
    [limit],
  );
  return rows.map(({ contactId, campaignInstanceId, ...row }) => ({
    ...row,
    contactId: Number(contactId),
    campaignInstanceId: campaignInstanceId === null ? null : Number(campaignInstanceId),
  }));
}

interface DisplacedMailRow extends Omit<DisplacedMail, 'contactId' | 'campaignInstanceId'> {
  readonly contactId: string;
  readonly campaignInstanceId: string | null;
}

/** Of numbers and what PostgreSQL has written only, so that it needs no parameters. */
function displacedMails({ plan, instance, endedSnapshot }: PreviewRun, former: FormerPlan): string {
  const segments = `'{${former.segmentRunIds.map(Number).join(',')}}'::bigint[]`;
  return `SELECT * FROM (
    SELECT CASE
        WHEN n.stands_for_it AND f.id IS NULL THEN 'post_window_added'
        WHEN n.stands_for_it AND NOT coalesce(f.stands_for_it, false) THEN 'post_window_shared'
        WHEN f.status = 'pre-scheduled' AND n.skip_reason IN ('campaign_conflict', 'frequency_limit')
          THEN 'pushed_out'
        WHEN n.status = 'pre-scheduled' AND n.scheduled_send_date <> f.scheduled_send_date THEN 'moved'
        WHEN f.id IS NULL OR (n.status, n.scheduled_send_date) IS DISTINCT FROM (f.status, f.scheduled_send_date)
          OR n.skip_reason IS DISTINCT FROM f.skip_reason THEN 'other' END AS kind,
      n.contact_id, n.email_type, n.campaign_instance_id, n.event_date, n.scheduled_send_date, n.skip_reason,
      f.scheduled_send_date AS former_day,
      ARRAY(SELECT jsonb_array_elements_text(coalesce(
        n.details::jsonb -> 'collided_with', n.details::jsonb -> 'stands_for',
        CASE WHEN n.details::jsonb ? 'winner' THEN jsonb_build_array(n.details::jsonb -> 'winner') END, '[]'))) AS because
    FROM (
      SELECT r.*, ${standsFor(instance.id, 'r')} AS stands_for_it FROM plan_rows r
      WHERE r.base_id = ${plan.baseId} AND r.segment_run_id = ${plan.runId}
        AND r.campaign_instance_id IS DISTINCT FROM ${instance.id}) n
    LEFT JOIN (
      SELECT r.*, ${standsFor(instance.id, 'r')} AS stands_for_it FROM plan_rows r
      WHERE r.base_id = ${former.baseId} AND r.segment_run_id = ANY (${segments})
        AND ${wasInForce(endedSnapshot, 'r')}) f ON f.contact_id = n.contact_id AND f.id = n.id) compared
    WHERE kind IS NOT NULL`;
}

/** Mails are named `contact:type:instance:event` (SPEC 2). */
function standsFor(instanceId: number, rows: string): string {
  return `CASE WHEN ${rows}.email_type = 'post_window' THEN EXISTS (
    SELECT FROM jsonb_array_elements_text(${rows}.details::jsonb -> 'stands_for') AS mail
    WHERE split_part(mail, ':', 3) = '${instanceId}') ELSE false END`;
}
