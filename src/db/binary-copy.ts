/** PostgreSQL's binary COPY format, both ways. Days are day numbers since 1970, PostgreSQL's since 2000. */

const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const HEADER_BYTES = SIGNATURE.length + 8;
const POSTGRES_EPOCH_DAY = 10_957;
const WORD = 0x1_0000_0000;
const MICROSECONDS_PER_MINUTE = 60_000_000;

/** Every time of day to the minute: millions of rows have one of a few. */
const TIME_TEXTS = Array.from({ length: 24 * 60 }, (_, minutes) =>
  [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':'),
);
const MINUTES_OF_TIME = new Map(TIME_TEXTS.map((text, minutes) => [text, minutes]));

/** Rows are encoded into pieces of this size: one that grew would be copied over and over. */
const PIECE_BYTES = 256 * 1024;

/** Pieces that were sent are filled again: the garbage collector is in no hurry with memory outside of its heap. */
const freePieces: Buffer[] = [];
const MAX_FREE_PIECES = 64;

/** Millions of rows say one of a few short things; their bytes are kept. */
const keptTexts = new Map<string, Buffer>();
const MAX_KEPT_TEXTS = 1_000;
const MAX_KEPT_LENGTH = 24;

function keepText(value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  if (keptTexts.size < MAX_KEPT_TEXTS) keptTexts.set(value, bytes);
  return bytes;
}

/** Encodes rows for `COPY … FROM STDIN (FORMAT binary)`, a field after the other. */
export class BinaryCopyWriter {
  private readonly pieces: Buffer[] = [];
  private piece: Buffer;
  private view: DataView;
  private length: number;
  rowCount = 0;

  constructor() {
    this.piece = freePieces.pop() ?? Buffer.allocUnsafe(PIECE_BYTES);
    this.view = new DataView(this.piece.buffer, this.piece.byteOffset, PIECE_BYTES);
    this.length = SIGNATURE.copy(this.piece);
    this.piece.fill(0, this.length, HEADER_BYTES);
    this.length = HEADER_BYTES;
  }

  startRow(fieldCount: number): void {
    this.reserve(2);
    this.view.setInt16(this.length, fieldCount);
    this.length += 2;
    this.rowCount += 1;
  }

  null(): void {
    this.reserve(4);
    this.view.setInt32(this.length, -1);
    this.length += 4;
  }

  int8(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.reserve(12);
    const { view, length } = this;
    view.setInt32(length, 8);
    view.setInt32(length + 4, Math.floor(value / WORD));
    view.setUint32(length + 8, value >>> 0);
    this.length = length + 12;
  }

  int4(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.reserve(8);
    this.view.setInt32(this.length, 4);
    this.view.setInt32(this.length + 4, value);
    this.length += 8;
  }

  int2(value: number): void {
    this.reserve(6);
    this.view.setInt32(this.length, 2);
    this.view.setInt16(this.length + 4, value);
    this.length += 6;
  }

  boolean(value: boolean): void {
    this.reserve(5);
    this.view.setInt32(this.length, 1);
    this.view.setUint8(this.length + 4, value ? 1 : 0);
    this.length += 5;
  }

  date(day: number | null): void {
    this.int4(day === null ? null : day - POSTGRES_EPOCH_DAY);
  }

  /** `HH:MM` as a time of day. */
  time(value: string): void {
    this.int8(MINUTES_OF_TIME.get(value)! * MICROSECONDS_PER_MINUTE);
  }

  text(value: string | null): void {
    if (value === null) this.null();
    else if (value.length <= MAX_KEPT_LENGTH) this.keptText(keptTexts.get(value) ?? keepText(value));
    else this.longText(value);
  }

  private keptText(bytes: Buffer): void {
    this.reserve(4 + bytes.length);
    const { piece, length } = this;
    this.view.setInt32(length, bytes.length);
    // A call out of JavaScript costs more than so few bytes.
    for (let index = 0; index < bytes.length; index += 1) piece[length + 4 + index] = bytes[index]!;
    this.length = length + 4 + bytes.length;
  }

  private longText(value: string): void {
    this.reserve(4 + value.length * 3);
    const bytes = this.piece.write(value, this.length + 4, 'utf8');
    this.view.setInt32(this.length, bytes);
    this.length += 4 + bytes;
  }

  /** The whole of what was written, ended as the format wants it, in pieces. */
  finish(): readonly Buffer[] {
    this.reserve(2);
    this.view.setInt16(this.length, -1);
    this.length += 2;
    this.pieces.push(this.piece.subarray(0, this.length));
    return this.pieces;
  }

  /** Gives the pieces of `finish` back, once they have been sent; the writer is used no more. */
  release(): void {
    for (const { buffer } of this.pieces) {
      if (freePieces.length < MAX_FREE_PIECES && buffer.byteLength === PIECE_BYTES) {
        freePieces.push(Buffer.from(buffer));
      }
    }
    this.pieces.length = 0;
  }

  private reserve(bytes: number): void {
    if (this.length + bytes > this.piece.length) this.nextPiece(bytes);
  }

  private nextPiece(bytes: number): void {
    this.pieces.push(this.piece.subarray(0, this.length));
    const isOrdinary = bytes <= PIECE_BYTES;
    this.piece =
      (isOrdinary ? freePieces.pop() : undefined) ?? Buffer.allocUnsafe(Math.max(PIECE_BYTES, bytes));
    this.view = new DataView(this.piece.buffer, this.piece.byteOffset, this.piece.length);
    this.length = 0;
  }
}

/** Decodes what `COPY … TO STDOUT (FORMAT binary)` sent; fields are read in the order of the columns. */
export class BinaryCopyReader {
  private readonly buffer: Buffer;
  private position: number;

  constructor(buffer: Buffer) {
    this.buffer = buffer;
    this.position = HEADER_BYTES + buffer.readInt32BE(SIGNATURE.length + 4);
  }

  /** Goes to the next row; false at the end. */
  nextRow(): boolean {
    const fieldCount = this.buffer.readInt16BE(this.position);
    this.position += 2;
    return fieldCount !== -1;
  }

  int8(): number | null {
    if (this.fieldBytes() === -1) return null;
    const value = this.buffer.readInt32BE(this.position) * WORD + this.buffer.readUInt32BE(this.position + 4);
    this.position += 8;
    return value;
  }

  int4(): number | null {
    if (this.fieldBytes() === -1) return null;
    const value = this.buffer.readInt32BE(this.position);
    this.position += 4;
    return value;
  }

  int2(): number | null {
    if (this.fieldBytes() === -1) return null;
    const value = this.buffer.readInt16BE(this.position);
    this.position += 2;
    return value;
  }

  boolean(): boolean | null {
    if (this.fieldBytes() === -1) return null;
    const value = this.buffer[this.position] === 1;
    this.position += 1;
    return value;
  }

  date(): number | null {
    const day = this.int4();
    return day === null ? null : day + POSTGRES_EPOCH_DAY;
  }

  /** `HH:MM`. */
  time(): string | null {
    const microseconds = this.int8();
    return microseconds === null ? null : TIME_TEXTS[Math.floor(microseconds / MICROSECONDS_PER_MINUTE)]!;
  }

  text(): string | null {
    const bytes = this.fieldBytes();
    if (bytes === -1) return null;
    const value = this.buffer.toString('utf8', this.position, this.position + bytes);
    this.position += bytes;
    return value;
  }

  private fieldBytes(): number {
    const bytes = this.buffer.readInt32BE(this.position);
    this.position += 4;
    return bytes;
  }
}
