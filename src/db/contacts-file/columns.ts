/** What the header of a contacts file says: which column goes where (SPEC 15). */
import { missingColumn, refuseUnusableName, unreadable, type NamedColumns } from '../csv-file/header.ts';

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

export interface FileColumns extends NamedColumns<KnownColumn> {
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
  if (!indexOf.has('external_id')) throw unreadable(file, missingColumn('external_id', names));
  return {
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
  refuseUnusableName(name, index, file);
  if (FORBIDDEN_COLUMNS.includes(name.toLowerCase())) {
    throw unreadable(
      file,
      `has a column ${name}: ids are given by the database, contacts are found by external_id; remove the column.`,
    );
  }
}
