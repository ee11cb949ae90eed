const LINE_EVERY_MS = 2_000;

/** Shows on stderr how much has been written: in place on a terminal, elsewhere a line every two seconds. */
export class ByteProgress {
  readonly #stream: NodeJS.WriteStream;
  readonly #name: string;
  #isShown = false;
  #lastLineAtMs = performance.now();

  constructor(stream: NodeJS.WriteStream, name: string) {
    this.#stream = stream;
    this.#name = name;
  }

  show(bytes: number): void {
    const text = `${this.#name}: ${this.sizeText(bytes)}`;
    if (this.#stream.isTTY) this.#stream.write(`\r${text}\u001b[K`);
    else if (performance.now() - this.#lastLineAtMs >= LINE_EVERY_MS) {
      this.#lastLineAtMs = performance.now();
      this.#stream.write(`${text}\n`);
    }
    this.#isShown = true;
  }

  end(): void {
    if (this.#isShown && this.#stream.isTTY) this.#stream.write('\r\u001b[K');
  }

  sizeText(bytes: number): string {
    return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
  }
}
