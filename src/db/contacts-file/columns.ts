/** What the header of a contacts file says: which column goes where (SPEC 15). */
import { SchedulerError } from '../../contracts/errors.ts';

export const TEXT_COLUMNS = [
  'email',
  'first_name',
  'last_name',
  'phone_number',
  'zip_code',
  'state',
] as const;
export const DATE_COLUMNS = ['birth_date', 'effective_date'] as const;
/** The columns of the relation that a file may fill, in the relation's order. */
const KNOWN_COLUMNS = ['external_id', ...TEXT_COLUMNS, ...DATE_COLUMNS, 'attributes'] as const;
const FORBIDDEN_COLUMNS = ['id', 'organization_id'];

export type TextColumn = (typeof TEXT_COLUMNS)[number];
export type DateColumn = (typeof DATE_COLUMNS)[number];
export type KnownColumn = (typeof KNOWN_COLUMNS)[number];

export interface FileColumns {
  readonly count: number;
  /** The file's own names, for reports. */
  readonly names: readonly string[];
  readonly indexOf: ReadonlyMap<KnownColumn, number>;
  /** Columns that the relation lacks: their values go to the attributes, under their names. */
  readonly others: readonly { readonly index: number; readonly name: string }[];
}

/** @throws SchedulerError CSV_UNREADABLE if the file cannot be read by this header. */
export function readHeader(fields: readonly string[], file: string): FileColumns {
  const names = fields.map((field) => field.trim());
  const indexOf = new Map<KnownColumn, number>();
  const others = new Map<string, number>();
  names.forEach((name, index) => {
    const known = knownColumn(name);
    refuseForbidden(name, index, file);
    if (known === null ? others.has(name) : indexOf.has(known)) {
      throw unreadable(file, `has the column ${name} twice: leave one of them away.`);
    }
    if (known === null) others.set(name, index);
    else indexOf.set(known, index);
  });
  if (!indexOf.has('external_id')) throw unreadable(file, missingExternalId(names));
  return {
    count: names.length,
    names,
    indexOf,
    others: [...others].map(([name, index]) => ({ name, index })),
  };
}

/** In any case: `Email` can mean nothing else, and would be missed among the attributes. */
function knownColumn(name: string): KnownColumn | null {
  const lowerCase = name.toLowerCase();
  return KNOWN_COLUMNS.find((column) => column === lowerCase) ?? null;
}

function refuseForbidden(name: string, index: number, file: string): void {
  if (name === '')
    throw unreadable(file, `has no name for column ${index + 1}: name every column in line 1.`);
  if (name.includes('\0')) throw unreadable(file, `has a NUL character in the name of column ${index + 1}.`);
  if (name.length > 1_000) {
    throw unreadable(file, `has a name of more than 1,000 characters for column ${index + 1}.`);
  }
  if (FORBIDDEN_COLUMNS.includes(name.toLowerCase())) {
    throw unreadable(
      file,
      `has a column ${name}: ids are given by the database, contacts are found by external_id; remove the column.`,
    );
  }
}

function missingExternalId(names: readonly string[]): string {
  const only = names[0] ?? '';
  const separator =
    names.length === 1 ? [';', '\t', '|'].find((candidate) => only.includes(candidate)) : undefined;
  const hint =
    separator === undefined
      ? 'the first line names the columns, one of them external_id.'
      : `columns are separated by commas, not by ${separator === '\t' ? 'tabs' : separator}.`;
  return `has no column external_id: ${hint}`;
}

export function unreadable(file: string, what: string, options?: ErrorOptions): SchedulerError {
  return new SchedulerError('CSV_UNREADABLE', `${file} ${what}`, { place: file }, options);
}
