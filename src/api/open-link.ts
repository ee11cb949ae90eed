import type { LinkKey } from '../contracts/link-key.ts';
import type { LinkKeys } from '../db/link-keys.ts';

/** Keys are read again at most this often for links that nobody has signed. */
const FORGED_READ_MS = 1_000;

/** Opens a link by the keys that are known, and one of a key that is not by those of this moment. */
export async function openWithKeys<T>(
  keys: LinkKeys,
  open: (keys: readonly LinkKey[]) => T | null,
): Promise<T | null> {
  return open(await keys.read()) ?? open(await keys.read(FORGED_READ_MS));
}
