import type { ClientBase } from 'pg';

/** A row of a contact that is settled, or a follow-up. */
export interface LedgerEntry {
  readonly id: number;
  readonly emailType: string;
  readonly campaignInstanceId: number | null;
  readonly eventDate: string;
  readonly scheduledSendDate: string;
  readonly status: string;
  readonly skipReason: string | null;
  /** Of a follow-up: the mail that it follows. */
  readonly parentId: number | null;
  readonly runId: number;
  readonly actualSendAt: Date | null;
  /** As `email_schedules` has it. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

/** Newest first. */
export async function listContactLedger(
  client: ClientBase,
  organizationId: number,
  contactId: number,
): Promise<LedgerEntry[]> {
  const { rows } = await client.query<LedgerRow>(
    `SELECT id, email_type AS "emailType", campaign_instance_id AS "campaignInstanceId",
       event_date::text AS "eventDate", scheduled_send_date::text AS "scheduledSendDate", status,
       skip_reason AS "skipReason", parent_id AS "parentId", run_id AS "runId",
       actual_send_at AS "actualSendAt", metadata
     FROM ledger
     WHERE organization_id = $1 AND contact_id = $2
     ORDER BY scheduled_send_date DESC, id DESC`,
    [organizationId, contactId],
  );
  // PostgreSQL's bigint comes as text.
  return rows.map((row) => ({
    ...row,
    id: Number(row.id),
    campaignInstanceId: row.campaignInstanceId === null ? null : Number(row.campaignInstanceId),
    parentId: row.parentId === null ? null : Number(row.parentId),
    runId: Number(row.runId),
  }));
}

type LedgerRow = Omit<LedgerEntry, 'id' | 'campaignInstanceId' | 'parentId' | 'runId'> & {
  readonly id: string;
  readonly campaignInstanceId: string | null;
  readonly parentId: string | null;
  readonly runId: string;
};
