/** Which of the contacts that an instance is for have a mail of it in a plan, and why the others have none. */
import type { ClientBase } from 'pg';
import type { NotPlannedReason } from '../../domain/campaigns.ts';

/**
 * Why a contact that the instance is for has no mail of it: it was `rejected`, has one `in_ledger` already, has
 * `unsubscribed` from marketing, has `no_trigger_date`, was deleted, or came too late for the plan to have it. Nobody
 * has one where there is `no_plan`, or where the instance is not planned.
 */
export type WithoutMailKind =
  | 'rejected'
  | 'in_ledger'
  | 'unsubscribed'
  | 'no_trigger_date'
  | 'contact_deleted'
  | 'came_later'
  | 'no_plan'
  | NotPlannedReason;

export interface NoMail {
  readonly kind: WithoutMailKind;
  /** Of `rejected`: the reason; of `in_ledger`: the status of the mail there. */
  readonly detail: string | null;
}

export interface WithoutMail extends NoMail {
  readonly contacts: number;
}

export interface TargetsByMail {
  /** Contacts that the instance is for. */
  readonly contacts: number;
  /** Those among them with a target row; the others of an all-contacts instance have none. */
  readonly targetRows: number;
  /** With a mail, pre-scheduled or skipped. */
  readonly withMail: number;
  readonly withoutMail: readonly WithoutMail[];
}

/** An instance, and what a plan has of it. */
export interface InstanceInPlan {
  readonly organizationId: number;
  readonly instanceId: number;
  readonly isForAllContacts: boolean;
  readonly isTransactional: boolean;
  /** Contacts that have been deleted count among its targets. */
  readonly countsDeleted: boolean;
  /** A query for the contacts with a mail of it: `contact_id`; like the next, without parameters. */
  readonly mails: string;
  /** A query for the contacts that planning has rejected, each once: `contact_id`, `reason`. */
  readonly rejections: string;
}

export async function countTargetsByMail(
  client: ClientBase,
  instance: InstanceInPlan,
): Promise<TargetsByMail> {
  const { rows } = await client.query<CountedTargets>(
    `SELECT kind, detail, count(*) AS contacts, count(*) FILTER (WHERE has_row) AS target_rows
     FROM (${targetsByMail(instance)}) sorted GROUP BY 1, 2 ORDER BY 1, 2`,
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

interface CountedTargets {
  kind: WithoutMailKind | null;
  detail: string | null;
  contacts: string;
  target_rows: string;
}

/** Of those given that have no mail. */
export async function whyWithoutMail(
  client: ClientBase,
  instance: InstanceInPlan,
  contactIds: readonly number[],
): Promise<ReadonlyMap<number, NoMail>> {
  const { rows } = await client.query<NoMail & { readonly contact_id: string }>(
    `SELECT contact_id, kind, detail FROM (${targetsByMail(instance)}) sorted
     WHERE kind IS NOT NULL AND contact_id = ANY ($1)`,
    [contactIds],
  );
  return new Map(rows.map(({ contact_id: id, ...noMail }) => [Number(id), noMail]));
}

/** A row for each contact; of numbers only, so that it needs no parameters. */
function targetsByMail(instance: InstanceInPlan): string {
  const { organizationId, instanceId, isForAllContacts, isTransactional, mails, rejections } = instance;
  const isTold = instance.countsDeleted
    ? 't.contact_id IS NOT NULL OR c.deleted_at IS NULL'
    : 'c.deleted_at IS NULL';
  return `SELECT contact_id, has_row, kind,
      CASE kind WHEN 'rejected' THEN reason WHEN 'in_ledger' THEN status END AS detail
    FROM (
      SELECT t.contact_id, t.has_row, CASE
          WHEN m.contact_id IS NOT NULL THEN NULL
          WHEN t.is_deleted THEN 'contact_deleted'
          WHEN j.contact_id IS NOT NULL THEN 'rejected'
          WHEN s.contact_id IS NOT NULL THEN 'in_ledger'
          WHEN t.trigger_date IS NULL AND NOT ${isForAllContacts} THEN 'no_trigger_date'
          WHEN NOT ${isTransactional} AND EXISTS (
            SELECT FROM suppressions WHERE organization_id = ${organizationId} AND address = t.address)
            THEN 'unsubscribed'
          ELSE 'came_later' END AS kind, j.reason, s.status
      FROM (
        SELECT c.id AS contact_id, t.contact_id IS NOT NULL AS has_row, t.trigger_date,
          c.deleted_at IS NOT NULL AS is_deleted, normal_address(c.email) AS address
        FROM contacts c
        LEFT JOIN contact_campaigns t ON t.organization_id = ${organizationId} AND t.contact_id = c.id
          AND t.campaign_instance_id = ${instanceId}
        WHERE c.organization_id = ${organizationId}
          AND (t.contact_id IS NOT NULL OR ${isForAllContacts}) AND (${isTold})) t
      LEFT JOIN (SELECT DISTINCT contact_id FROM (${mails}) mail) m ON m.contact_id = t.contact_id
      LEFT JOIN (${rejections}) j ON j.contact_id = t.contact_id
      LEFT JOIN (
        SELECT DISTINCT ON (contact_id) contact_id, status FROM ledger
        WHERE organization_id = ${organizationId} AND campaign_instance_id = ${instanceId}
          AND parent_id IS NULL AND status <> 'requeued'
        -- One that was sent, failed or cancelled stands in the way of all others.
        ORDER BY contact_id, status = 'skipped', scheduled_send_date DESC) s ON s.contact_id = t.contact_id) asked`;
}
