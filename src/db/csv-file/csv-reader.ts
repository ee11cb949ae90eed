/**
 * Reads CSV (RFC 4180) in pieces of any size. csv-parse was tried first: of a broken quote it gives up all
 * rows up to the next matching one and does not say where they began, it counts a line break of two
 * characters inside quotes twice, and beyond its `max_record_size` it drops what it holds. Here a broken
 * quote costs the line that it stands on, and every row knows its line. The tests hold both to the same
 * rows of well-formed files.
 *
 * Text is latin1, one character per byte: commas, quotes and line breaks are the same bytes in UTF-8, and
 * a row that is not UTF-8 is found when its fields are decoded, by itself.
 */

/** A row longer than this is refused: what is held in memory stays bounded, whatever the file. */
export const MAX_ROW_BYTES = 1_048_576;

export interface CsvRow {
  /** The line on which it begins; the first is 1. */
  readonly line: number;
  /** The row as it stands in the file. */
  readonly text: string;
  readonly fields: readonly string[];
  /** Why its fields cannot be told apart. */
  readonly fault: 'broken_quotes' | 'too_long' | null;
}

const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';

export class CsvReader {
  readonly #onRow: (row: CsvRow) => void;
  #text = '';
  #line = 1;
  #isFirstPiece = true;
  /** The rest of a line that is too long is passed over. */
  #isPassingOver = false;

  constructor(onRow: (row: CsvRow) => void) {
    this.#onRow = onRow;
  }

  read(piece: Buffer): void {
    this.#take(piece.toString('latin1'), false);
  }

  end(): void {
    this.#take('', true);
  }

  #take(piece: string, isEnd: boolean): void {
    this.#text += piece;
    if (this.#isFirstPiece && (isEnd || this.#text.length >= BYTE_ORDER_MARK.length)) {
      this.#isFirstPiece = false;
      if (this.#text.startsWith(BYTE_ORDER_MARK)) this.#text = this.#text.slice(BYTE_ORDER_MARK.length);
    }
    if (!this.#isFirstPiece) this.#readRows(isEnd);
  }

  #readRows(isEnd: boolean): void {
    const text = this.#text;
    let start = 0;
    while (start < text.length) {
      const lineBreak = text.indexOf('\n', start);
      if (lineBreak === -1 && !isEnd) break;
      const next = this.#readRow(text, start, lineBreak === -1 ? text.length : lineBreak, isEnd);
      if (next === null) break;
      start = next;
    }
    this.#text = text.slice(start);
    if (this.#text.length > MAX_ROW_BYTES && !this.#text.includes('\n')) this.#giveUpLine();
  }

  /** Where the next row begins, or `null` if this one is not complete yet. */
  #readRow(text: string, start: number, lineEnd: number, isEnd: boolean): number | null {
    const line = text.slice(start, text[lineEnd - 1] === '\r' && lineEnd > start ? lineEnd - 1 : lineEnd);
    if (this.#isPassingOver) {
      this.#isPassingOver = false;
    } else if (lineEnd - start > MAX_ROW_BYTES) {
      this.#refuse(line, 'too_long');
    } else if (!line.includes('"')) {
      this.#onRow({ line: this.#line, text: line, fields: line.split(','), fault: null });
    } else {
      const row = readQuotedRow(text, start, isEnd);
      if (row.outcome === 'complete' && row.next - start <= MAX_ROW_BYTES) {
        this.#onRow({ line: this.#line, text: text.slice(start, row.next), fields: row.fields, fault: null });
        this.#line += countLineBreaks(text, start, row.next);
        return row.next;
      }
      if (row.outcome === 'incomplete' && !isEnd && text.length - start <= MAX_ROW_BYTES) return null;
      this.#refuse(line, 'broken_quotes');
    }
    this.#line++;
    return lineEnd + 1;
  }

  #refuse(text: string, fault: CsvRow['fault']): void {
    this.#onRow({ line: this.#line, text, fields: [], fault });
  }

  #giveUpLine(): void {
    if (!this.#isPassingOver) this.#refuse(this.#text, 'too_long');
    this.#isPassingOver = true;
    this.#text = '';
  }
}

type QuotedRow =
  | { readonly outcome: 'complete'; readonly fields: string[]; readonly next: number }
  | { readonly outcome: 'incomplete' | 'broken' };

/** The row that begins at `start`, with quoted fields, which may contain line breaks. */
function readQuotedRow(text: string, start: number, isEnd: boolean): QuotedRow {
  const fields: string[] = [];
  let position = start;
  for (;;) {
    const first = skipBlanks(text, position);
    const field = text[first] === '"' ? readQuotedField(text, first) : readBareField(text, position);
    if (field === null) return { outcome: 'incomplete' };
    fields.push(field.value);
    const after = skipBlanks(text, field.end);
    // A quote at the very end of a piece may be the first of two.
    if (after >= text.length && !isEnd) return { outcome: 'incomplete' };
    if (after >= text.length) return { outcome: 'complete', fields, next: text.length };
    if (text[after] === ',') {
      position = after + 1;
      continue;
    }
    const lineBreak = text[after] === '\r' ? after + 1 : after;
    if (lineBreak >= text.length && !isEnd) return { outcome: 'incomplete' };
    if (lineBreak < text.length && text[lineBreak] !== '\n') return { outcome: 'broken' };
    return { outcome: 'complete', fields, next: Math.min(lineBreak + 1, text.length) };
  }
}

interface Field {
  readonly value: string;
  readonly end: number;
}

/** `null` if the closing quote is not there. */
function readQuotedField(text: string, openingQuote: number): Field | null {
  let value = '';
  let from = openingQuote + 1;
  for (;;) {
    const quote = text.indexOf('"', from);
    if (quote === -1) return null;
    value += text.slice(from, quote);
    if (text[quote + 1] !== '"') return { value, end: quote + 1 };
    value += '"';
    from = quote + 2;
  }
}

/** A quote inside such a field is a character like any other. */
function readBareField(text: string, start: number): Field {
  let end = start;
  while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
  if (text[end - 1] === '\r' && text[end] !== ',' && end > start) end--;
  return { value: text.slice(start, end), end };
}

/** Blanks around a quoted field belong to nothing: values are trimmed (SPEC 3). */
function skipBlanks(text: string, start: number): number {
  let position = start;
  while (text[position] === ' ' || text[position] === '\t') position++;
  return position;
}

function countLineBreaks(text: string, start: number, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n', start); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) count++;
  return count;
}
