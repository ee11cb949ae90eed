import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { STATE_CODES } from '../../../src/domain/states.ts';
import { stateOfZip } from '../../../src/domain/zip-states.ts';

/** Every code of the reference file, whose form its head explains. */
function referenceCodes(): { zip: string; state: string }[] {
  const lines = readFileSync(new URL('zip-codes.txt', import.meta.url), 'utf8').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith('#')).flatMap(codesOfLine);
}

function codesOfLine(line: string): { zip: string; state: string }[] {
  const [state, prefix, ...runs] = line.split(' ') as [string, string, ...string[]];
  return runs.flatMap((run) => {
    const [first, last] = run.split('-').map(Number) as [number, number | undefined];
    return Array.from({ length: (last ?? first) - first + 1 }, (_, index) => {
      return { zip: prefix + String(first + index).padStart(2, '0'), state };
    });
  });
}

test('agrees with the reference on every code', () => {
  const codes = referenceCodes();
  expect(codes.length).toBeGreaterThan(42_000);
  expect(codes.filter(({ zip, state }) => stateOfZip(zip) !== state)).toEqual([]);
  expect(new Set(codes.map(({ state }) => state))).toEqual(new Set(STATE_CODES));
});

/** Main post offices and well-known places, written from general knowledge and not from the table. */
const KNOWN = `
  AL 36104  AK 99501  AZ 85001  AR 72201  CA 90210  CO 80202  CT 06103  DE 19901  FL 32301  GA 30303
  HI 96813  ID 83702  IL 60601  IN 46204  IA 50309  KS 66603  KY 40601  LA 70802  ME 04330  MD 21401
  MA 02201  MI 48933  MN 55102  MS 39201  MO 63005  MT 59601  NE 68502  NV 89701  NH 03301  NJ 08608
  NM 87501  NY 10001  NC 27601  ND 58501  OH 43215  OK 73102  OR 97301  PA 17101  RI 02903  SC 29201
  SD 57501  TN 37219  TX 78701  UT 84111  VT 05602  VA 23219  WA 98501  WV 25301  WI 53703  WY 82001
  DC 20001  PR 00901  VI 00802  GU 96910  AS 96799  MP 96950  FM 96941  MH 96960  PW 96940  AA 34002
  AE 09012  AP 96205
`;

const knownPlaces = [...KNOWN.matchAll(/([A-Z]{2}) (\d{5})/g)].map(
  ([, state, zip]) => [state!, zip!] as const,
);

test.each(knownPlaces)('finds %s for %s', (state, zip) => {
  expect(stateOfZip(zip)).toBe(state);
});

test.each([
  ['00501', 'NY', 'the tax office on Long Island, before Puerto Rico'],
  ['06390', 'NY', 'Fishers Island, among codes of Connecticut'],
  ['06389', 'CT', 'just before it'],
  ['20588', 'MD', 'among codes of DC'],
  ['20598', 'VA', 'among codes of DC'],
  ['20599', 'DC', 'after it'],
  ['56901', 'DC', 'parcels for the government, between Minnesota and South Dakota'],
  ['72643', 'MO', 'among codes of Arkansas'],
  ['73301', 'TX', 'Austin, among codes of Oklahoma'],
  ['73949', 'OK', 'the panhandle'],
  ['73960', 'TX', 'just across from it'],
  ['83414', 'WY', 'Alta, among codes of Idaho'],
  ['88595', 'TX', 'El Paso, after New Mexico'],
  ['96898', 'HI', 'Wake Island'],
  ['96799', 'AS', 'Pago Pago, among codes of Hawaii'],
])('finds %s in %s: %s', (zip, state) => {
  expect(stateOfZip(zip)).toBe(state);
});

test('the places are of every state', () => {
  expect(new Set(knownPlaces.map(([state]) => state))).toEqual(new Set(STATE_CODES));
});

test('an unassigned code between two codes of one state is that state', () => {
  expect(referenceCodes().some(({ zip }) => zip === '10000' || zip === '10050')).toBe(false);
  expect(stateOfZip('10050')).toBe('NY');
});

test.each([
  ['00000', 'the first code of all'],
  ['00400', 'a prefix that no state uses'],
  ['21300', 'a prefix that no state uses, between two of Maryland'],
  ['10000', 'between the military and New York'],
  ['99999', 'the last code of all'],
  ['99951', 'just after Alaska'],
])('finds no state for %s: %s', (zip) => {
  expect(stateOfZip(zip)).toBeNull();
});

test.each(['90210-1234', '902101234'])('accepts the form %s', (zip) => {
  expect(stateOfZip(zip)).toBe('CA');
});

test.each([
  '',
  '9',
  '9021',
  '902100',
  '9021012',
  '90210123',
  '90210-',
  '90210-123',
  '90210-12345',
  '90210 1234',
  '90210–1234',
  '9O210',
  '９０２１０',
  ' 90210',
  '90210\n',
  '-90210',
  '9021012-34',
  '+9021',
  '90210-12a4',
  '1e500',
])('finds no state for the form %j', (zip) => {
  expect(stateOfZip(zip)).toBeNull();
});
