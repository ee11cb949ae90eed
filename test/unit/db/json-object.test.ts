import { describe, expect, test } from 'vitest';
import { isStorableObject } from '../../../src/db/csv-file/json-object.ts';

describe('stored as attributes', () => {
  test.for([
    '{}',
    ' {"a": 1} ',
    '{"a":{"b":[1,2,null,true]}}',
    '{"a":"é😀"}',
    String.raw`{"a":"😀 \\u0000"}`,
    '{"a":"12e99999"}',
    '{"a":1e300}',
    '{"__proto__":1}',
  ])('%s', (text) => {
    expect(isStorableObject(text)).toBe(true);
  });
});

describe('kept as given, because PostgreSQL has no such object', () => {
  test.for([
    'text',
    '"text"',
    '[]',
    'null',
    '7',
    '{"a":1',
    "{'a':1}",
    String.raw`{"a":"\u0000"}`,
    String.raw`{"\u0000":1}`,
    String.raw`{"a":["\ud83d"]}`,
    '{"a":1e999999}',
    '{"a":1e-99999}',
    `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`,
  ])('%s', (text) => {
    expect(isStorableObject(text)).toBe(false);
  });
});
