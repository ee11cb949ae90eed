/** The hash of the rules (SPEC 2), by a library: the one package, beside that of time zones, that the domain uses. */
import xxhash from 'xxhash-wasm';
import type { Hash32 } from './occurrence.ts';

/** Loads the library's code once; the function that comes back is synchronous. */
export async function loadHash32(): Promise<Hash32> {
  const library = await xxhash();
  return (text, seed) => library.h32(text, seed);
}
