import { Readable } from 'node:stream';
import { writeOutputFile, type OutputFile } from '../output-file.ts';
import { interruption } from '../signals.ts';

export async function writePreview(file: OutputFile, html: string): Promise<void> {
  await writeOutputFile(file, Readable.from([html]), { signal: interruption(), onBytes: () => undefined });
}
