/** Forty days in a row, with outages and edits, and quiet years: what must hold whatever happens. */

import { describe, expect, test } from 'vitest';
import { violationsOf } from './invariants.ts';
import { generateOrganization, nextDay } from './generate.ts';
import { planByModel } from './model.ts';
import { asStoredRow } from './publish.ts';
import { surprisesOfQuietYear } from './quiet-year.ts';
import type { ModelRow } from './types.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

describe('forty days in a row keep every invariant', () => {
  test.each(SEEDS)('seed %i', { timeout: 60_000 }, (seed) => {
    let input = generateOrganization(seed);
    for (let step = 0; step < 40; step += 1) {
      const output = planByModel(input);
      expect({ step, violations: violationsOf(input, output) }).toEqual({ step, violations: [] });
      input = nextDay(input, output, seed * 1000 + step);
    }
  });
});

describe('planning twice on one day gives the same plan', () => {
  test.each(SEEDS)('seed %i', { timeout: 60_000 }, (seed) => {
    let input = generateOrganization(seed);
    for (let step = 0; step < 10; step += 1) {
      if (input.only === undefined) {
        const once = planByModel(input);
        const publishedRows = once.rows.map(asStoredRow);
        const frozen = input.planInForce.filter(
          (row) => input.today <= row.scheduled_send_date && row.scheduled_send_date < input.asOf,
        );
        const past = input.planInForce.filter(
          (row) => row.scheduled_send_date < input.today && row.status === 'skipped',
        );
        const ledger = [...input.ledger, ...past, ...once.missed];
        const twice = planByModel({
          ...input,
          fresh: false,
          ledger,
          planInForce: [...frozen, ...publishedRows],
        });
        expect({ ...twice, missed: once.missed }).toEqual(once);
      }
      input = nextDay(input, planByModel(input), seed * 77 + step);
    }
  });
});

describe('no surprises: a quiet year sends the first plan as it was published', () => {
  test.each([21, 22, 23, 24, 25, 26])('seed %i', { timeout: 60_000 }, (seed) => {
    expect(surprisesOfQuietYear(generateOrganization(seed, { contacts: 25 }))).toEqual([]);
  });
});

describe('what the ledger holds may lie in the plan in force or in the ledger', () => {
  test.each(SEEDS)('seed %i', { timeout: 60_000 }, (seed) => {
    let input = generateOrganization(seed);
    for (let step = 0; step < 12; step += 1) {
      const isPastSkip = (row: ModelRow): boolean =>
        row.status === 'skipped' && row.scheduled_send_date < input.today;
      const moved = {
        ...input,
        ledger: [...input.ledger, ...input.planInForce.filter(isPastSkip)],
        planInForce: input.planInForce.filter((row) => !isPastSkip(row)),
      };
      const output = planByModel(input);
      expect(planByModel(moved)).toEqual(output);
      input = nextDay(input, output, seed * 31 + step);
    }
  });
});

test('a replan of every contact is a run over all', () => {
  for (const seed of SEEDS) {
    const input = generateOrganization(seed, { contacts: 30 });
    const all = input.contacts.map((contact) => contact.id);
    expect(planByModel({ ...input, only: all })).toEqual(planByModel(input));
  }
});

test('the order in which contacts, ledger and plan are read does not matter', () => {
  for (const seed of SEEDS) {
    let input = generateOrganization(seed, { contacts: 40 });
    for (let step = 0; step < 5; step += 1) input = nextDay(input, planByModel(input), seed * 13 + step);
    const reversed = {
      ...input,
      contacts: [...input.contacts].reverse(),
      ledger: [...input.ledger].reverse(),
      planInForce: [...input.planInForce].reverse(),
    };
    expect(planByModel(reversed)).toEqual(planByModel(input));
  }
});
