import type { ClientBase, Pool } from 'pg';

/** What there is to be sent on a day, and from which plan. */
export interface MailsOfDay {
  /** The plan in force; `null`: nothing has been published yet. */
  readonly plan: { readonly number: number; readonly asOf: string; readonly publishedAt: Date } | null;
  /** Pre-scheduled on the day and not claimed yet. */
  readonly planned: number;
  /** Planned for earlier days, and still not sent: the next run catches them up or lets them go. */
  readonly overdue: number;
  /** Claimed mails of the day, by status. */
  readonly claimed: Readonly<Record<string, number>>;
}

/** Of counts that are kept with the plan, and of the ledger's rows of that day. */
export async function readMailsOfDay(
  db: ClientBase | Pool,
  organizationId: number,
  day: string,
): Promise<MailsOfDay> {
  const { rows } = await db.query<MailsOfDay>(
    `SELECT CASE WHEN p.number IS NOT NULL THEN jsonb_build_object('number', p.number, 'asOf', p.as_of) END AS plan,
       coalesce(d.planned, 0) AS planned, coalesce(d.overdue, 0) AS overdue, p.published_at AS "publishedAt",
       coalesce((
         SELECT jsonb_object_agg(status, mails) FROM (
           SELECT status, count(*) AS mails FROM ledger
           WHERE organization_id = $1 AND scheduled_send_date = $2
             AND status NOT IN ('skipped', 'requeued', 'pre-scheduled')
           GROUP BY status) by_status), '{}') AS claimed
     FROM organizations o
     LEFT JOIN plans p ON p.organization_id = o.id AND p.number = o.plan_number
     LEFT JOIN LATERAL (
       SELECT (sum(pre_scheduled) FILTER (WHERE day = $2))::integer AS planned,
         (sum(pre_scheduled) FILTER (WHERE day < $2))::integer AS overdue
       FROM plan_days WHERE organization_id = o.id AND plan_number = o.plan_number) d ON true
     WHERE o.id = $1`,
    [organizationId, day],
  );
  const row = rows[0] as (MailsOfDay & { readonly publishedAt: Date }) | undefined;
  if (row === undefined) throw new RangeError(`There is no organization ${organizationId}.`);
  const { plan, planned, overdue, claimed, publishedAt } = row;
  return { plan: plan === null ? null : { ...plan, publishedAt }, planned, overdue, claimed };
}
