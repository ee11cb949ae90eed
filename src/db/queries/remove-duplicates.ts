import type { ClientBase } from 'pg';
import { listStagedLines, type StagedLine } from './list-staged-lines.ts';
import type { Stage } from './stage-rows.ts';

export interface DuplicateRow extends StagedLine {
  readonly firstLine: number;
}

/** Takes rows out of the stage that are about what an earlier row is about, and names them in the file's order. */
export async function removeDuplicates(
  client: ClientBase,
  { table, key, named }: Stage,
  onDuplicate: (row: DuplicateRow) => void,
): Promise<void> {
  const isSame = key.map((column) => `s.${column} = d.${column}`).join(' AND ');
  await client.query(
    `CREATE TEMPORARY TABLE duplicate_rows ON COMMIT DROP AS
     SELECT s.line, d.first_line, s.${named} AS value
     FROM (
       SELECT ${key.join(', ')}, min(line) AS first_line FROM ${table}
       GROUP BY ${key.join(', ')} HAVING count(*) > 1
     ) d
     JOIN ${table} s ON ${isSame} AND s.line > d.first_line`,
  );
  await client.query(`DELETE FROM ${table} s USING duplicate_rows d WHERE s.line = d.line`);
  await listStagedLines(
    client,
    'SELECT line, value, first_line AS "firstLine" FROM duplicate_rows ORDER BY line',
    (row) => {
      onDuplicate(row as DuplicateRow);
    },
  );
}
