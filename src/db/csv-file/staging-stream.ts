/** Between the bytes of a CSV file and COPY: rows in, rows of the staging table out. */
import { Transform, type TransformCallback } from 'node:stream';
import { CsvReader, type CsvRow } from './csv-reader.ts';
import { unreadable } from './header.ts';
import type { ImportProblem } from './problems.ts';
import { decodeUtf8 } from './utf8.ts';

/** What one kind of file is: which columns it has, and what becomes of a row. */
export interface FileForm<Columns> {
  /** @throws SchedulerError CSV_UNREADABLE */
  readonly readHeader: (fields: readonly string[], file: string) => Columns;
  readonly createRows: (columns: Columns, onProblem: (problem: ImportProblem) => void) => RowStager;
}

export interface RowStager {
  /** A row in the text format of COPY, or `null` if it is refused. */
  stagedRow(row: CsvRow): string | null;
}

const UTF16_MARKS = ['\u00ff\u00fe', '\u00fe\u00ff'];

export class StagingStream<Columns> extends Transform {
  /** Rows read so far, the refused ones included. */
  rowCount = 0;
  /** `null` until the header is read. */
  columns: Columns | null = null;
  #lastLine = 0;
  readonly #file: string;
  readonly #form: FileForm<Columns>;
  readonly #onProblem: (problem: ImportProblem) => void;
  readonly #reader = new CsvReader((row) => {
    this.#takeRow(row);
  });
  #rows: RowStager | null = null;
  #out = '';

  constructor(file: string, form: FileForm<Columns>, onProblem: (problem: ImportProblem) => void) {
    super();
    this.#file = file;
    this.#form = form;
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
      this.columns = this.#readHeader(row);
      this.#rows = this.#form.createRows(this.columns, this.#onProblem);
      return;
    }
    this.rowCount++;
    this.#lastLine = row.line;
    this.#out += this.#rows.stagedRow(row) ?? '';
  }

  #readHeader(row: CsvRow): Columns {
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
    return this.#form.readHeader(fields as string[], this.#file);
  }
}
