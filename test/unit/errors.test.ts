import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ERRORS } from '../../src/contracts/errors.ts';

const documentation = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const documented = [...documentation.matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, code, meaning]) => [code, meaning],
);

test('the documentation has every error of the registry, in its order and with its meaning', () => {
  expect(documented).toEqual(Object.entries(ERRORS));
});
