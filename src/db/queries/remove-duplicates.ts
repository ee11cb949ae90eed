import type { ClientBase } from 'pg';

export interface DuplicateRow {
  readonly line: number;
  readonly firstLine: number;
  readonly externalId: string;
}

const PAGE_SIZE = 10_000;

/** Takes rows out of the stage whose external id an earlier row has, and names them in the file's order. */
export async function removeDuplicates(
  client: ClientBase,
  onDuplicate: (row: DuplicateRow) => void,
): Promise<void> {
  await client.query(
    `CREATE TEMPORARY TABLE duplicate_contacts ON COMMIT DROP AS
     SELECT s.line, d.first_line, s.external_id
     FROM (
       SELECT external_id, min(line) AS first_line FROM staged_contacts
       GROUP BY external_id HAVING count(*) > 1
     ) d
     JOIN staged_contacts s ON s.external_id = d.external_id AND s.line > d.first_line`,
  );
  await client.query('DELETE FROM staged_contacts s USING duplicate_contacts d WHERE s.line = d.line');
  // In pages: a file may consist of nothing else.
  await client.query(
    'DECLARE duplicates NO SCROLL CURSOR FOR SELECT line, first_line, external_id FROM duplicate_contacts ORDER BY line',
  );
  for (;;) {
    const { rows } = await client.query<{ line: number; first_line: number; external_id: string }>(
      `FETCH ${PAGE_SIZE} FROM duplicates`,
    );
    for (const row of rows) {
      onDuplicate({ line: row.line, firstLine: row.first_line, externalId: row.external_id });
    }
    if (rows.length < PAGE_SIZE) return;
  }
}
