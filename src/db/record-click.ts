/** Clicks on links of mails, each a contact event (SPEC 15). */
import type { ClientBase, Pool } from 'pg';
import {
  doubtClick,
  EVERY_LINK_MS,
  type Click,
  type ClickDoubt,
  type ClickedMail,
} from '../domain/click-evidence.ts';
import { inTransaction } from './transaction.ts';

export interface ClickToRecord {
  readonly organizationId: number;
  /** The mail. */
  readonly scheduleId: number;
  readonly contactId: number;
  readonly url: string;
  readonly label: string;
  /** `link`: a hash of its token. */
  readonly click: Click;
}

/**
 * One event a second for each link at most: a double click is one; what a program does at that moment is another. Nothing is recorded of a contact that was deleted.
 * @returns what speaks against its being a person's; `unknown`: there is no such contact any more
 */
export async function recordClick(
  pool: Pool,
  request: ClickToRecord,
): Promise<ClickDoubt | 'unknown' | null> {
  return inTransaction(pool, async (client) => {
    await lockClicks(client, request);
    const mail = await readClickedMail(client, request);
    if (mail === null) return 'unknown';
    const doubt = doubtClick(request.click, mail);
    await insertClick(client, request, doubt);
    // Those before this one were a program's, too.
    if (doubt === 'every_link') await doubtLatestClicks(client, request, doubt);
    return doubt;
  });
}

/** One after the other for each mail, or of several at once none would see the others. */
async function lockClicks(client: ClientBase, { organizationId, scheduleId }: ClickToRecord): Promise<void> {
  await client.query(
    `SELECT pg_advisory_xact_lock(hashtextextended('clicks ' || $1::bigint || ' ' || $2::bigint, 0))`,
    [organizationId, scheduleId],
  );
}

/** `null`: no such contact. A mail that has been handed over and is not recorded as sent yet has its attempt. */
async function readClickedMail(
  client: ClientBase,
  { organizationId, scheduleId, contactId, click }: ClickToRecord,
): Promise<ClickedMail | null> {
  const { rows } = await client.query<{ sent_at: Date | null; links: string[]; times: Date[] }>(
    `SELECT coalesce(
         (SELECT actual_send_at FROM ledger WHERE organization_id = $1 AND id = $2),
         (SELECT max(attempted_at) FROM deliveries WHERE organization_id = $1 AND schedule_id = $2)) AS sent_at,
       coalesce(array_agg(split_part(e.source_id, ':', 2)) FILTER (WHERE e.id IS NOT NULL), '{}') AS links,
       coalesce(array_agg(e.occurred_at) FILTER (WHERE e.id IS NOT NULL), '{}') AS times
     FROM contacts c
     LEFT JOIN contact_events e ON e.organization_id = $1 AND e.contact_id = $3 AND e.schedule_id = $2
       AND e.type = 'clicked' AND e.source_id LIKE 'click:%' AND e.occurred_at >= $4
     WHERE c.organization_id = $1 AND c.id = $3 AND c.deleted_at IS NULL
     GROUP BY c.id`,
    [organizationId, scheduleId, contactId, new Date(click.atMs - EVERY_LINK_MS)],
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    sentAtMs: row.sent_at?.getTime() ?? null,
    clicks: row.links.map((link, index) => ({ link, atMs: row.times[index]!.getTime() })),
  };
}

async function insertClick(
  client: ClientBase,
  { organizationId, scheduleId, contactId, url, label, click }: ClickToRecord,
  doubt: ClickDoubt | null,
): Promise<void> {
  const sourceId = [
    'click',
    click.link,
    Math.floor(click.atMs / 1_000),
    ...(doubt === null ? [] : [doubt]),
  ].join(':');
  await client.query(
    `INSERT INTO contact_events
       (organization_id, contact_id, source_id, type, schedule_id, is_evidence, occurred_at, metadata)
     VALUES ($1, $2, $3, 'clicked',
       (SELECT id FROM ledger WHERE organization_id = $1 AND id = $4 AND contact_id = $2), $5, $6, $7)
     ON CONFLICT (organization_id, source_id) DO NOTHING`,
    [
      ...[organizationId, contactId, sourceId, scheduleId],
      ...[doubt === null, new Date(click.atMs)],
      JSON.stringify({ label, url, ...(doubt === null ? {} : { doubt }) }),
    ],
  );
}

async function doubtLatestClicks(
  client: ClientBase,
  { organizationId, scheduleId, contactId, click }: ClickToRecord,
  doubt: ClickDoubt,
): Promise<void> {
  await client.query('SELECT doubt_clicks($1, $2, $3, $4, $5)', [
    ...[organizationId, contactId, scheduleId, new Date(click.atMs - EVERY_LINK_MS), doubt],
  ]);
}
