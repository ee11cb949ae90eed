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

/** Encodes rows for `COPY … FROM STDIN (FORMAT binary)`, a field after the other. */
export class BinaryCopyWriter {
  private buffer: Buffer;
  private length: number;
  rowCount = 0;

  constructor(initialBytes: number) {
    this.buffer = Buffer.allocUnsafe(Math.max(initialBytes, 1024));
    this.length = SIGNATURE.copy(this.buffer);
    this.buffer.fill(0, this.length, HEADER_BYTES);
    this.length = HEADER_BYTES;
  }

  startRow(fieldCount: number): void {
    this.reserve(2);
    this.length = this.buffer.writeInt16BE(fieldCount, this.length);
    this.rowCount += 1;
  }

  null(): void {
    this.reserve(4);
    this.length = this.buffer.writeInt32BE(-1, this.length);
  }

  int8(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.reserve(12);
    const { buffer, length } = this;
    buffer.writeInt32BE(8, length);
    buffer.writeInt32BE(Math.floor(value / WORD), length + 4);
    buffer.writeUInt32BE(value >>> 0, length + 8);
    this.length = length + 12;
  }

  int4(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.reserve(8);
    this.buffer.writeInt32BE(4, this.length);
    this.length = this.buffer.writeInt32BE(value, this.length + 4);
  }

  int2(value: number): void {
    this.reserve(6);
    this.buffer.writeInt32BE(2, this.length);
    this.length = this.buffer.writeInt16BE(value, this.length + 4);
  }

  boolean(value: boolean): void {
    this.reserve(5);
    this.buffer.writeInt32BE(1, this.length);
    this.length = this.buffer.writeUInt8(value ? 1 : 0, this.length + 4);
  }

  date(day: number | null): void {
    this.int4(day === null ? null : day - POSTGRES_EPOCH_DAY);
  }

  /** `HH:MM` as a time of day. */
  time(value: string): void {
    this.int8(MINUTES_OF_TIME.get(value)! * MICROSECONDS_PER_MINUTE);
  }

  text(value: string | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.reserve(4 + value.length * 3);
    const bytes = this.buffer.write(value, this.length + 4, 'utf8');
    this.buffer.writeInt32BE(bytes, this.length);
    this.length += 4 + bytes;
  }

  /** The whole of what was written, ended as the format wants it. */
  finish(): Buffer {
    this.reserve(2);
    this.length = this.buffer.writeInt16BE(-1, this.length);
    return this.buffer.subarray(0, this.length);
  }

  private reserve(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + bytes));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
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
