/** Days in a row with campaigns, with outages and edits, and quiet years. */

import { describe, expect, test } from 'vitest';
import { generateOrganization, nextDay } from './generate.ts';
import { mailedTwice, violationsOf } from './invariants.ts';
import { planByModel } from './model.ts';
import { publish } from './publish.ts';
import { surprisesOfQuietYear } from './quiet-year.ts';
import { contactsTouched, replanByModel } from './replan.ts';
import type { ModelInput, ModelRow } from './types.ts';

const SEEDS = [101, 102, 103, 104, 106, 107, 108];

describe('thirty days in a row keep every invariant, and nobody is mailed twice', () => {
  test.each(SEEDS)('seed %i', { timeout: 60_000 }, (seed) => {
    let input = generateOrganization(seed, { campaigns: true, contacts: 5 + 13 * (seed % 5) });
    for (let step = 0; step < 30; step += 1) {
      const output = planByModel(input);
      expect({ step, violations: violationsOf(input, output) }).toEqual({ step, violations: [] });
      input = nextDay(input, output, seed * 1000 + step, { reimports: true });
      expect({ step, twice: mailedTwice(input) }).toEqual({ step, twice: [] });
    }
  });
});

describe('planning twice on one day gives the same plan', () => {
  test.each(SEEDS)('seed %i', { timeout: 60_000 }, (seed) => {
    let input = generateOrganization(seed, { campaigns: true, contacts: 30 });
    for (let step = 0; step < 10; step += 1) {
      const once = planByModel(input);
      if (input.only === undefined) {
        const twice = planByModel({ ...input, fresh: false, ...publish(input, once) });
        expect({ ...twice, missed: once.missed, rows: withoutCollisions(twice.rows) }).toEqual({
          ...once,
          rows: withoutCollisions(once.rows),
        });
      }
      input = nextDay(input, once, seed * 77 + step);
    }
  });
});

describe('no surprises: a quiet year sends the first plan as it was published', () => {
  test.each([121, 122, 123, 124, 125, 126])('seed %i', { timeout: 60_000 }, (seed) => {
    expect(surprisesOfQuietYear(generateOrganization(seed, { contacts: 15, campaigns: true }))).toEqual([]);
  });
});

describe('a replan of the contacts that were touched', () => {
  test.each(SEEDS)('is what a run from there keeps, seed %i', { timeout: 60_000 }, (seed) => {
    let input = generateOrganization(seed, { campaigns: true, contacts: 40 });
    for (let step = 0; step < 8; step += 1) {
      const full: ModelInput = { ...input };
      delete full.only;
      const published = { ...full, fresh: false, ...publish(full, planByModel(full)) };
      const edited = nextDay(published, planByModel(published), seed * 13 + step);
      const touched: ModelInput = {
        ...published,
        contacts: edited.contacts,
        suppressions: edited.suppressions,
        ...(published.campaigns === undefined || edited.campaigns === undefined
          ? {}
          : { campaigns: { ...published.campaigns, targets: edited.campaigns.targets } }),
      };
      const replan = replanByModel(contactsTouched(published, touched), touched);
      const run = planByModel({ ...touched, ledger: replan.ledger, planInForce: replan.planInForce });
      if (replan.over_cap_days.length === 0) {
        const after = publish({ ...touched, planInForce: replan.planInForce, ledger: replan.ledger }, run);
        expect(sorted(after.planInForce)).toEqual(sorted(replan.planInForce));
      }
      input = edited;
    }
  });
});

test('a replan of every contact is a run over all', () => {
  for (const seed of SEEDS) {
    const input = generateOrganization(seed, { contacts: 30, campaigns: true });
    const everybody = input.contacts.map((contact) => contact.id);
    expect(replanByModel(everybody, input)).toMatchObject(planByModel(input));
  }
});

test('the order in which contacts, campaigns, ledger and plan are read does not matter', () => {
  for (const seed of SEEDS) {
    let input = generateOrganization(seed, { contacts: 30, campaigns: true });
    for (let step = 0; step < 5; step += 1) input = nextDay(input, planByModel(input), seed * 13 + step);
    const { types = [], instances = [], targets = [] } = input.campaigns ?? {};
    const reversed: ModelInput = {
      ...input,
      contacts: [...input.contacts].reverse(),
      ledger: [...input.ledger].reverse(),
      planInForce: [...input.planInForce].reverse(),
      campaigns: {
        types: [...types].reverse(),
        instances: [...instances].reverse(),
        targets: [...targets].reverse(),
      },
    };
    expect(planByModel(reversed)).toEqual(planByModel(input));
  }
});

/** A skipped mail may name one more mail on the second time: once promised, that one comes before it (README). */
function withoutCollisions<Row extends ModelRow>(rows: Row[]): Row[] {
  return rows.map((row) => {
    if (row.metadata?.collided_with === undefined) return row;
    return { ...row, metadata: { ...row.metadata, collided_with: [] } };
  });
}

function sorted(rows: ModelRow[]): string[] {
  return withoutCollisions(rows)
    .map((row) => JSON.stringify(row))
    .sort();
}
