import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CSV_HEADER, csvLine } from '../tools/sample/contacts-csv.ts';
import { generateContacts } from './contacts.ts';

const PIECE_CHARACTERS = 65_536;

/** Writes the contacts as agencies' programs export them; returns the size of the file in bytes. */
export async function writeContactsFile(file: string, count: number): Promise<number> {
  await pipeline(Readable.from(pieces(count)), createWriteStream(file));
  return (await stat(file)).size;
}

function* pieces(count: number): Generator<string> {
  let piece = `${CSV_HEADER}\n`;
  for (const contact of generateContacts(count)) {
    piece += `${csvLine(contact)}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
