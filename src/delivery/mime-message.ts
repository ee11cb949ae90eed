/** Reads what compose-message.ts writes: headers, and text and HTML in quoted-printable or base64. */

export interface Header {
  readonly name: string;
  /** Unfolded, encoded words read. */
  readonly value: string;
}

export interface MimeMessage {
  readonly headers: readonly Header[];
  /** `null` if the message has no such part. */
  readonly text: string | null;
  readonly html: string | null;
}

interface Part {
  readonly headers: readonly Header[];
  readonly body: Buffer;
}

const LINE_BREAK = '\r\n';
const ENCODED_WORD = /=\?([\w-]+)\?([QB])\?([^?\s]*)\?=/gi;

export function parseMimeMessage(bytes: Buffer): MimeMessage {
  const whole = splitHead(bytes);
  const boundary = /\bboundary="?([^";]+)"?/i.exec(headerOf(whole.headers, 'Content-Type') ?? '')?.[1];
  const parts = boundary === undefined ? [whole] : splitParts(whole.body, boundary).map(splitHead);
  return {
    headers: whole.headers,
    text: contentOf(parts, 'text/plain'),
    html: contentOf(parts, 'text/html'),
  };
}

/** What stands before the first empty line; of a message that was cut off, as much as there is. */
export function parseHeaders(head: string): Header[] {
  return head
    .split(LINE_BREAK + LINE_BREAK, 1)[0]!
    .replace(/\r\n(?=[ \t])/g, '')
    .split(LINE_BREAK)
    .flatMap((line) => {
      const colon = line.indexOf(':');
      if (colon <= 0) return [];
      return [{ name: line.slice(0, colon), value: decodeWords(line.slice(colon + 1).trim()) }];
    });
}

export function headerOf(headers: readonly Header[], name: string): string | null {
  return headers.find((header) => header.name.toLowerCase() === name.toLowerCase())?.value ?? null;
}

function splitHead(bytes: Buffer): Part {
  const end = bytes.indexOf(LINE_BREAK + LINE_BREAK);
  if (end < 0) return { headers: parseHeaders(bytes.toString('latin1')), body: Buffer.alloc(0) };
  return {
    headers: parseHeaders(bytes.toString('latin1', 0, end)),
    body: bytes.subarray(end + 2 * LINE_BREAK.length),
  };
}

function splitParts(body: Buffer, boundary: string): Buffer[] {
  const delimiter = `${LINE_BREAK}--${boundary}`;
  const pieces = (LINE_BREAK + body.toString('latin1')).split(delimiter).slice(1);
  const last = pieces.findIndex((piece) => piece.startsWith('--'));
  return (last < 0 ? pieces : pieces.slice(0, last)).map((piece) =>
    Buffer.from(piece.slice(LINE_BREAK.length), 'latin1'),
  );
}

function contentOf(parts: readonly Part[], type: string): string | null {
  const part = parts.find(({ headers }) =>
    (headerOf(headers, 'Content-Type') ?? '').toLowerCase().startsWith(type),
  );
  if (part === undefined) return null;
  const encoding = headerOf(part.headers, 'Content-Transfer-Encoding')?.toLowerCase();
  return decodeBody(part.body, encoding).toString('utf8').replaceAll(LINE_BREAK, '\n');
}

function decodeBody(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'base64') return Buffer.from(body.toString('latin1'), 'base64');
  if (encoding !== 'quoted-printable') return body;
  return decodeQuoted(
    body
      .toString('latin1')
      .replace(/[ \t]+(?=\r\n|$)/g, '')
      .replace(/=\r\n/g, ''),
  );
}

function decodeQuoted(text: string): Buffer {
  const bytes = text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1');
}

/** RFC 2047; the white space between two encoded words is none of the text. */
function decodeWords(value: string): string {
  const joined = value.replace(/(\?=)\s+(?==\?)/g, '$1');
  let pending = { charset: '', bytes: Buffer.alloc(0) };
  let text = '';
  let position = 0;
  const flush = () => {
    text += decodeCharset(pending.bytes, pending.charset);
    pending = { charset: '', bytes: Buffer.alloc(0) };
  };
  for (const match of joined.matchAll(ENCODED_WORD)) {
    const [word, charset, encoding, content] = match as unknown as [string, string, string, string];
    if (match.index > position || charset !== pending.charset) flush();
    text += joined.slice(position, match.index);
    const bytes =
      encoding.toUpperCase() === 'B'
        ? Buffer.from(content, 'base64')
        : decodeQuoted(content.replaceAll('_', ' '));
    // A character may be cut in two by its words.
    pending = { charset, bytes: Buffer.concat([pending.bytes, bytes]) };
    position = match.index + word.length;
  }
  flush();
  return text + joined.slice(position);
}

function decodeCharset(bytes: Buffer, charset: string): string {
  return bytes.toString(/^(?:iso-8859-1|us-ascii)$/i.test(charset) ? 'latin1' : 'utf8');
}
