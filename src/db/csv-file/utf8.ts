/** Fields come as latin1, one character per byte (csv-reader.ts), and are UTF-8 if the file is right. */

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NOT_ASCII = /[\u0080-\u00ff]/;

/** `null` if the bytes are not UTF-8. */
export function decodeUtf8(bytes: string): string | null {
  if (!NOT_ASCII.test(bytes)) return bytes;
  try {
    return decoder.decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return null;
  }
}
