import type { ClientBase } from 'pg';
import { from, type CopyStreamQuery } from 'pg-copy-streams';
import type { ProblemKind } from '../csv-file/problems.ts';

/** A table of the transaction with a row for each line of a file, its number in the column `line`. */
export interface Stage {
  readonly table: string;
  /** What COPY gives, in this order; the others are generated. */
  readonly columns: readonly string[];
  /** Columns that tell what a row is about: two rows with the same are one too many. */
  readonly key: readonly string[];
  /** The column whose value names a row to people; the file has it, too. */
  readonly named: string;
  /** What is said of a row that is one too many. */
  readonly duplicate: ProblemKind;
}

/** Takes rows in the text format. */
export function copyIntoStage(client: ClientBase, { table, columns }: Stage): CopyStreamQuery {
  return client.query(from(`COPY ${table} (${columns.join(', ')}) FROM STDIN`));
}

/** By line, so that slices of the file are read in its order, and statistics for the planner. */
export async function indexStage(client: ClientBase, { table }: Pick<Stage, 'table'>): Promise<void> {
  await client.query(`CREATE INDEX ON ${table} (line)`);
  await client.query(`ANALYZE ${table}`);
}
