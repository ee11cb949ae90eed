import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SampleContact } from '../tools/sample/contact.ts';
import { generateContacts } from './contacts.ts';

const COLUMNS: readonly (readonly [string, keyof SampleContact])[] = [
  ['external_id', 'externalId'],
  ['email', 'email'],
  ['first_name', 'firstName'],
  ['last_name', 'lastName'],
  ['phone_number', 'phoneNumber'],
  ['zip_code', 'zipCode'],
  ['state', 'state'],
  ['birth_date', 'birthDate'],
  ['effective_date', 'effectiveDate'],
  ['attributes', 'attributes'],
  ['agent', 'agent'],
];
const PIECE_CHARACTERS = 65_536;

/** Writes the contacts as agencies' programs export them; returns the size of the file in bytes. */
export async function writeContactsFile(file: string, count: number): Promise<number> {
  await pipeline(Readable.from(pieces(count)), createWriteStream(file));
  return (await stat(file)).size;
}

function* pieces(count: number): Generator<string> {
  let piece = `${COLUMNS.map(([name]) => name).join(',')}\n`;
  for (const contact of generateContacts(count)) {
    piece += `${COLUMNS.map(([, key]) => csvField(contact[key])).join(',')}\n`;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

function csvField(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
