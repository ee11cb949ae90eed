/** The product's rules against the independent model, row for row, on generated organizations, day by day. */
import { isDeepStrictEqual } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Hash32 } from '../../src/domain/occurrence.ts';
import { loadHash32 } from '../../src/domain/xxhash32.ts';
import { generateOrganization, nextDay, type GenerateOptions } from '../model/generate.ts';
import { planByModel } from '../model/model.ts';
import type { ModelInput, ModelOutput } from '../model/types.ts';
import { planByProduct } from '../support/product-plan.ts';
import { firstDifference } from '../support/row-comparison.ts';

const DAYS = 12;
const ROW_FIELDS = [
  'contact_id',
  'email_type',
  'campaign_instance_id',
  'event_date',
  'ideal_date',
  'scheduled_send_date',
  'status',
  'skip_reason',
  'priority',
  'metadata',
] as const;
const PLANNED_FIELDS = [
  ...ROW_FIELDS,
  'scheduled_send_time',
  'over_cap',
  'email_template',
  'sms_template',
] as const;

let hash: Hash32;

beforeAll(async () => {
  hash = await loadHash32();
});

interface Batch {
  readonly what: string;
  readonly seeds: number;
  readonly firstSeed: number;
  readonly options: GenerateOptions;
}

const BATCHES: readonly Batch[] = [
  { what: 'everything drawn at random', seeds: 45, firstSeed: 1, options: {} },
  {
    what: 'shipped rules, default configuration',
    seeds: 12,
    firstSeed: 1_000,
    options: { rules: 'shipped', config: 'default' },
  },
  { what: 'many contacts', seeds: 3, firstSeed: 2_000, options: { contacts: 600 } },
  { what: 'from a leap day on', seeds: 8, firstSeed: 3_000, options: { asOf: '2028-02-28' } },
  { what: 'over New Year', seeds: 8, firstSeed: 4_000, options: { asOf: '2026-12-28' } },
  { what: 'over the first day of AEP', seeds: 8, firstSeed: 5_000, options: { asOf: '2027-09-12' } },
  { what: 'over the last day of AEP', seeds: 8, firstSeed: 6_000, options: { asOf: '2027-10-10' } },
  { what: 'campaigns, at random', seeds: 24, firstSeed: 7_000, options: { campaigns: true } },
  {
    what: 'campaigns, shipped rules, default configuration',
    seeds: 10,
    firstSeed: 8_000,
    options: { campaigns: true, rules: 'shipped', config: 'default' },
  },
  { what: 'campaigns, few contacts', seeds: 40, firstSeed: 9_000, options: { campaigns: true, contacts: 7 } },
];

describe('the rules plan what the model plans, row for row', () => {
  test.each(BATCHES)('$what', { timeout: 120_000 }, ({ seeds, firstSeed, options }) => {
    let rows = 0;
    for (let seed = firstSeed; seed < firstSeed + seeds; seed += 1) {
      let input = generateOrganization(seed, options);
      for (let day = 0; day < DAYS; day += 1) {
        const expected = planByModel(input);
        const difference = differenceOf(expected, planByProduct(input, hash));
        const { today, asOf, only, fresh } = input;
        expect({ seed, day, today, asOf, only, fresh, difference }).toMatchObject({ difference: null });
        rows += expected.rows.length;
        input = nextDay(input, expected, seed * 1000 + day, { reimports: true });
      }
    }
    expect(rows).toBeGreaterThan(1_000);
  });

  test('the generated organizations come to every kind of decision', { timeout: 60_000 }, () => {
    const kinds = new Set<string>();
    for (let seed = 1; seed <= 30; seed += 1) {
      let input: ModelInput = generateOrganization(seed, { campaigns: seed % 2 === 0 });
      for (let day = 0; day < 6; day += 1) {
        const output = planByModel(input);
        for (const row of output.rows) {
          kinds.add(row.skip_reason ?? row.metadata?.placed_by ?? 'on its ideal date');
          if (row.over_cap) kinds.add('over the cap');
          if (row.metadata?.legal_basis !== undefined) kinds.add('exempt from windows');
        }
        if (output.missed.length > 0) kinds.add('missed');
        for (const { reason } of output.rejected) kinds.add(reason);
        input = nextDay(input, output, seed * 1000 + day);
      }
    }
    expect([...kinds].sort()).toEqual([
      'campaign_conflict',
      'catch_up',
      'exclusion_window',
      'exempt from windows',
      'frequency_limit',
      'invalid_email',
      'missed',
      'missed_trigger',
      'missing_email',
      'on its ideal date',
      'outside_active_dates',
      'over the cap',
      'redistributed',
      'smoothed',
      'suppressed',
      'unknown_anchor',
      'unknown_state',
    ]);
  });
});

function differenceOf(expected: ModelOutput, actual: ModelOutput): string | null {
  return (
    firstDifference(expected.rows, actual.rows, PLANNED_FIELDS) ??
    firstDifference(expected.missed, actual.missed, ROW_FIELDS) ??
    different('rejected', expected.rejected, actual.rejected) ??
    different('nothing due', expected.nothing_due, actual.nothing_due) ??
    different('volumes', expected.volumes, actual.volumes)
  );
}

function different(what: string, expected: unknown, actual: unknown): string | null {
  if (isDeepStrictEqual(expected, actual)) return null;
  return `${what}: expected ${JSON.stringify(expected)}\n     got ${JSON.stringify(actual)}`;
}
