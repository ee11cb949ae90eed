import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { dayNumber, parseDay } from '../../src/domain/calendar.ts';
import { reviewContact } from '../../src/domain/contact.ts';
import { STATE_CODES } from '../../src/domain/states.ts';
import { stateOfZip } from '../../src/domain/zip-states.ts';
import { generateSample } from '../../tools/sample/generate.ts';
import { PLACES } from '../../tools/sample/places.ts';

const text = readFileSync(new URL('../../config/sample/contacts.csv', import.meta.url), 'utf8');
const rows = parse(text, { columns: true }) as unknown as Record<string, string>[];
const AS_OF = dayNumber(2026, 11, 23);

const reviews = rows.map((row, index) =>
  reviewContact(
    {
      id: index + 1,
      email: row.email ?? null,
      zipCode: row.zip_code ?? null,
      state: row.state ?? null,
      birthDay: parseDay(row.birth_date ?? ''),
      effectiveDay: parseDay(row.effective_date ?? ''),
      suppression: null,
    },
    AS_OF,
  ),
);

function isGood(index: number): boolean {
  const plannable = reviews[index]!.plannable;
  return plannable?.warnings.length === 0 && plannable.birthDay !== null && plannable.effectiveDay !== null;
}

test('config/sample/contacts.csv is what tools/sample/generate.ts makes', () => {
  expect(generateSample()).toBe(text);
});

test('the sample has 663 contacts, each with an external id of its own', () => {
  expect(rows).toHaveLength(663);
  expect(new Set(rows.map((row) => row.external_id)).size).toBe(663);
});

test('between 92 and 95 of 100 contacts are good', () => {
  const good = rows.filter((_, index) => isGood(index)).length;
  expect(good / rows.length).toBeGreaterThan(0.92);
  expect(good / rows.length).toBeLessThan(0.95);
});

test('every state, territory and military code has a good contact with a ZIP code of it', () => {
  const states = new Set(
    rows.filter((_, index) => isGood(index)).map((row) => stateOfZip(row.zip_code ?? '')),
  );
  expect([...STATE_CODES].filter((state) => !states.has(state))).toEqual([]);
});

test('the ZIP codes of the places lie in their states', () => {
  const wrong = PLACES.flatMap(({ state, zipCodes }) => zipCodes.filter((zip) => stateOfZip(zip) !== state));
  expect(wrong).toEqual([]);
});

test('nobody in it can be reached: addresses and numbers are those of examples', () => {
  const real = rows.filter(
    ({ email = '' }) => /@.*\./.test(email) && !/[@.]example(\.(com|org|net))?$/.test(email),
  );
  expect(real).toEqual([]);
  expect(rows.filter(({ phone_number: phone = '' }) => !/^(555-01\d\d)?$/.test(phone))).toEqual([]);
});

describe('what rules stumble over is there', () => {
  const birthdays = (pattern: RegExp): number =>
    rows.filter((row) => pattern.test(row.birth_date ?? '')).length;
  const effective = (pattern: RegExp): number =>
    rows.filter((row) => pattern.test(row.effective_date ?? '')).length;
  const reviewed = (reason: string): number =>
    reviews.filter(({ rejection, plannable }) => {
      return rejection === reason || plannable?.warnings.some((warning) => warning === reason) === true;
    }).length;

  test.for([
    ['leap-day birthdays', birthdays(/^\d{4}-02-29$/), 8],
    ['birthdays at month ends', birthdays(/-(01-31|04-30|06-30|10-31|12-31)$/), 10],
    ['birthdays on both sides of New Year', birthdays(/-12-(2\d|3\d)$/), 15],
    ['birthdays early in January', birthdays(/-01-(0\d|1[0-5])$/), 15],
    ['effective dates on 1 January', effective(/-01-01$/), 150],
    ['effective dates on 1 July', effective(/-07-01$/), 100],
    ['effective dates to come', rows.filter((row) => (row.effective_date ?? '') > '2026-11-23').length, 5],
    ['missing addresses', reviewed('missing_email'), 4],
    ['malformed addresses', reviewed('invalid_email'), 6],
    ['unknown states', reviewed('unknown_state'), 4],
    ['birth dates that count as missing', reviewed('birth_date_ignored'), 6],
    ['effective dates that count as missing', reviewed('effective_date_ignored'), 3],
    ['ZIP code and state that disagree', reviewed('states_disagree'), 4],
    [
      'ZIP codes with four more digits',
      rows.filter((row) => /^\d{5}-?\d{4}$/.test(row.zip_code ?? '')).length,
      30,
    ],
    ['states in lower case', rows.filter((row) => /^[a-z]{2}$/.test(row.state ?? '')).length, 15],
  ] as const)('%s', ([, count, atLeast]) => {
    expect(count).toBeGreaterThanOrEqual(atLeast);
  });
});

test('ages run from 64 to 95', () => {
  const years = rows.filter((_, index) => isGood(index)).map((row) => Number(row.birth_date?.slice(0, 4)));
  expect([Math.min(...years), Math.max(...years)]).toEqual([1931, 1961]);
});
