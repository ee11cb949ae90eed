/** XXH32 as its specification describes it: four lanes of 16-byte stripes, then the rest, then the avalanche. */

const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

/** The hash of the UTF-8 text, as an unsigned number. */
export function xxh32(text: string, seed: number): number {
  const bytes = new TextEncoder().encode(text);
  let position = 0;
  let hash: number;
  if (bytes.length >= 16) {
    let lane1 = add(add(seed, PRIME_1), PRIME_2);
    let lane2 = add(seed, PRIME_2);
    let lane3 = add(seed, 0);
    let lane4 = add(seed, -PRIME_1);
    while (position + 16 <= bytes.length) {
      lane1 = round(lane1, wordAt(bytes, position));
      lane2 = round(lane2, wordAt(bytes, position + 4));
      lane3 = round(lane3, wordAt(bytes, position + 8));
      lane4 = round(lane4, wordAt(bytes, position + 12));
      position += 16;
    }
    hash = add(
      add(rotateLeft(lane1, 1), rotateLeft(lane2, 7)),
      add(rotateLeft(lane3, 12), rotateLeft(lane4, 18)),
    );
  } else {
    hash = add(seed, PRIME_5);
  }
  hash = add(hash, bytes.length);
  while (position + 4 <= bytes.length) {
    hash = add(hash, Math.imul(wordAt(bytes, position), PRIME_3));
    hash = Math.imul(rotateLeft(hash, 17), PRIME_4);
    position += 4;
  }
  while (position < bytes.length) {
    hash = add(hash, Math.imul(bytes[position] ?? 0, PRIME_5));
    hash = Math.imul(rotateLeft(hash, 11), PRIME_1);
    position += 1;
  }
  return avalanche(hash);
}

function avalanche(hash: number): number {
  let mixed = hash;
  mixed = Math.imul(mixed ^ (mixed >>> 15), PRIME_2);
  mixed = Math.imul(mixed ^ (mixed >>> 13), PRIME_3);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function round(lane: number, word: number): number {
  return Math.imul(rotateLeft(add(lane, Math.imul(word, PRIME_2)), 13), PRIME_1);
}

function wordAt(bytes: Uint8Array, position: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(position, true);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function add(left: number, right: number): number {
  return (left + right) | 0;
}
