/** Between the bytes of a contacts file and COPY: rows in, rows of the staging table out. */
import { Transform, type TransformCallback } from 'node:stream';
import { readHeader, unreadable, type FileColumns } from './columns.ts';
import { CsvReader, type CsvRow } from './csv-reader.ts';
import type { ImportProblem } from './problems.ts';
import { StagedRows } from './staged-row.ts';
import { decodeUtf8 } from './utf8.ts';

const UTF16_MARKS = ['\u00ff\u00fe', '\u00fe\u00ff'];

export class StagingStream extends Transform {
  /** Rows read so far, the refused ones included. */
  rowCount = 0;
  stagedCount = 0;
  #lastLine = 0;
  readonly #file: string;
  readonly #onHeader: (columns: FileColumns) => void;
  readonly #onProblem: (problem: ImportProblem) => void;
  readonly #reader = new CsvReader((row) => {
    this.#takeRow(row);
  });
  #rows: StagedRows | null = null;
  #out = '';

  constructor(
    file: string,
    onHeader: (columns: FileColumns) => void,
    onProblem: (problem: ImportProblem) => void,
  ) {
    super();
    this.#file = file;
    this.#onHeader = onHeader;
    this.#onProblem = onProblem;
  }

  /** The line on which the last row begins. */
  get lastLine(): number {
    return this.#lastLine;
  }

  override _transform(piece: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.#attempt(callback, () => {
      this.#reader.read(piece);
    });
  }

  override _flush(callback: TransformCallback): void {
    this.#attempt(callback, () => {
      this.#reader.end();
      if (this.#rows === null) throw unreadable(this.#file, 'is empty: its first line names the columns.');
    });
  }

  #attempt(callback: TransformCallback, read: () => void): void {
    try {
      read();
    } catch (error) {
      callback(error as Error);
      return;
    }
    const out = this.#out;
    this.#out = '';
    callback(null, out === '' ? undefined : Buffer.from(out));
  }

  #takeRow(row: CsvRow): void {
    if (row.text.trim() === '') return;
    if (this.#rows === null) {
      const columns = this.#readHeader(row);
      this.#rows = new StagedRows(columns, this.#onProblem);
      this.#onHeader(columns);
      return;
    }
    this.rowCount++;
    this.#lastLine = row.line;
    const staged = this.#rows.stagedRow(row);
    if (staged === null) return;
    this.stagedCount++;
    this.#out += staged;
  }

  #readHeader(row: CsvRow): FileColumns {
    if (UTF16_MARKS.some((mark) => row.text.startsWith(mark))) {
      throw unreadable(this.#file, 'is UTF-16: save it as CSV in UTF-8.');
    }
    if (row.fault !== null) throw unreadable(this.#file, 'is no CSV file: its first line cannot be read.');
    if (/\r(?!\n)/.test(row.text)) {
      throw unreadable(this.#file, 'ends its lines by CR alone: save it with LF or CRLF.');
    }
    const fields = row.fields.map((field) => decodeUtf8(field));
    if (fields.includes(null))
      throw unreadable(this.#file, 'is not UTF-8 in its first line: save it as UTF-8.');
    return readHeader(fields as string[], this.#file);
  }
}
