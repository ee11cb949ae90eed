/**
 * Hand-worked cases of campaigns and of suppressions for marketing (SPEC 3 to 8), asked of whatever plans: of the model
 * and of the product.
 */

import { describe, expect, test } from 'vitest';
import xxhash from 'xxhash-wasm';
import { campaigning, instance, target, typesWith } from './campaign-case-helpers.ts';
import { configOf, linesOf, person, row } from './case-helpers.ts';
import { asStoredRow } from './publish.ts';
import type {
  ModelCampaignInstance,
  ModelCampaignType,
  ModelInput,
  ModelOutput,
  ModelRow,
  ModelRule,
  ModelTarget,
} from './types.ts';

const hasher = await xxhash();

/** Days of 2027 as numbers: 57 years of 365 days and 14 leap days to 1 January, and 59 days more to 1 March. */
const NUMBER_OF_2027_03_01 = 57 * 365 + 14 + 59;

/** The day of March 2027 that catch-up picks of these. */
function caughtUp(text: string, daysOfMarch: number[], firstDayOfMarch: number): string {
  const seed = NUMBER_OF_2027_03_01 + firstDayOfMarch - 1;
  const day = daysOfMarch[hasher.h32(text, seed) % daysOfMarch.length] ?? 0;
  return `${text} on 2027-03-${String(day).padStart(2, '0')} catch_up`;
}

export function describeCampaignCases(plan: (input: ModelInput) => ModelOutput): void {
  /** Lines of contact 1 alone, 75 contacts and a cap of five: no day is full. */
  function planOf(
    instances: ModelCampaignInstance[],
    targets: ModelTarget[],
    fields: Partial<ModelInput> & { types?: ModelCampaignType[] } = {},
  ): ModelOutput {
    const contacts = [
      person(1),
      ...Array.from({ length: 74 }, (_, index) => person(index + 2, { email: null })),
    ];
    const output = plan(campaigning(instances, targets, { contacts, ...fields }));
    return { ...output, rows: output.rows.filter((one) => one.contact_id === 1) };
  }

  describe('where a mail of an instance is placed (SPEC 6): seven days before, as of 1 March', () => {
    const text = (trigger: string): string => `1:campaign_seasonal_promo:9:${trigger}`;
    // prettier-ignore
    test.each<[string, string, Partial<ModelCampaignInstance>, string[]]>([
      ['on the ideal date', '2027-03-20', {}, [`${text('2027-03-20')} on 2027-03-13`]],
      ['on the as-of date', '2027-03-08', {}, [`${text('2027-03-08')} on 2027-03-01`]],
      ['before a leap day', '2028-02-29', {}, [`${text('2028-02-29')} on 2028-02-22`]],
      ['caught up until the day before the trigger', '2027-03-05', {}, [caughtUp(text('2027-03-05'), [1, 2, 3, 4], 1)]],
      ['caught up on the deadline', '2027-03-02', {}, [`${text('2027-03-02')} on 2027-03-01 catch_up`]],
      ['too late', '2027-03-01', {}, [`${text('2027-03-01')} on 2027-03-01 missed_trigger`]],
      ['far too late', '2026-01-01', {}, [`${text('2026-01-01')} on 2027-03-01 missed_trigger`]],
      ['ideal on the last day', '2027-03-20', { active_end_date: '2027-03-13' }, [`${text('2027-03-20')} on 2027-03-13`]],
      ['ideal after the last day', '2027-03-20', { active_end_date: '2027-03-12' }, [`${text('2027-03-20')} on 2027-03-12 outside_active_dates`]],
      ['the as-of date is the last day', '2027-03-20', { active_end_date: '2027-03-01' }, [`${text('2027-03-20')} on 2027-03-01 outside_active_dates`]],
      ['after the end', '2027-03-20', { active_end_date: '2027-02-28' }, []],
      ['caught up until the end', '2027-03-06', { active_end_date: '2027-03-02' }, [caughtUp(text('2027-03-06'), [1, 2], 1)]],
      ['ideal on the first day', '2027-03-20', { active_start_date: '2027-03-13' }, [`${text('2027-03-20')} on 2027-03-13`]],
      ['ideal before the first day: caught up from the start on, by its number', '2027-03-20', { active_start_date: '2027-03-15' }, [caughtUp(text('2027-03-20'), [15, 16, 17, 18, 19], 15)]],
      ['the start is the trigger', '2027-03-20', { active_start_date: '2027-03-20' }, [`${text('2027-03-20')} on 2027-03-20 missed_trigger`]],
      ['one day only', '2027-03-20', { active_start_date: '2027-03-18', active_end_date: '2027-03-18' }, [`${text('2027-03-20')} on 2027-03-18 catch_up`]],
      ['a start in the past', '2027-03-20', { active_start_date: '2026-01-01' }, [`${text('2027-03-20')} on 2027-03-13`]],
      ['days of the instance', '2027-03-20', { metadata: { days_before_event: 2 } }, [`${text('2027-03-20')} on 2027-03-18`]],
      ['no days before: no deadline', '2027-02-01', { metadata: { days_before_event: 0 } }, [caughtUp(text('2027-02-01'), [1, 2, 3, 4, 5, 6, 7], 1)]],
      ['days after the trigger', '2027-02-27', { metadata: { days_before_event: -3 } }, [`${text('2027-02-27')} on 2027-03-02`]],
      ['days after the trigger, late', '2027-02-01', { metadata: { days_before_event: -3 } }, [caughtUp(text('2027-02-01'), [1, 2, 3, 4, 5, 6, 7], 1)]],
      ['days after the trigger, until the end', '2027-02-01', { metadata: { days_before_event: -3 }, active_end_date: '2027-03-03' }, [caughtUp(text('2027-02-01'), [1, 2, 3], 1)]],
      ['a draft', '2027-03-20', { status: 'draft' }, []],
      ['a paused one is planned', '2027-03-20', { status: 'paused' }, [`${text('2027-03-20')} on 2027-03-13`]],
      ['an ended one', '2027-03-20', { status: 'ended' }, []],
    ])('%s', (_name, trigger, fields, expected) => {
      const output = planOf([instance(9, 'seasonal_promo', fields)], [target(9, trigger)]);
      expect(linesOf(output)).toEqual(expected);
    });

    test('not while the type is inactive, nor without the feature, nor for others than its targets', () => {
      const promo = [instance(9, 'seasonal_promo')];
      const config = configOf();
      config.features.campaigns = false;
      const targets = [target(9, '2027-03-20')];
      expect(planOf(promo, targets, { types: typesWith('seasonal_promo', { active: false }) }).rows).toEqual(
        [],
      );
      expect(planOf(promo, targets, { config }).rows).toEqual([]);
      expect(planOf(promo, [target(9, '2027-03-20', { contact_id: 2 })]).rows).toEqual([]);
      expect(planOf(promo, [target(9, null)]).rows).toEqual([]);
    });
  });

  describe('an instance for all contacts (SPEC 6)', () => {
    const blast = (event: string): string => `1:campaign_initial_blast:9:${event}`;
    // prettier-ignore
    test.each<[string, Partial<ModelCampaignInstance>, ModelTarget[], string[]]>([
      ['on its start', { active_start_date: '2027-03-10' }, [], [`${blast('2027-03-10')} on 2027-03-10`]],
      ['days before do not apply', { active_start_date: '2027-03-10', metadata: { days_before_event: 5 } }, [], [`${blast('2027-03-10')} on 2027-03-10`]],
      ['caught up until its end', { active_start_date: '2027-02-10', active_end_date: '2027-03-03' }, [], [caughtUp(blast('2027-02-10'), [1, 2, 3], 1)]],
      // Midnight in Chicago is 6:00 in winter, 5:00 in summer.
      ['created on 28 February', { created_at: '2027-03-01T05:59:59.999Z' }, [], [caughtUp(blast('2027-02-28'), [1, 2, 3, 4, 5, 6, 7], 1)]],
      ['created on the as-of date', { created_at: '2027-03-01T06:00:00.000Z' }, [], [`${blast('2027-03-01')} on 2027-03-01`]],
      ['created on a summer evening', { created_at: '2026-07-02T04:59:59.999Z', active_end_date: '2027-03-01' }, [], [`${blast('2026-07-01')} on 2027-03-01 catch_up`]],
      ['created on a summer night', { created_at: '2026-07-02T05:00:00.000Z', active_end_date: '2027-03-01' }, [], [`${blast('2026-07-02')} on 2027-03-01 catch_up`]],
      ['with a trigger of its own', { active_start_date: '2027-03-01', metadata: { days_before_event: 5 } }, [target(9, '2027-03-25')], [`${blast('2027-03-25')} on 2027-03-20`]],
      ['with a target row without a trigger', { active_start_date: '2027-03-10' }, [target(9, null)], [`${blast('2027-03-10')} on 2027-03-10`]],
    ])('%s', (_name, fields, targets, expected) => {
      expect(linesOf(planOf([instance(9, 'initial_blast', fields)], targets))).toEqual(expected);
    });

    test('the day of creation is that of the organization', () => {
      const created = instance(9, 'initial_blast', { created_at: '2027-03-01T12:00:00.000Z' });
      const output = planOf([created], [], { time_zone: 'Pacific/Auckland' });
      expect(linesOf(output)).toEqual([`${blast('2027-03-02')} on 2027-03-02`]);
    });
  });

  describe('one mail of an instance to a contact, ever (SPEC 2, 6)', () => {
    const settled = (status: string, event = '2027-02-20'): ModelRow =>
      row(`campaign_seasonal_promo ${event} 2027-02-13 2027-02-13 ${status}`, { campaign_instance_id: 9 });
    const planned = ['1:campaign_seasonal_promo:9:2027-03-20 on 2027-03-13'];
    test.each<[string, ModelRow, string[]]>([
      ['sent with another trigger', settled('sent'), []],
      ['failed', settled('failed'), []],
      ['cancelled', settled('cancelled'), []],
      ['unknown', settled('unknown'), []],
      ['skipped with another trigger', settled('exclusion_window'), planned],
      ['skipped with this trigger', settled('exclusion_window', '2027-03-20'), []],
      ['requeued', settled('requeued', '2027-03-20'), planned],
      ['of another instance of the type', { ...settled('sent'), campaign_instance_id: 8 }, planned],
      ['of another contact', { ...settled('sent'), contact_id: 2 }, planned],
    ])('%s', (_name, ledgerRow, expected) => {
      const output = planOf([instance(9, 'seasonal_promo')], [target(9, '2027-03-20')], {
        ledger: [ledgerRow],
      });
      expect(linesOf(output)).toEqual(expected);
    });

    test('a frozen row counts as if it were in the ledger', () => {
      const output = planOf([instance(9, 'seasonal_promo')], [target(9, '2027-03-20')], {
        today: '2027-02-27',
        planInForce: [{ ...settled('pre-scheduled'), scheduled_send_date: '2027-02-28' }],
      });
      expect(output.rows).toEqual([]);
    });

    test('the shipped blast and a later target row: no second mail', () => {
      const sent = row('campaign_initial_blast 2027-02-10 2027-02-10 2027-02-10 sent', {
        campaign_instance_id: 9,
      });
      const blast = instance(9, 'initial_blast', { active_start_date: '2027-02-10' });
      expect(planOf([blast], [target(9, '2027-03-25')], { ledger: [sent] }).rows).toEqual([]);
    });
  });

  describe('windows (SPEC 5, 6)', () => {
    // The window of MD is 16 April to 15 July.
    const contacts = [person(1, { state: 'MD', birth_date: '1950-06-15' })];
    const config = configOf('post_window');

    test('block a mail, and the mail after the window names it', () => {
      const output = planOf([instance(9, 'seasonal_promo')], [target(9, '2027-06-08')], { contacts, config });
      expect(linesOf(output)).toEqual([
        '1:campaign_seasonal_promo:9:2027-06-08 on 2027-06-01 exclusion_window',
        '1:post_window::2027-07-15 on 2027-07-16',
      ]);
      expect(output.rows.map((one) => one.metadata)).toEqual([
        { blocked_by: { state: 'MD', kind: 'birthday', from: '2027-04-16', to: '2027-07-15' } },
        { stands_for: ['1:campaign_seasonal_promo:9:2027-06-08'] },
      ]);
    });

    test('do not hold for a type that does not respect them: its mails carry the legal basis', () => {
      const output = planOf([instance(9, 'regulatory_notice')], [target(9, '2027-06-01')], {
        contacts,
        config,
      });
      expect(linesOf(output)).toEqual(['1:campaign_regulatory_notice:9:2027-06-01 on 2027-06-01']);
      expect(output.rows[0]?.metadata).toEqual({ legal_basis: 'a notice that the law requires' });
    });

    test.each<[string, Partial<ModelCampaignInstance>, Partial<ModelCampaignType>]>([
      ['an instance that tightens its type', { respect_exclusion_windows: true }, {}],
      ['a type without a legal basis', {}, { legal_basis: null }],
      ['a type with a blank legal basis', {}, { legal_basis: ' ' }],
    ])('hold for %s', (_name, fields, typeFields) => {
      const output = planOf([instance(9, 'regulatory_notice', fields)], [target(9, '2027-06-01')], {
        contacts,
        types: typesWith('regulatory_notice', typeFields),
      });
      expect(linesOf(output)).toEqual([
        '1:campaign_regulatory_notice:9:2027-06-01 on 2027-06-01 exclusion_window',
      ]);
      expect(output.rows[0]?.metadata).not.toHaveProperty('legal_basis');
    });

    test('an unknown anchor blocks a campaign too, and not one that ignores windows', () => {
      const output = planOf(
        [instance(8, 'seasonal_promo'), instance(9, 'regulatory_notice')],
        [target(8, '2027-06-08'), target(9, '2027-06-01')],
        { contacts: [person(1, { state: 'MD' })] },
      );
      expect(linesOf(output)).toEqual([
        '1:campaign_regulatory_notice:9:2027-06-01 on 2027-06-01',
        '1:campaign_seasonal_promo:8:2027-06-08 on 2027-06-01 unknown_anchor',
      ]);
    });

    test('a blocked catch-up is dated the first day, here the start', () => {
      const rules: ModelRule[] = [
        { state: 'TX', kind: 'calendar', from: '03-10', to: '03-16', extension_days: 0 },
      ];
      const promo = instance(9, 'seasonal_promo', { active_start_date: '2027-03-10' });
      expect(linesOf(planOf([promo], [target(9, '2027-03-15')], { rules }))).toEqual([
        '1:campaign_seasonal_promo:9:2027-03-15 on 2027-03-10 exclusion_window',
      ]);
    });
  });

  describe('conflicts on the final day (SPEC 6)', () => {
    // Ideal date of all: 13 March. Priorities: increase 1, promo 5, update 3.
    const increase = '1:campaign_rate_increase:7:2027-03-27';
    const promo = '1:campaign_seasonal_promo:8:2027-03-20';
    const update = '1:campaign_policy_update:9:2027-03-18';
    const day = 'on 2027-03-13';
    const targets = [target(7, '2027-03-27'), target(8, '2027-03-20'), target(9, '2027-03-18')];
    const instances = [
      instance(7, 'rate_increase'),
      instance(8, 'seasonal_promo'),
      instance(9, 'policy_update', { active_start_date: '2027-01-01' }),
    ];

    test('the lowest priority number stays, the others name it', () => {
      const output = planOf(instances, targets);
      expect(linesOf(output)).toEqual([
        `${update} ${day} campaign_conflict`,
        `${increase} ${day}`,
        `${promo} ${day} campaign_conflict`,
      ]);
      expect(output.rows.map((one) => one.metadata)).toEqual([
        { winner: increase },
        null,
        { winner: increase },
      ]);
      expect(output.volumes).toEqual({ '2027-03-13': 3 });
    });

    test('of equals the lower instance id stays, also of one type', () => {
      const two = [instance(9, 'seasonal_promo'), instance(10, 'seasonal_promo')];
      expect(linesOf(planOf(two, [target(10, '2027-03-20'), target(9, '2027-03-20')]))).toEqual([
        `1:campaign_seasonal_promo:9:2027-03-20 ${day}`,
        `1:campaign_seasonal_promo:10:2027-03-20 ${day} campaign_conflict`,
      ]);
    });

    test('the priority of the instance counts', () => {
      const urgent = instances.map((one) => (one.id === 8 ? { ...one, metadata: { priority: 0 } } : one));
      const output = planOf(urgent, targets);
      expect(output.rows.map((one) => one.metadata)).toEqual([{ winner: promo }, { winner: promo }, null]);
    });

    test('another day is no conflict', () => {
      const other = [target(7, '2027-03-28'), target(8, '2027-03-20')];
      expect(linesOf(planOf(instances.slice(0, 2), other))).toEqual([
        '1:campaign_rate_increase:7:2027-03-28 on 2027-03-14',
        `${promo} ${day}`,
      ]);
    });

    test('a transactional mail takes no part', () => {
      const notice = [instance(6, 'regulatory_notice'), instance(8, 'seasonal_promo')];
      expect(linesOf(planOf(notice, [target(6, '2027-03-13'), target(8, '2027-03-20')]))).toEqual([
        `1:campaign_regulatory_notice:6:2027-03-13 ${day}`,
        `${promo} ${day}`,
      ]);
    });

    const ofToday = 'campaign_policy_update 2027-03-06 2027-03-01 2027-03-01';
    // prettier-ignore
    test.each<[string, ModelRow, string | null]>([
      ['one that is claimed wins, whatever its priority', row(`${ofToday} scheduled`, { campaign_instance_id: 4, priority: 9 }), '1:campaign_policy_update:4:2027-03-06'],
      ['one that failed does not', row(`${ofToday} failed`, { campaign_instance_id: 4 }), null],
      ['one that was cancelled does not', row(`${ofToday} cancelled`, { campaign_instance_id: 4 }), null],
      ['one that was skipped does not', row(`${ofToday} frequency_limit`, { campaign_instance_id: 4 }), null],
      ['a follow-up does not', row('followup_1_cold 2027-02-20 2027-03-01 2027-03-01 scheduled', { campaign_instance_id: 4 }), null],
      ['a required notice does not', row('campaign_regulatory_notice 2027-03-01 2027-03-01 2027-03-01 sent', { campaign_instance_id: 4 }), null],
      ['one of another contact does not', row(`${ofToday} sent`, { campaign_instance_id: 4, contact_id: 2 }), null],
    ])('the ledger of today: %s', (_name, settled, winner) => {
      const output = planOf([instance(8, 'seasonal_promo')], [target(8, '2027-03-08')], { ledger: [settled] });
      expect(output.rows).toMatchObject([
        winner === null
          ? { scheduled_send_date: '2027-03-01', status: 'pre-scheduled' }
          : { scheduled_send_date: '2027-03-01', skip_reason: 'campaign_conflict', metadata: { winner } },
      ]);
    });

    test('a loser keeps its day, and is judged anew there', () => {
      const planInForce = [
        row('campaign_seasonal_promo 2027-03-20 2027-03-13 2027-03-16 campaign_conflict', {
          campaign_instance_id: 8,
          metadata: { placed_by: 'redistributed', moved_from: '2027-03-13', winner: 'someone' },
        }),
      ];
      const output = planOf(instances.slice(0, 2), targets.slice(0, 2), { planInForce });
      expect(linesOf(output)).toEqual([
        `${increase} ${day}`,
        `${promo} on 2027-03-16 redistributed from 2027-03-13`,
      ]);
      expect(output.rows[1]?.metadata).not.toHaveProperty('winner');
    });
  });

  describe('frequency (SPEC 8)', () => {
    // Ideal dates: AEP (3) 15 September, birthday (5) 16 September, increase (1) 17 September.
    const config = configOf('birthday', 'aep');
    const contacts = [
      person(1, { birth_date: '1950-09-30' }),
      ...Array.from({ length: 74 }, (_, index) => person(index + 2, { email: null })),
    ];
    const aep = '1:aep::2027-09-15 on 2027-09-15';
    const birthday = '1:birthday::2027-09-30 on 2027-09-16';
    const increase = '1:campaign_rate_increase:7:2027-10-01 on 2027-09-17';
    const promised = [
      row('aep 2027-09-15 2027-09-15 2027-09-15 pre-scheduled', { priority: 3 }),
      row('birthday 2027-09-30 2027-09-16 2027-09-16 pre-scheduled'),
    ];
    const fields = { config, contacts };
    const urgent = [instance(7, 'rate_increase')];
    const targets = [target(7, '2027-10-01')];

    test('a new urgent campaign displaces a promised mail', () => {
      expect(linesOf(planOf(urgent, targets, { ...fields, planInForce: promised }))).toEqual([
        aep,
        `${birthday} frequency_limit`,
        increase,
      ]);
    });

    test('one of a larger number does not', () => {
      const late = [instance(7, 'rate_increase', { metadata: { priority: 6 } })];
      const output = planOf(late, targets, { ...fields, planInForce: promised });
      expect(linesOf(output)).toEqual([aep, birthday, `${increase} frequency_limit`]);
      expect(output.rows[2]?.metadata).toEqual({
        collided_with: ['1:aep::2027-09-15', '1:birthday::2027-09-30'],
      });
    });

    test('a yearly mail that is not promised ranks behind a promised campaign', () => {
      const late = [instance(7, 'rate_increase', { metadata: { priority: 9 } })];
      const planInForce = [
        row('campaign_rate_increase 2027-10-01 2027-09-17 2027-09-17 pre-scheduled', {
          campaign_instance_id: 7,
        }),
      ];
      expect(linesOf(planOf(late, targets, { ...fields, planInForce }))).toEqual([
        aep,
        `${birthday} frequency_limit`,
        increase,
      ]);
    });

    test('but not behind one that a conflict has skipped', () => {
      // The birthday (5) and the AEP day (9) are new; a promised campaign of priority 10 has lost its day to an urgent one.
      const behind = configOf('birthday', 'aep');
      behind.email_types.aep.priority = 9;
      behind.frequency.max_mails = 1;
      const two = [
        instance(7, 'rate_increase'),
        instance(8, 'rate_increase', { metadata: { priority: 10 } }),
      ];
      // 8 November less 14 days is 25 October, more than 14 days after both yearly mails.
      const both = [target(7, '2027-11-08'), target(8, '2027-11-08')];
      const planInForce = [
        row('campaign_rate_increase 2027-11-08 2027-10-25 2027-10-25 pre-scheduled', {
          campaign_instance_id: 8,
          priority: 10,
        }),
      ];
      const lines = linesOf(planOf(two, both, { config: behind, contacts, planInForce }));
      // Were the loser counted, both yearly mails would rank 10, and the earlier day, the AEP day, would come first.
      expect(lines).toEqual([
        `${aep} frequency_limit`,
        birthday,
        '1:campaign_rate_increase:7:2027-11-08 on 2027-10-25',
        '1:campaign_rate_increase:8:2027-11-08 on 2027-10-25 campaign_conflict',
      ]);
    });

    test('planned a second time, a skipped mail may name one more (README)', () => {
      const days = ['2027-03-01', '2027-03-10', '2027-03-11', '2027-03-20'];
      const promos = days.map((_, index) =>
        instance(index + 1, 'seasonal_promo', { metadata: { days_before_event: 0 } }),
      );
      const triggers = days.map((day, index) => target(index + 1, day));
      const collided = (output: ModelOutput): unknown => output.rows[2]?.metadata?.collided_with;
      const named = (...ids: number[]): string[] =>
        ids.map((id) => `1:campaign_seasonal_promo:${id}:${days[id - 1] ?? ''}`);
      const once = planOf(promos, triggers);
      expect(collided(once)).toEqual(named(1, 2));
      const twice = planOf(promos, triggers, { planInForce: once.rows.map(asStoredRow) });
      expect(linesOf(twice)).toEqual(linesOf(once));
      expect(collided(twice)).toEqual(named(1, 2, 4));
    });

    test('a transactional mail is neither limited nor counted, planned or in the ledger', () => {
      const notices = [instance(5, 'regulatory_notice'), instance(6, 'regulatory_notice')];
      const ledger = [
        row('campaign_regulatory_notice 2027-09-14 2027-09-14 2027-09-14 sent', { campaign_instance_id: 5 }),
      ];
      const output = planOf(notices, [target(6, '2027-09-15')], { ...fields, asOf: '2027-09-15', ledger });
      expect(linesOf(output)).toEqual([
        aep,
        birthday,
        '1:campaign_regulatory_notice:6:2027-09-15 on 2027-09-15',
      ]);
    });

    test('what is transactional is told by the type as it is now', () => {
      const ledger = [
        row('campaign_regulatory_notice 2027-09-14 2027-09-14 2027-09-14 sent', { campaign_instance_id: 5 }),
      ];
      const types = typesWith('regulatory_notice', { transactional: false });
      const output = planOf([instance(5, 'regulatory_notice', { status: 'ended' })], [], {
        ...fields,
        asOf: '2027-09-15',
        ledger,
        types,
      });
      expect(linesOf(output)).toEqual([aep, `${birthday} frequency_limit`]);
    });
  });

  describe('the daily cap (SPEC 7)', () => {
    test('moves required notices like any other mail, the largest priority number first, until the end date', () => {
      // Three contacts: a cap of one. Notices (1) on 10 March for all, promo (5) for contact 1 on the same day.
      const notice = instance(8, 'regulatory_notice', { active_end_date: '2027-03-11' });
      const output = plan(
        campaigning(
          [notice, instance(9, 'seasonal_promo')],
          [...[1, 2, 3].map((id) => target(8, '2027-03-10', { contact_id: id })), target(9, '2027-03-17')],
          { contacts: [person(1), person(2), person(3)] },
        ),
      );
      const notices = output.rows.filter((one) => one.email_type === 'campaign_regulatory_notice');
      // The promo goes first, to the 11th; the notices find no room up to their end, and are flagged.
      expect(notices.map((one) => [one.scheduled_send_date, one.over_cap])).toEqual([
        ['2027-03-10', true],
        ['2027-03-10', true],
        ['2027-03-10', true],
      ]);
      expect(linesOf(output)).toContain(
        '1:campaign_seasonal_promo:9:2027-03-17 on 2027-03-11 redistributed from 2027-03-10',
      );
    });

    test('moves a mail that ignores windows into a window, and no other', () => {
      const contacts = [1, 2].map((id) => person(id, { state: 'MD', birth_date: '1950-06-15' }));
      // The window begins on 16 April.
      const both = (instanceId: number, trigger: string): ModelTarget[] =>
        [1, 2].map((id) => target(instanceId, trigger, { contact_id: id }));
      const exempt = plan(
        campaigning([instance(9, 'regulatory_notice')], both(9, '2027-04-15'), { contacts }),
      );
      expect(exempt.rows.map((one) => one.scheduled_send_date).sort()).toEqual(['2027-04-15', '2027-04-16']);
      const bound = plan(campaigning([instance(9, 'seasonal_promo')], both(9, '2027-04-22'), { contacts }));
      expect(bound.rows.map((one) => [one.scheduled_send_date, one.over_cap])).toEqual([
        ['2027-04-15', true],
        ['2027-04-15', true],
      ]);
    });
  });

  describe('suppressions (SPEC 3)', () => {
    const unsubscribed: ModelInput['suppressions'] = [
      { address: ' Person1@Example.com', scope: 'marketing' },
    ];
    const everything = [instance(8, 'seasonal_promo'), instance(9, 'regulatory_notice')];
    const targets = [target(8, '2027-03-20'), target(9, '2027-05-01')];
    const config = configOf('birthday', 'aep', 'post_window');
    const notice = '1:campaign_regulatory_notice:9:2027-05-01 on 2027-05-01';

    test('for marketing leave required notices only', () => {
      const output = planOf(everything, targets, { config, suppressions: unsubscribed });
      expect(linesOf(output)).toEqual([notice]);
    });

    // prettier-ignore
    test.each<[string, Partial<ModelInput>, string | null]>([
      ['no notice', { campaigns: campaigning(everything, targets.slice(0, 1)).campaigns! }, 'suppressed'],
      ['a notice of the past', { ledger: [row('campaign_regulatory_notice 2027-05-01 2027-02-01 2027-02-01 sent', { campaign_instance_id: 9 })] }, 'suppressed'],
      ['no campaigns at all', { config: { ...config, features: { ...config.features, campaigns: false } } }, 'suppressed'],
      ['an unknown state, a notice', { contacts: [person(1, { state: null })] }, 'unknown_state'],
      ['an unknown state, no notice', { contacts: [person(1, { state: null })], campaigns: campaigning([], []).campaigns! }, 'suppressed'],
      ['everything', { suppressions: [...unsubscribed, { address: 'person1@example.com', scope: 'all' }] }, 'suppressed'],
    ])('reject one who has unsubscribed: %s', (_name, fields, reason) => {
      const contacts = [person(1)];
      const output = planOf(everything, targets, { config, contacts, suppressions: unsubscribed, ...fields });
      expect(output).toMatchObject({ rows: [], rejected: [{ contact_id: 1, reason }] });
    });

    test('a blocked notice of one who has unsubscribed makes no post-window mail', () => {
      const contacts = [person(1, { state: 'MD', birth_date: '1950-06-15' })];
      const tightened = [instance(9, 'regulatory_notice', { respect_exclusion_windows: true })];
      const output = planOf(tightened, [target(9, '2027-05-01')], {
        config,
        contacts,
        suppressions: unsubscribed,
      });
      expect(linesOf(output)).toEqual([`${notice} exclusion_window`]);
    });
  });

  describe('plans are kept (SPEC 4)', () => {
    const inForce = row('campaign_seasonal_promo 2027-03-20 2027-03-13 2027-03-15 pre-scheduled', {
      campaign_instance_id: 9,
      metadata: { placed_by: 'redistributed', moved_from: '2027-03-13' },
    });
    const text = '1:campaign_seasonal_promo:9:2027-03-20';
    const kept = `${text} on 2027-03-15 redistributed from 2027-03-13`;
    // prettier-ignore
    test.each<[string, Partial<ModelCampaignInstance>, ModelRow, string[]]>([
      ['kept', {}, inForce, [kept]],
      ['another end, later than the day', { active_end_date: '2027-03-15' }, inForce, [kept]],
      ['another end, before the day', { active_end_date: '2027-03-14' }, inForce, [`${text} on 2027-03-13`]],
      ['another start, on the day', { active_start_date: '2027-03-15' }, inForce, [kept]],
      ['another start, after the day', { active_start_date: '2027-03-16' }, inForce, [caughtUp(text, [16, 17, 18, 19], 16)]],
      ['other days', { metadata: { days_before_event: 6 } }, inForce, [`${text} on 2027-03-14`]],
      ['another priority', { metadata: { priority: 2 } }, inForce, [kept]],
      ['skipped for its dates: placed afresh', {}, { ...inForce, status: 'skipped', skip_reason: 'outside_active_dates' }, [`${text} on 2027-03-13`]],
      ['a draft again: gone', { status: 'draft' }, inForce, []],
    ])('%s', (_name, fields, planned, expected) => {
      const output = planOf([instance(9, 'seasonal_promo', fields)], [target(9, '2027-03-20')], {
        planInForce: [planned],
      });
      expect(linesOf(output)).toEqual(expected);
      expect(output.missed).toEqual([]);
    });
  });

  describe('overdue rows (SPEC 4)', () => {
    const overdue = row('campaign_seasonal_promo 2027-03-05 2027-02-26 2027-02-26 pre-scheduled', {
      campaign_instance_id: 9,
    });
    const text = '1:campaign_seasonal_promo:9:2027-03-05';
    // prettier-ignore
    test.each<[string, Partial<ModelCampaignInstance>, string | null, string, string[], number]>([
      ['placed afresh', {}, '2027-03-05', '2027-03-01', [caughtUp(text, [1, 2, 3, 4], 1)], 0],
      ['paused: placed afresh, every day', { status: 'paused' }, '2027-03-05', '2027-03-01', [caughtUp(text, [1, 2, 3, 4], 1)], 0],
      ['after its deadline it still exists', {}, '2027-03-05', '2027-03-05', [`${text} on 2027-03-05 missed_trigger`], 0],
      ['after the end of the instance: missed', { active_end_date: '2027-02-27' }, '2027-03-05', '2027-03-01', [], 1],
      ['ended: dropped', { status: 'ended' }, '2027-03-05', '2027-03-01', [], 0],
      ['ended, deadline past: missed', { status: 'ended' }, '2027-03-05', '2027-03-05', [], 1],
      ['ended, and no target any more: missed', { status: 'ended' }, null, '2027-03-05', [], 1],
      ['no target any more: dropped', {}, null, '2027-03-01', [], 0],
      ['corrected: dropped, and the other is planned', {}, '2027-03-20', '2027-03-01', [`1:campaign_seasonal_promo:9:2027-03-20 on 2027-03-13`], 0],
    ])('%s', (_name, fields, trigger, asOf, expected, missed) => {
      const targets = trigger === null ? [] : [target(9, trigger)];
      const output = planOf([instance(9, 'seasonal_promo', fields)], targets, { asOf, planInForce: [overdue] });
      expect(linesOf(output)).toEqual(expected);
      expect(output.missed).toHaveLength(missed);
    });

    test('of a mail on its event day no deadline is known but the end', () => {
      const blast = row('campaign_initial_blast 2027-02-10 2027-02-10 2027-02-12 pre-scheduled', {
        campaign_instance_id: 9,
      });
      const ended = instance(9, 'initial_blast', { status: 'ended' });
      expect(planOf([ended], [], { planInForce: [blast] }).missed).toEqual([]);
      const past = { ...ended, active_end_date: '2027-02-20' };
      expect(planOf([past], [], { planInForce: [blast] }).missed).toHaveLength(1);
    });
  });

  describe('what a row carries (SPEC 15)', () => {
    // prettier-ignore
    test.each<[string, ModelTarget['metadata'], Partial<ModelCampaignInstance>, string, string | null]>([
      ['the type', null, {}, 'campaign_seasonal_promo', null],
      ['the instance', null, { email_template: 'of the instance', sms_template: 'sms' }, 'of the instance', 'sms'],
      ['its metadata', null, { email_template: 'of the instance', metadata: { email_template: 'of its metadata', sms_template: 'm' }, sms_template: 'sms' }, 'of its metadata', 'm'],
      ['the target', { email_template: 'of the target' }, { metadata: { email_template: 'of its metadata' }, sms_template: 'sms' }, 'of the target', 'sms'],
      ['nothing blank', { email_template: ' ' }, { email_template: '' }, 'campaign_seasonal_promo', null],
    ])('the templates of %s', (_name, metadata, fields, email_template, sms_template) => {
      const { rows } = planOf([instance(9, 'seasonal_promo', fields)], [target(9, '2027-03-20', { metadata })]);
      expect(rows).toMatchObject([{ email_template, sms_template }]);
    });

    test('rows of one type are ordered by instance, and are whole', () => {
      const many = [instance(10, 'seasonal_promo'), instance(9, 'seasonal_promo')];
      const { rows } = planOf(many, [target(9, '2027-05-20'), target(10, '2027-03-20')]);
      expect(rows.map((one) => one.campaign_instance_id)).toEqual([9, 10]);
      expect(rows[0]).toEqual({
        contact_id: 1,
        email_type: 'campaign_seasonal_promo',
        campaign_instance_id: 9,
        event_date: '2027-05-20',
        ideal_date: '2027-05-13',
        scheduled_send_date: '2027-05-13',
        scheduled_send_time: '08:30',
        status: 'pre-scheduled',
        skip_reason: null,
        priority: 5,
        over_cap: false,
        metadata: null,
        email_template: 'campaign_seasonal_promo',
        sms_template: null,
      });
    });
  });
}
