import type { CopyToStreamQuery } from 'pg-copy-streams';
import { writeOutputFile, type OutputFile } from './output-file.ts';
import { ByteProgress } from './output/byte-progress.ts';
import { interruption } from './signals.ts';

/** Writes rows as they come from PostgreSQL into the file, and says on stderr how far it is and what came of it. */
export async function writeExport(rows: CopyToStreamQuery, file: OutputFile): Promise<void> {
  const progress = new ByteProgress(process.stderr, file.path);
  const onBytes = (bytes: number): void => {
    progress.show(bytes);
  };
  const bytes = await writeOutputFile(file, rows, { signal: interruption(), onBytes }).finally(() => {
    progress.end();
  });
  console.error(`${file.path}: ${rows.rowCount.toLocaleString('en-US')} rows, ${progress.sizeText(bytes)}.`);
}
