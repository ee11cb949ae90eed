/** What every CSV file's first line has to be: names of columns that can be told apart. */
import { SchedulerError } from '../../contracts/errors.ts';

export function unreadable(file: string, what: string, options?: ErrorOptions): SchedulerError {
  return new SchedulerError('CSV_UNREADABLE', `${file} ${what}`, { place: file }, options);
}

/** @throws SchedulerError CSV_UNREADABLE */
export function refuseUnusableName(name: string, index: number, file: string): void {
  if (name === '')
    throw unreadable(file, `has no name for column ${index + 1}: name every column in line 1.`);
  if (name.includes('\0')) throw unreadable(file, `has a NUL character in the name of column ${index + 1}.`);
  if (name.length > 1_000) {
    throw unreadable(file, `has a name of more than 1,000 characters for column ${index + 1}.`);
  }
}

/** For an error: the file has no column of this name, and perhaps why. */
export function missingColumn(column: string, names: readonly string[]): string {
  const only = names[0] ?? '';
  const separator =
    names.length === 1 ? [';', '\t', '|'].find((candidate) => only.includes(candidate)) : undefined;
  const hint =
    separator === undefined
      ? `the first line names the columns, one of them ${column}.`
      : `columns are separated by commas, not by ${separator === '\t' ? 'tabs' : separator}.`;
  return `has no column ${column}: ${hint}`;
}

export interface NamedColumns<Column extends string = string> {
  /** The file's own names, for reports. */
  readonly names: readonly string[];
  readonly indexOf: ReadonlyMap<Column, number>;
}

/** As the file calls the column. */
export function fileColumn({ names, indexOf }: NamedColumns, column: string): string {
  return names[indexOf.get(column) ?? -1] ?? column;
}

/**
 * Reads the header of a file in which every other column is a mistake.
 * @param required the column without which the file says nothing
 * @throws SchedulerError CSV_UNREADABLE
 */
export function readFixedHeader<Column extends string>(
  fields: readonly string[],
  file: string,
  columns: readonly Column[],
  required: Column,
): NamedColumns<Column> {
  const names = fields.map((field) => field.trim());
  const indexOf = new Map<Column, number>();
  if (!names.some((name) => name.toLowerCase() === required)) {
    throw unreadable(file, missingColumn(required, names));
  }
  names.forEach((name, index) => {
    refuseUnusableName(name, index, file);
    const column = columns.find((candidate) => candidate === name.toLowerCase());
    if (column === undefined) {
      throw unreadable(
        file,
        `has a column ${name}, allowed: ${columns.join(', ')}. Remove it, or correct its name.`,
      );
    }
    if (indexOf.has(column)) {
      throw unreadable(file, `has the column ${name} twice: leave one of them away.`);
    }
    indexOf.set(column, index);
  });
  return { names, indexOf };
}
