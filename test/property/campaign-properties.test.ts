/** Properties that any plan of the product with campaigns has, on generated organizations (SPEC 3 to 9). */
import { beforeAll, describe, expect, test } from 'vitest';
import { Books } from '../../src/domain/books.ts';
import type { Hash32 } from '../../src/domain/occurrence.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import { generateOrganization, nextDay } from '../model/generate.ts';
import { mailedTwice, violationsOf } from '../model/invariants.ts';
import { publish } from '../model/publish.ts';
import { surprisesOfQuietYear } from '../model/quiet-year.ts';
import { Random } from '../model/random.ts';
import type { ModelInput, ModelOutput, ModelPlannedRow } from '../model/types.ts';
import { decideByProduct, planByProduct } from '../support/product-plan.ts';

const SEEDS = [301, 302, 303, 304, 305, 306, 307, 308];
const TIMEOUT = { timeout: 120_000 };

let hash: Hash32;

beforeAll(async () => {
  hash = await loadHash32();
});

function plan(input: ModelInput): ModelOutput {
  return planByProduct(input, hash);
}

/** The inputs of some eventful days in a row. */
function* daysOf(seed: number, days: number, contacts: number): Generator<ModelInput> {
  let input = generateOrganization(seed, { campaigns: true, contacts });
  for (let day = 0; day < days; day += 1) {
    yield input;
    input = nextDay(input, plan(input), seed * 1000 + day, { reimports: true });
  }
}

describe('no mail in a window but an exempted one, none twice, none too many, to none who has unsubscribed', () => {
  test.each(SEEDS)('seed %i', TIMEOUT, (seed) => {
    let day = 0;
    for (const input of daysOf(seed, 25, 5 + 13 * (seed % 5))) {
      const found = [...violationsOf(input, plan(input)), ...mailedTwice(input)];
      expect({ day, found }).toEqual({ day, found: [] });
      day += 1;
    }
  });
});

test('planning twice on one day gives the same plan', TIMEOUT, () => {
  for (const seed of SEEDS) {
    for (const input of daysOf(seed, 8, 30)) {
      if (input.only !== undefined) continue;
      const once = plan(input);
      const twice = plan({ ...input, fresh: false, ...publish(input, once) });
      expect({ ...twice, missed: once.missed, rows: withoutCollisions(twice.rows) }).toEqual({
        ...once,
        rows: withoutCollisions(once.rows),
      });
    }
  }
});

/** A skipped mail may name one more on the second time: once promised, that one comes before it (test/model/README.md). */
function withoutCollisions(rows: readonly ModelPlannedRow[]): ModelPlannedRow[] {
  return rows.map((row) =>
    row.metadata?.collided_with === undefined
      ? row
      : { ...row, metadata: { ...row.metadata, collided_with: [] } },
  );
}

test('the order in which campaigns, targets, plan and ledger are read changes nothing', TIMEOUT, () => {
  for (const seed of SEEDS) {
    for (const input of daysOf(seed, 6, 40)) {
      const random = new Random(seed);
      const shuffled = <T>(items: readonly T[]): T[] => random.sample(items, items.length);
      const { types, instances, targets } = input.campaigns!;
      const other = {
        ...input,
        planInForce: shuffled(input.planInForce),
        ledger: shuffled(input.ledger),
        campaigns: {
          types: shuffled(types),
          instances: shuffled(instances),
          targets: shuffled(targets),
        },
      };
      expect(plan(other)).toEqual(plan(input));
      expect(booksOf(other).checksum.toString()).toBe(booksOf(input).checksum.toString());
    }
  }
});

test('the books balance, by campaign type too', TIMEOUT, () => {
  for (const seed of SEEDS) {
    for (const input of daysOf(seed, 6, 40)) {
      const { rows } = plan(input);
      const { counts } = booksOf(input);
      expect(counts.contacts.read).toBe(
        counts.contacts.planned + counts.contacts.rejected + counts.contacts.nothing_due,
      );
      for (const [type, ofType] of Object.entries(counts.by_type)) {
        const mails = rows.filter((row) => row.email_type === type);
        const skipped = Object.values(ofType.skipped).reduce((sum, count) => sum + count, 0);
        expect({ type, mails: ofType.pre_scheduled + skipped }).toEqual({ type, mails: mails.length });
      }
    }
  }
});

function booksOf(input: ModelInput): Books {
  const books = new Books();
  for (const of of decideByProduct(input, hash).contacts) {
    books.addContact(of.outcome, of.rejection);
    for (const { row } of of.planned) books.addPlannedRow(row);
  }
  return books;
}

describe('no surprises: a quiet year sends the first plan as it was published', () => {
  test.each([321, 322, 323, 324, 325, 326])('seed %i', TIMEOUT, (seed) => {
    const input = generateOrganization(seed, { contacts: 15, campaigns: true });
    expect(surprisesOfQuietYear(input, plan)).toEqual([]);
  });
});
