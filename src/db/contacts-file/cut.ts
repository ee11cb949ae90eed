/** How much of a value is kept. */

const MAX_CHARACTERS = 1_000;
/**
 * Indexed values end earlier if their characters take many bytes: a row of an index holds 2,704, and lower
 * case can be half as long again.
 */
const MAX_INDEXED_BYTES = 1_700;

/** The first 1,000 characters (of Unicode, never half of one). */
export function cutValue(value: string): string {
  if (value.length <= MAX_CHARACTERS) return value;
  return Array.from(value.slice(0, 2 * MAX_CHARACTERS))
    .slice(0, MAX_CHARACTERS)
    .join('');
}

/** As `cutValue`, and what an index can hold. */
export function cutIndexedValue(value: string): string {
  const cut = cutValue(value);
  if (Buffer.byteLength(cut) <= MAX_INDEXED_BYTES) return cut;
  const bytes = Buffer.from(cut).subarray(0, MAX_INDEXED_BYTES);
  return bytes.toString('utf8').replace(/\ufffd+$/, '');
}
