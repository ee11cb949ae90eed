import { Readable } from 'node:stream';

/** Small against what a socket takes at once, so that little is read ahead of what is sent. */
const CHUNK_BYTES = 16_384;

/**
 * A message's bytes, given to the connection piece by piece as it can send them, and how far that has come. The
 * connection asks for the first piece when the server has agreed to DATA, and writes the final dot when there is
 * none left: once `isWhole`, the server may have the message.
 */
export class MessageBody extends Readable {
  readonly #bytes: Buffer;
  #offset = 0;
  #isBegun = false;

  constructor(bytes: Buffer) {
    super({ highWaterMark: CHUNK_BYTES });
    this.#bytes = bytes;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  get isWhole(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  override _read(): void {
    this.#isBegun = true;
    const chunk = this.#bytes.subarray(this.#offset, this.#offset + CHUNK_BYTES);
    this.#offset += chunk.length;
    this.push(chunk);
    // The end with the last piece, so that none of it is ever sent without being known as whole.
    if (this.isWhole) this.push(null);
  }
}
