/** Turns a row of a contacts file into a row of the staging table, or says why it cannot be stored. */
import { parseDay } from '../../domain/calendar.ts';
import { usableDay } from '../../domain/contact.ts';
import { isValidEmailAddress } from '../../domain/email-address.ts';
import { parseStateCode } from '../../domain/states.ts';
import { stateOfZip } from '../../domain/zip-states.ts';
import { DATE_COLUMNS, readHeader, TEXT_COLUMNS } from './columns.ts';
import type { DateColumn, FileColumns, KnownColumn, TextColumn } from './columns.ts';
import { COPY_NULL, copyText } from '../csv-file/copy-text.ts';
import type { CsvRow } from '../csv-file/csv-reader.ts';
import { cutIndexedValue, cutValue } from './cut.ts';
import { isStorableObject } from '../csv-file/json-object.ts';
import { importProblem } from '../csv-file/problems.ts';
import type { ImportProblem, ProblemKind } from '../csv-file/problems.ts';
import { RowReader } from '../csv-file/row-reader.ts';
import type { FileForm, RowStager } from '../csv-file/staging-stream.ts';

/** Under which key of the attributes the original of a value stands that its column cannot hold. */
export const AS_GIVEN = {
  birth_date: 'birth_date_as_given',
  effective_date: 'effective_date_as_given',
  attributes: 'attributes_as_given',
} as const satisfies Partial<Record<KnownColumn, string>>;

const INDEXED_COLUMNS: readonly KnownColumn[] = ['external_id', 'email'];
/** What is stored as given although SPEC 3 cannot use it. */
const ODDITIES: Readonly<Partial<Record<TextColumn, readonly [ProblemKind, (value: string) => boolean]>>> = {
  email: ['malformed_email', (value) => !isValidEmailAddress(value)],
  zip_code: ['unusable_zip_code', (value) => stateOfZip(value) === null],
  state: ['unknown_state', (value) => parseStateCode(value) === null],
};

export const CONTACTS_FILE: FileForm<FileColumns> = {
  readHeader,
  createRows: (columns, onProblem) => new StagedRows(columns, onProblem),
};

class StagedRows implements RowStager {
  readonly #columns: FileColumns;
  readonly #reader: RowReader;
  readonly #onProblem: (problem: ImportProblem) => void;
  #line = 0;
  #patch = '';

  constructor(columns: FileColumns, onProblem: (problem: ImportProblem) => void) {
    this.#columns = columns;
    this.#reader = new RowReader(columns.names, onProblem);
    this.#onProblem = onProblem;
  }

  /** A row in the text format of COPY, or `null` if it is refused. */
  stagedRow(row: CsvRow): string | null {
    this.#line = row.line;
    this.#patch = '';
    const values = this.#reader.read(row);
    if (values === null) return null;
    const externalId = this.#cut('external_id', this.#value('external_id', values));
    if (externalId === null) return this.#refused('no_external_id', 'external_id', null);

    let staged = `${row.line}\t${copyText(externalId)}`;
    for (const column of TEXT_COLUMNS) staged += `\t${nullable(this.#text(column, values))}`;
    for (const column of DATE_COLUMNS) staged += `\t${this.#date(column, values) ?? COPY_NULL}`;
    staged += `\t${nullable(this.#attributes(values))}`;
    for (const { index, name } of this.#columns.others) {
      const value = values[index] ?? null;
      if (value !== null) this.#keep(name, this.#cutNamed(name, value, cutValue));
    }
    return `${staged}\t${this.#patch === '' ? COPY_NULL : copyText(`{${this.#patch}}`)}\n`;
  }

  /** `null` also where the file lacks the column. */
  #value(column: KnownColumn, values: readonly (string | null)[]): string | null {
    const index = this.#columns.indexOf.get(column);
    return index === undefined ? null : (values[index] ?? null);
  }

  #text(column: TextColumn, values: readonly (string | null)[]): string | null {
    const value = this.#cut(column, this.#value(column, values));
    const oddity = ODDITIES[column];
    if (value !== null && oddity?.[1](value) === true) this.#warn(oddity[0], column, value);
    return value;
  }

  #date(column: DateColumn, values: readonly (string | null)[]): string | null {
    const value = this.#value(column, values);
    if (value === null) return null;
    const day = parseDay(value);
    // PostgreSQL has no year 0.
    if (day === null || value.startsWith('0000')) {
      this.#warn('impossible_date', column, value);
      this.#keep(AS_GIVEN[column], cutValue(value));
      return null;
    }
    if (usableDay(day, Infinity) === null) this.#warn('unusable_date', column, value);
    return value;
  }

  #attributes(values: readonly (string | null)[]): string | null {
    const value = this.#value('attributes', values);
    if (value === null || isStorableObject(value)) return value;
    this.#warn('attributes_not_object', 'attributes', value);
    this.#keep(AS_GIVEN.attributes, this.#cutNamed('attributes', value, cutValue));
    return null;
  }

  /** Notes an attribute; written as text, so that no name of a column can be special. */
  #keep(name: string, value: string): void {
    this.#patch += `${this.#patch === '' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }

  #cut(column: KnownColumn, value: string | null): string | null {
    if (value === null) return null;
    return this.#cutNamed(column, value, INDEXED_COLUMNS.includes(column) ? cutIndexedValue : cutValue);
  }

  #cutNamed(column: string, value: string, cut: (value: string) => string): string {
    const kept = cut(value);
    if (kept.length < value.length) this.#warn('cut', column, value);
    return kept.trimEnd();
  }

  #warn(kind: ProblemKind, column: string, value: string): void {
    this.#onProblem(importProblem(kind, this.#line, column, value));
  }

  #refused(kind: ProblemKind, column: string | null, value: string | null, detail?: string): null {
    this.#onProblem(importProblem(kind, this.#line, column, value, detail));
    return null;
  }
}

function nullable(value: string | null): string {
  return value === null ? COPY_NULL : copyText(value);
}
