/** The model's input in a database, and back: contacts, suppressions, plan in force, ledger. */
import type { ClientBase, Pool } from 'pg';
import type { ModelContact, ModelMetadata, ModelRow, ModelSuppression } from '../model/types.ts';

/** A row as `email_schedules` shows it. */
export interface StoredRow extends ModelRow {
  id: number;
  run_id: number;
  scheduled_send_time: string;
  over_cap: boolean;
  email_template: string;
}

type Db = Pool | ClientBase;

export const TIME_ZONE = 'America/Chicago';

export async function insertOrganization(db: Db, name: string, sandbox: boolean): Promise<number> {
  const { rows } = await db.query<{ id: string }>(
    'INSERT INTO organizations (name, time_zone, sandbox) VALUES ($1, $2, $3) RETURNING id',
    [name, TIME_ZONE, sandbox],
  );
  return Number(rows[0]!.id);
}

const CONTACT_RECORD = `jsonb_to_recordset($2::jsonb) AS given
  (id bigint, email text, zip_code text, state text, birth_date date, effective_date date)`;

/** Adds the contacts under their ids; one that was deleted comes back. */
export async function putContacts(
  db: Db,
  organizationId: number,
  contacts: readonly ModelContact[],
): Promise<void> {
  await db.query(
    `INSERT INTO contacts (organization_id, id, external_id, email, zip_code, state, birth_date, effective_date)
     SELECT $1, id, 'contact-' || id, email, zip_code, state, birth_date, effective_date FROM ${CONTACT_RECORD}
     ON CONFLICT (organization_id, id) DO UPDATE SET email = excluded.email, zip_code = excluded.zip_code,
       state = excluded.state, birth_date = excluded.birth_date, effective_date = excluded.effective_date,
       deleted_at = NULL`,
    [organizationId, JSON.stringify(contacts)],
  );
}

export async function deleteContacts(db: Db, organizationId: number, ids: readonly number[]): Promise<void> {
  await db.query(
    'UPDATE contacts SET deleted_at = now() WHERE organization_id = $1 AND id = ANY ($2) AND deleted_at IS NULL',
    [organizationId, ids],
  );
}

export async function putSuppressions(
  db: Db,
  organizationId: number,
  suppressions: readonly ModelSuppression[],
): Promise<void> {
  for (const { address, scope } of suppressions) {
    await db.query(
      `INSERT INTO suppressions (organization_id, address, scope, reason) VALUES ($1, $2, $3, 'test')
       ON CONFLICT DO NOTHING`,
      [organizationId, address, scope],
    );
  }
}

/** Deletes the suppressions that are none of those given. */
export async function keepSuppressions(
  db: Db,
  organizationId: number,
  suppressions: readonly ModelSuppression[],
): Promise<void> {
  const kept = suppressions.map(({ address, scope }) => `${scope} ${address.trim().toLowerCase()}`);
  await db.query(
    `DELETE FROM suppressions WHERE organization_id = $1 AND NOT (scope || ' ' || address = ANY ($2))`,
    [organizationId, kept],
  );
}

/** Campaigns are planned elsewhere; mails of theirs that the ledger holds need something to refer to. */
export async function insertCampaigns(db: Db, organizationId: number): Promise<void> {
  await db.query(
    `WITH types AS (
       INSERT INTO campaign_types (organization_id, id, name, priority, transactional)
       VALUES ($1, 1, 'rate_increase', 1, false), ($1, 2, 'seasonal_promo', 5, false),
         ($1, 3, 'regulatory_notice', 1, true)
       RETURNING id, name
     )
     INSERT INTO campaign_instances (organization_id, id, campaign_type_id, name, status)
     SELECT $1, id, id, name, 'active' FROM types`,
    [organizationId],
  );
}

const ROW_COLUMNS = `id, contact_id, email_type, campaign_instance_id, event_date::text AS event_date,
  ideal_date::text AS ideal_date, scheduled_send_date::text AS scheduled_send_date,
  to_char(scheduled_send_time, 'HH24:MI') AS scheduled_send_time, status, skip_reason, priority, over_cap,
  email_template, run_id, metadata`;

interface DatabaseRow extends Omit<
  StoredRow,
  'id' | 'contact_id' | 'campaign_instance_id' | 'run_id' | 'metadata'
> {
  id: string;
  contact_id: string;
  campaign_instance_id: string | null;
  run_id: string;
  metadata: ModelMetadata | null;
}

/** What readers see: plan in force and ledger together. */
export async function readSchedules(db: Db, organizationId: number): Promise<StoredRow[]> {
  const { rows } = await db.query<DatabaseRow>(
    `SELECT ${ROW_COLUMNS} FROM email_schedules WHERE organization_id = $1 ORDER BY id`,
    [organizationId],
  );
  return rows.map(storedRow);
}

export async function readLedger(db: Db, organizationId: number): Promise<StoredRow[]> {
  const { rows } = await db.query<DatabaseRow>(
    `SELECT ${ROW_COLUMNS} FROM ledger WHERE organization_id = $1 ORDER BY id`,
    [organizationId],
  );
  return rows.map(storedRow);
}

/** The plan in force: what readers see and the ledger does not hold. */
export async function readPlan(db: Db, organizationId: number): Promise<StoredRow[]> {
  const ledgerIds = new Set((await readLedger(db, organizationId)).map(({ id }) => id));
  return (await readSchedules(db, organizationId)).filter(({ id }) => !ledgerIds.has(id));
}

function storedRow(row: DatabaseRow): StoredRow {
  return {
    ...row,
    id: Number(row.id),
    contact_id: Number(row.contact_id),
    campaign_instance_id: row.campaign_instance_id === null ? null : Number(row.campaign_instance_id),
    run_id: Number(row.run_id),
  };
}
