import type { ClientBase } from 'pg';
import { stagedAttributes } from './staged-attributes.ts';
import type { StagedSlice } from './update-staged-contacts.ts';

const COLUMNS =
  'external_id, email, first_name, last_name, phone_number, zip_code, state, birth_date, effective_date';

/** Looked up one by one, as in update-staged-contacts.ts. */
const LACKED = `LEFT JOIN LATERAL (
  SELECT c.id FROM contacts c WHERE c.organization_id = $1 AND c.external_id = s.external_id LIMIT 1
) known ON true`;

/** Adds the contacts of the slice that are not there, with ids in the order of the file; how many. */
export async function insertStagedContacts(
  client: ClientBase,
  slice: StagedSlice,
  organizationIsEmpty: boolean,
): Promise<number> {
  const { rowCount } = await client.query(
    `INSERT INTO contacts (organization_id, ${COLUMNS}, attributes)
     SELECT $1, ${COLUMNS}, ${stagedAttributes(slice.attributes, `'{}'::jsonb`, '$4')}
     FROM staged_contacts s ${organizationIsEmpty ? '' : LACKED}
     WHERE s.line BETWEEN $2 AND $3 ${organizationIsEmpty ? '' : 'AND known.id IS NULL'}
     ORDER BY s.line`,
    [slice.organizationId, slice.firstLine, slice.lastLine, slice.attributes.managedKeys],
  );
  return rowCount ?? 0;
}
