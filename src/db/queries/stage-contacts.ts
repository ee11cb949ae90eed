import type { ClientBase } from 'pg';
import { DATE_COLUMNS, TEXT_COLUMNS } from '../contacts-file/columns.ts';
import type { Stage } from './stage-rows.ts';

export const CONTACTS_STAGE: Stage = {
  table: 'staged_contacts',
  columns: ['line', 'external_id', ...TEXT_COLUMNS, ...DATE_COLUMNS, 'attributes', 'patch'],
  key: ['external_id'],
  named: 'external_id',
  duplicate: 'twice_in_file',
};

/**
 * Where the rows of a contacts file stand before they are compared with what is there: a table of the
 * transaction. COPY straight into `contacts` would save a third of the time for a new organization, but it
 * cannot tell which rows of the file name a contact twice.
 */
export async function createContactsStage(client: ClientBase): Promise<void> {
  await client.query(
    `CREATE TEMPORARY TABLE staged_contacts (
       line integer NOT NULL,
       external_id text NOT NULL,
       email text,
       first_name text,
       last_name text,
       phone_number text,
       zip_code text,
       state text,
       birth_date date,
       effective_date date,
       attributes jsonb,
       patch jsonb -- single attributes: of columns that the relation lacks, and originals of odd values
     ) ON COMMIT DROP`,
  );
  // What the contacts of a slice of the file are to become; ids, because nothing else finds them as fast.
  await client.query(
    `CREATE TEMPORARY TABLE changed_contacts (
       id bigint PRIMARY KEY,
       was_deleted boolean NOT NULL,
       email text,
       first_name text,
       last_name text,
       phone_number text,
       zip_code text,
       state text,
       birth_date date,
       effective_date date,
       attributes jsonb
     ) ON COMMIT DROP`,
  );
}
