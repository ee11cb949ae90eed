import type { ClientBase } from 'pg';
import { stagedAttributes, type AttributeColumns } from './staged-attributes.ts';

export interface StagedSlice {
  readonly organizationId: number;
  /** Lines of the file, both included. */
  readonly firstLine: number;
  readonly lastLine: number;
  /** Columns of the relation that the file has, without external_id and attributes. */
  readonly columns: readonly string[];
  readonly attributes: AttributeColumns;
}

/**
 * Brings contacts that are there to what the file says, where that is something else; how many. Their
 * former values and the note for planning are the triggers' work.
 *
 * The contacts of a slice are looked up one by one (LIMIT holds the planner to it): a hash join reads all
 * contacts of the organization for every slice, 0.7 s against 0.35 with a million of them.
 */
export async function updateStagedContacts(client: ClientBase, slice: StagedSlice): Promise<number> {
  const columns = [...slice.columns, 'attributes'];
  const given = [
    ...slice.columns.map((column) => `s.${column}`),
    stagedAttributes(slice.attributes, 'known.attributes', '$4'),
  ];
  const { rowCount } = await client.query(
    `UPDATE contacts c
     SET (${columns.join(', ')}, updated_at) = ROW (${columns.map((column) => `changed.${column}`).join(', ')}, now())
     FROM (
       SELECT known.id, ${given.map((value, index) => `${value} AS ${columns[index]!}`).join(', ')}
       FROM staged_contacts s
       CROSS JOIN LATERAL (
         SELECT * FROM contacts WHERE organization_id = $1 AND external_id = s.external_id LIMIT 1
       ) known
       WHERE s.line BETWEEN $2 AND $3
         AND (${columns.map((column) => `known.${column}`).join(', ')}) IS DISTINCT FROM (${given.join(', ')})
     ) changed
     WHERE c.organization_id = $1 AND c.id = changed.id`,
    [slice.organizationId, slice.firstLine, slice.lastLine, slice.attributes.managedKeys],
  );
  return rowCount ?? 0;
}
