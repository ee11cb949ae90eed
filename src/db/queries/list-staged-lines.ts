import type { ClientBase } from 'pg';

const PAGE_SIZE = 10_000;

/** A line of the file about which there is something to say. */
export interface StagedLine {
  readonly line: number;
  /** What names the row to people. */
  readonly value: string;
}

/** Lines that a query finds, in pages, within a transaction: a file may consist of nothing else. */
export async function listStagedLines(
  client: ClientBase,
  query: string,
  onLine: (line: StagedLine) => void,
): Promise<void> {
  await client.query(`DECLARE staged_lines NO SCROLL CURSOR FOR ${query}`);
  for (;;) {
    const { rows } = await client.query<StagedLine>(`FETCH ${PAGE_SIZE} FROM staged_lines`);
    for (const row of rows) onLine(row);
    if (rows.length < PAGE_SIZE) break;
  }
  await client.query('CLOSE staged_lines');
}
