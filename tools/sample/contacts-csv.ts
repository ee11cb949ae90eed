import type { SampleContact } from './contact.ts';

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

/** The first line of a file of contacts; without its end, as `csvLine`. */
export const CSV_HEADER = COLUMNS.map(([name]) => name).join(',');

export function csvLine(contact: SampleContact): string {
  return COLUMNS.map(([, key]) => csvField(contact[key])).join(',');
}

/** Quoted where need be. */
export function csvField(value: string): string {
  return /[",\r\n]|^\s|\s$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}
