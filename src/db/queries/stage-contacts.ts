import type { ClientBase } from 'pg';
import { from, type CopyStreamQuery } from 'pg-copy-streams';

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

/** Takes rows in the order of the table's columns, in the text format. */
export function copyIntoStage(client: ClientBase): CopyStreamQuery {
  return client.query(from('COPY staged_contacts FROM STDIN'));
}

/** By line, so that slices of the file are read in its order, and statistics for the planner. */
export async function indexStage(client: ClientBase): Promise<void> {
  await client.query('CREATE INDEX ON staged_contacts (line)');
  await client.query('ANALYZE staged_contacts');
}
