import { expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import { Random } from './random.ts';
import { xxh32 } from './xxh32.ts';

test.each([
  ['', 0, 0x02cc5d05],
  ['', 1, 0x0b2cb792],
  ['a', 0, 0x550d7456],
  ['abc', 0, 0x32d153ff],
])('the published hash of %j with seed %i', (text, seed, hash) => {
  expect(xxh32(text, seed)).toBe(hash);
});

test('random texts of every length have the hash that xxhash-wasm gives them', async () => {
  const hasher = await xxhash();
  const random = new Random(7);
  for (let length = 0; length < 200; length += 1) {
    const text = Array.from({ length }, () => random.pick(['a', 'Z', '0', ':', '-', 'ü', '€', '😀'])).join(
      '',
    );
    for (const seed of [0, 1, 20878, 0x7fffffff, 0xffffffff, random.int(0, 0xffffffff)]) {
      expect(xxh32(text, seed)).toBe(hasher.h32(text, seed));
    }
  }
});
