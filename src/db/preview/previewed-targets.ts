import type { ClientBase } from 'pg';
import { isRowOf } from '../stored-plan.ts';
import type { PreviewRun } from './preview-run.ts';

/**
 * Why a contact that the instance is for has no mail of it: `rejected` by the run, `in_ledger` already, has
 * `unsubscribed` from marketing, has `no_trigger_date`, was deleted, or came too late for the run to see it.
 */
type WithoutMailKind =
  'rejected' | 'in_ledger' | 'unsubscribed' | 'no_trigger_date' | 'contact_deleted' | 'came_later';

export interface WithoutMail {
  readonly kind: WithoutMailKind;
  /** Of `rejected`: the reason; of `in_ledger`: the status of the mail there. */
  readonly detail: string | null;
  readonly contacts: number;
}

export interface PreviewedTargets {
  /** Contacts that the instance is for. */
  readonly contacts: number;
  /** Those among them with a target row; the others of an all-contacts instance have none. */
  readonly targetRows: number;
  /** With a mail in the plan of the dry run, pre-scheduled or skipped. */
  readonly withMail: number;
  readonly withoutMail: readonly WithoutMail[];
}

export async function readPreviewedTargets(
  client: ClientBase,
  { plan, instance, type }: PreviewRun,
): Promise<PreviewedTargets> {
  const { rows } = await client.query<{
    kind: WithoutMailKind | null;
    detail: string | null;
    contacts: string;
    target_rows: string;
  }>(
    `WITH targets AS (
       SELECT c.id AS contact_id, t.contact_id IS NOT NULL AS has_row, t.trigger_date,
         c.deleted_at IS NOT NULL AS is_deleted, normal_address(c.email) AS address
       FROM contacts c
       LEFT JOIN contact_campaigns t
         ON t.organization_id = $1 AND t.contact_id = c.id AND t.campaign_instance_id = $2
       WHERE c.organization_id = $1 AND (t.contact_id IS NOT NULL OR $3 AND c.deleted_at IS NULL)
     ), mails AS (
       SELECT DISTINCT contact_id FROM plan_rows r
       WHERE ${isRowOf(plan, 'r')} AND r.campaign_instance_id = $2
     ), settled AS (
       SELECT DISTINCT ON (contact_id) contact_id, status FROM ledger
       WHERE organization_id = $1 AND campaign_instance_id = $2 AND parent_id IS NULL AND status <> 'requeued'
       -- One that was sent, failed or cancelled stands in the way of all others.
       ORDER BY contact_id, status = 'skipped', scheduled_send_date DESC
     ), sorted AS (
       SELECT t.has_row, CASE
           WHEN m.contact_id IS NOT NULL THEN NULL
           WHEN t.is_deleted THEN 'contact_deleted'
           WHEN j.contact_id IS NOT NULL THEN 'rejected'
           WHEN s.contact_id IS NOT NULL THEN 'in_ledger'
           WHEN t.trigger_date IS NULL AND NOT $3 THEN 'no_trigger_date'
           WHEN NOT $4 AND EXISTS (SELECT FROM suppressions WHERE organization_id = $1 AND address = t.address)
             THEN 'unsubscribed'
           ELSE 'came_later' END AS kind, j.reason, s.status
       FROM targets t
       LEFT JOIN mails m ON m.contact_id = t.contact_id
       LEFT JOIN rejected_contacts j ON j.run_id = $5 AND j.contact_id = t.contact_id
       LEFT JOIN settled s ON s.contact_id = t.contact_id
     )
     SELECT kind, CASE kind WHEN 'rejected' THEN reason WHEN 'in_ledger' THEN status END AS detail,
       count(*) AS contacts, count(*) FILTER (WHERE has_row) AS target_rows
     FROM sorted GROUP BY 1, 2 ORDER BY 1, 2`,
    [plan.organizationId, instance.id, type.targetsAllContacts, type.isTransactional, plan.runId],
  );
  const sum = (of: readonly { contacts: string }[]): number =>
    of.reduce((all, { contacts }) => all + Number(contacts), 0);
  return {
    contacts: sum(rows),
    targetRows: rows.reduce((all, { target_rows }) => all + Number(target_rows), 0),
    withMail: sum(rows.filter(({ kind }) => kind === null)),
    withoutMail: rows.flatMap(({ kind, detail, contacts }) =>
      kind === null ? [] : [{ kind, detail, contacts: Number(contacts) }],
    ),
  };
}
