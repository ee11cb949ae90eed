/** The values of a row, whatever kind of file it is of. */
import { cleanText } from '../../domain/contact-text.ts';
import type { CsvRow } from './csv-reader.ts';
import { importProblem, type ImportProblem } from './problems.ts';
import { decodeUtf8 } from './utf8.ts';

/** Most rows are plain: none of their fields needs to be decoded or searched for NUL. */
const NOT_PLAIN = /[\0\u0080-\u00ff]/;

export class RowReader {
  readonly #names: readonly string[];
  readonly #onProblem: (problem: ImportProblem) => void;

  /** @param names of the file's columns */
  constructor(names: readonly string[], onProblem: (problem: ImportProblem) => void) {
    this.#names = names;
    this.#onProblem = onProblem;
  }

  /** Trimmed values, blank ones as `null`; `null` if the row or one of them cannot be read. */
  read(row: CsvRow): (string | null)[] | null {
    const { line, fault, fields } = row;
    if (fault !== null) return this.#refused(importProblem(fault, line, null, startOf(row)));
    if (fields.length !== this.#names.length) {
      const detail = `${fields.length} instead of ${this.#names.length}`;
      return this.#refused(importProblem('wrong_number_of_fields', line, null, startOf(row), detail));
    }
    return NOT_PLAIN.test(row.text) ? this.#decoded(row) : fields.map(cleanText);
  }

  #decoded({ line, fields }: CsvRow): (string | null)[] | null {
    const values: (string | null)[] = [];
    for (const [index, field] of fields.entries()) {
      const value = decodeUtf8(field);
      const column = this.#names[index]!;
      if (value === null) {
        const shown = Buffer.from(field, 'latin1').toString();
        return this.#refused(importProblem('not_utf8', line, column, shown));
      }
      if (value.includes('\0')) return this.#refused(importProblem('nul_character', line, column, value));
      values.push(cleanText(value));
    }
    return values;
  }

  #refused(problem: ImportProblem): null {
    this.#onProblem(problem);
    return null;
  }
}

/** Enough of the row to recognize it. */
function startOf(row: CsvRow): string {
  return Buffer.from(row.text.slice(0, 400), 'latin1').toString();
}
