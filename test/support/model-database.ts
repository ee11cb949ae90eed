/** The model's input in a database, and back: contacts, suppressions, plan in force, ledger. */
import type { ClientBase, Pool } from 'pg';
import { shippedCampaignTypes } from '../model/defaults.ts';
import type {
  ModelCampaigns,
  ModelContact,
  ModelMetadata,
  ModelRow,
  ModelSuppression,
  ModelTarget,
} from '../model/types.ts';

/** A row as `email_schedules` shows it. */
export interface StoredRow extends ModelRow {
  id: number;
  run_id: number;
  scheduled_send_time: string;
  over_cap: boolean;
  email_template: string;
  sms_template: string | null;
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

/** Of organizations whose model has none: mails of theirs that the ledger holds need something to refer to. */
export const CAMPAIGNS_OF_LEDGER: ModelCampaigns = {
  types: shippedCampaignTypes().filter(({ target_all_contacts: isForAll }) => !isForAll),
  instances: [1, 2, 4].map((typeId, index) => ({
    id: index + 1,
    campaign_type_id: typeId,
    name: `instance ${index + 1}`,
    status: 'active',
    email_template: null,
    sms_template: null,
    active_start_date: null,
    active_end_date: null,
    respect_exclusion_windows: null,
    enable_followups: null,
    metadata: null,
    created_at: '2024-01-01T12:00:00.000Z',
  })),
  targets: [],
};

/** In place of the types that every organization has. */
export async function insertCampaigns(
  db: Db,
  organizationId: number,
  campaigns: ModelCampaigns,
): Promise<void> {
  await db.query('DELETE FROM campaign_types WHERE organization_id = $1', [organizationId]);
  await putCampaigns(db, organizationId, campaigns, NO_CAMPAIGNS);
}

const NO_CAMPAIGNS: ModelCampaigns = { types: [], instances: [], targets: [] };

/** Makes of what is stored what is given: types and instances are never removed, targets are. */
export async function putCampaigns(
  db: Db,
  organizationId: number,
  campaigns: ModelCampaigns,
  stored: ModelCampaigns,
): Promise<void> {
  const nameOfTarget = (of: ModelTarget): string => `${of.contact_id} ${of.campaign_instance_id}`;
  const kept = new Set(campaigns.targets.map(nameOfTarget));
  const removed = stored.targets.filter((target) => !kept.has(nameOfTarget(target)));
  await put(db, TYPE_QUERY, organizationId, edited(campaigns.types, stored.types));
  await put(db, INSTANCE_QUERY, organizationId, edited(campaigns.instances, stored.instances));
  await put(db, REMOVED_TARGET_QUERY, organizationId, removed);
  await put(db, TARGET_QUERY, organizationId, edited(campaigns.targets, stored.targets));
}

function edited<T extends object>(rows: readonly T[], stored: readonly T[]): T[] {
  const known = new Set(stored.map((row) => JSON.stringify(row)));
  return rows.filter((row) => !known.has(JSON.stringify(row)));
}

async function put(db: Db, query: string, organizationId: number, rows: readonly object[]): Promise<void> {
  if (rows.length > 0) await db.query(query, [organizationId, JSON.stringify(rows)]);
}

const TYPE_FIELDS = [
  'name',
  'respect_exclusion_windows',
  'legal_basis',
  'enable_followups',
  'days_before_event',
  'target_all_contacts',
  'priority',
  'transactional',
  'active',
];
const INSTANCE_FIELDS = [
  'campaign_type_id',
  'name',
  'status',
  'email_template',
  'sms_template',
  'active_start_date',
  'active_end_date',
  'respect_exclusion_windows',
  'enable_followups',
  'metadata',
  'created_at',
];
const TYPE_QUERY = putQuery('campaign_types', ['id'], TYPE_FIELDS);
const INSTANCE_QUERY = putQuery('campaign_instances', ['id'], INSTANCE_FIELDS);
const TARGET_KEY = ['contact_id', 'campaign_instance_id'];
const TARGET_QUERY = putQuery('contact_campaigns', TARGET_KEY, ['trigger_date', 'metadata']);
const REMOVED_TARGET_QUERY = `DELETE FROM contact_campaigns t
  USING jsonb_to_recordset($2::jsonb) AS given (contact_id bigint, campaign_instance_id bigint)
  WHERE t.organization_id = $1 AND t.contact_id = given.contact_id
    AND t.campaign_instance_id = given.campaign_instance_id`;

function putQuery(table: string, key: readonly string[], fields: readonly string[]): string {
  const columns = [...key, ...fields];
  const values = columns.map((column) =>
    column === 'metadata' ? "coalesce(nullif(given.metadata, 'null'), '{}')" : `given.${column}`,
  );
  return `INSERT INTO ${table} (organization_id, ${columns.join(', ')})
    SELECT $1, ${values.join(', ')} FROM jsonb_populate_recordset(NULL::${table}, $2::jsonb) AS given
    ON CONFLICT (organization_id, ${key.join(', ')})
      DO UPDATE SET ${fields.map((field) => `${field} = excluded.${field}`).join(', ')}`;
}

const ROW_COLUMNS = `id, contact_id, email_type, campaign_instance_id, event_date::text AS event_date,
  ideal_date::text AS ideal_date, scheduled_send_date::text AS scheduled_send_date,
  to_char(scheduled_send_time, 'HH24:MI') AS scheduled_send_time, status, skip_reason, priority, over_cap,
  email_template, sms_template, run_id, metadata`;

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
