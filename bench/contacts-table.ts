import type { Pool } from 'pg';
import { BinaryCopyWriter } from '../src/db/binary-copy.ts';
import { copyIn } from '../src/db/copy.ts';
import { createOrganization } from '../src/db/queries/create-organization.ts';
import { inTransaction } from '../src/db/transaction.ts';
import { parseDay } from '../src/domain/calendar.ts';
import type { SampleContact } from '../tools/sample/contact.ts';
import { generateContacts } from './contacts.ts';

const COLUMNS = [
  'organization_id',
  'external_id',
  'email',
  'first_name',
  'last_name',
  'phone_number',
  'zip_code',
  'state',
  'birth_date',
  'effective_date',
] as const;

const CONTACTS_AT_ONCE = 50_000;

/** Makes a sandbox, whose day can be given, with so many contacts; returns its id. */
export async function storeContacts(pool: Pool, organization: string, count: number): Promise<number> {
  const profile = { name: organization, timeZone: 'America/Chicago', isSandbox: true };
  const { id } = (await createOrganization(pool, profile)).organization;
  await inTransaction(pool, async (client) => {
    let rows = new BinaryCopyWriter();
    for (const contact of generateContacts(count)) {
      addContact(rows, id, contact);
      if (rows.rowCount < CONTACTS_AT_ONCE) continue;
      await copyIn(client, 'contacts', COLUMNS, rows);
      rows = new BinaryCopyWriter();
    }
    await copyIn(client, 'contacts', COLUMNS, rows);
    await client.query('SELECT analyze_contacts()');
  });
  return id;
}

function addContact(rows: BinaryCopyWriter, organizationId: number, contact: SampleContact): void {
  rows.startRow(COLUMNS.length);
  rows.int8(organizationId);
  rows.text(contact.externalId);
  rows.text(emptyIsNull(contact.email));
  rows.text(emptyIsNull(contact.firstName));
  rows.text(emptyIsNull(contact.lastName));
  rows.text(emptyIsNull(contact.phoneNumber));
  rows.text(emptyIsNull(contact.zipCode));
  rows.text(emptyIsNull(contact.state));
  // A date of another form is stored as missing, as the import does.
  rows.date(parseDay(contact.birthDate));
  rows.date(parseDay(contact.effectiveDate));
}

function emptyIsNull(text: string): string | null {
  return text === '' ? null : text;
}
