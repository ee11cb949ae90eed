import { expect, test } from 'vitest';
import { STATE_CODES, isStateCode, parseStateCode } from '../../../src/domain/states.ts';

test('knows the fifty states, DC, eight territories and three military regions, each once', () => {
  expect(STATE_CODES).toHaveLength(50 + 1 + 8 + 3);
  expect(new Set(STATE_CODES).size).toBe(STATE_CODES.length);
  for (const state of ['DC', 'PR', 'VI', 'GU', 'AS', 'MP', 'FM', 'MH', 'PW', 'AA', 'AE', 'AP']) {
    expect(STATE_CODES).toContain(state);
  }
});

test.each([
  ['CA', 'CA'],
  ['ca', 'CA'],
  ['Ny', 'NY'],
  ['pW', 'PW'],
])('reads the stored state %j as %s', (stored, state) => {
  expect(parseStateCode(stored)).toBe(state);
});

test.each(['', 'C', 'XX', 'UK', 'Calif', 'California', ' CA', 'CA ', 'C4', 'ıd', 'ID\n'])(
  'finds the stored state %j unusable',
  (stored) => {
    expect(parseStateCode(stored)).toBeNull();
  },
);

test('a code in rules is upper case', () => {
  expect(isStateCode('CA')).toBe(true);
  expect(isStateCode('ca')).toBe(false);
  expect(isStateCode('toString')).toBe(false);
});
