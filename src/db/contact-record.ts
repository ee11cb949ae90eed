/** A contact as it is stored, and as it was before each of its changes. */
import type { ClientBase } from 'pg';

/** What is personal, and dates by which mails are planned. */
export interface ContactValues {
  readonly external_id: string | null;
  readonly email: string | null;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly phone_number: string | null;
  readonly zip_code: string | null;
  readonly state: string | null;
  readonly birth_date: string | null;
  readonly effective_date: string | null;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface ContactRecord {
  readonly id: number;
  readonly values: ContactValues;
  readonly deletedAt: Date | null;
  readonly createdAt: Date;
}

/** What held until a change. */
export interface FormerContact {
  readonly historyId: number;
  readonly values: ContactValues;
  readonly deletedAt: Date | null;
  /** The contact was deleted later: its personal data is gone, these states applied; `null`: all is there. */
  readonly states: readonly string[] | null;
  readonly changedAt: Date;
  readonly changedBy: string;
}

const VALUES = `external_id, email, first_name, last_name, phone_number, zip_code, state,
  birth_date::text AS birth_date, effective_date::text AS effective_date, coalesce(attributes, '{}') AS attributes`;

/** The contact has to be there. */
export async function readContactRecord(
  client: ClientBase,
  organizationId: number,
  contactId: number,
  lock: 'FOR UPDATE' | '' = '',
): Promise<ContactRecord> {
  const { rows } = await client.query<ContactValues & { deleted_at: Date | null; created_at: Date }>(
    `SELECT ${VALUES}, deleted_at, created_at FROM contacts WHERE organization_id = $1 AND id = $2 ${lock}`,
    [organizationId, contactId],
  );
  const { deleted_at: deletedAt, created_at: createdAt, ...values } = rows[0]!;
  return { id: contactId, values, deletedAt, createdAt };
}

/** Oldest first. */
export async function listFormerContacts(
  client: ClientBase,
  organizationId: number,
  contactId: number,
): Promise<FormerContact[]> {
  const { rows } = await client.query<FormerContactRow>(
    `SELECT id, ${VALUES}, deleted_at, states, changed_at, changed_by FROM contact_history
     WHERE organization_id = $1 AND contact_id = $2 ORDER BY id`,
    [organizationId, contactId],
  );
  return rows.map(({ id, deleted_at, states, changed_at, changed_by, ...values }) => ({
    historyId: Number(id),
    values,
    deletedAt: deleted_at,
    states,
    changedAt: changed_at,
    changedBy: changed_by,
  }));
}

type FormerContactRow = ContactValues & {
  readonly id: string;
  readonly deleted_at: Date | null;
  readonly states: string[] | null;
  readonly changed_at: Date;
  readonly changed_by: string;
};
