/** Edits in the middle of a campaign, day by day: nobody is written to twice, and what is due is not lost. */

import { describe, expect, test } from 'vitest';
import { campaigning, instance, target, typesWith } from './campaign-case-helpers.ts';
import { configOf, linesOf, organization, person, row } from './case-helpers.ts';
import { mailedTwice } from './invariants.ts';
import { planByModel } from './model.ts';
import { quietNextDay } from './next-day.ts';
import { contactsTouched, replanByModel } from './replan.ts';
import type { ModelCampaignInstance, ModelInput, ModelTarget } from './types.ts';

type Edit = (input: ModelInput) => ModelInput;

function withInstance(fields: Partial<ModelCampaignInstance>): Edit {
  return (input) => withCampaigns(input, { instances: (one) => ({ ...one, ...fields }) });
}

function withTarget(fields: Partial<ModelTarget>): Edit {
  return (input) => withCampaigns(input, { targets: (one) => ({ ...one, ...fields }) });
}

function withCampaigns(
  input: ModelInput,
  changes: {
    instances?: (one: ModelCampaignInstance) => ModelCampaignInstance;
    targets?: (one: ModelTarget) => ModelTarget;
    added?: ModelTarget[];
  },
): ModelInput {
  const { types = [], instances = [], targets = [] } = input.campaigns ?? {};
  return {
    ...input,
    campaigns: {
      types,
      instances: changes.instances === undefined ? instances : instances.map(changes.instances),
      targets: [...(changes.targets === undefined ? targets : targets.map(changes.targets))].concat(
        changes.added ?? [],
      ),
    },
  };
}

/** The mails that go out on quiet days, edited on some: `2027-03-13 campaign_seasonal_promo`. */
function sentDuring(days: number, organized: ModelInput, edits: Record<string, Edit>): string[] {
  let input = organized;
  for (let step = 0; step < days; step += 1) {
    input = (edits[input.today] ?? ((unchanged) => unchanged))(input);
    input = quietNextDay(input, planByModel(input));
    expect(mailedTwice(input)).toEqual([]);
  }
  return input.ledger
    .filter((one) => one.status === 'sent')
    .map((one) => `${one.scheduled_send_date} ${one.email_type}`)
    .sort();
}

describe('edits that would mail someone twice', () => {
  const contacts = [person(1)];
  const blast = instance(9, 'initial_blast', { active_start_date: '2027-03-03' });
  const promo = instance(9, 'seasonal_promo');
  const toAll = campaigning([blast], [], { contacts });
  const toOne = campaigning([promo], [target(9, '2027-03-10')], { contacts });
  const onTheThird = ['2027-03-03 campaign_initial_blast'];
  const promoOnTheThird = ['2027-03-03 campaign_seasonal_promo'];

  // prettier-ignore
  test.each<[string, ModelInput, Record<string, Edit>, string[]]>([
    ['none', toAll, {}, onTheThird],
    ['a start moved after the blast', toAll, { '2027-03-05': withInstance({ active_start_date: '2027-03-20' }) }, onTheThird],
    ['a start moved on the morning after', toAll, { '2027-03-04': withInstance({ active_start_date: '2027-03-04' }) }, onTheThird],
    ['a start taken away', toAll, { '2027-03-05': withInstance({ active_start_date: null }) }, onTheThird],
    ['a start moved before the blast', toAll, { '2027-03-02': withInstance({ active_start_date: '2027-03-08' }) }, ['2027-03-08 campaign_initial_blast']],
    ['a target row added after the blast', toAll, { '2027-03-05': (input) => withCampaigns(input, { added: [target(9, '2027-03-25')] }) }, onTheThird],
    ['a target row added before the blast', toAll, { '2027-03-02': (input) => withCampaigns(input, { added: [target(9, '2027-03-25')] }) }, ['2027-03-25 campaign_initial_blast']],
    ['ended and active again', toAll, { '2027-03-05': withInstance({ status: 'ended' }), '2027-03-06': withInstance({ status: 'active' }) }, onTheThird],
    ['paused over its day', toAll, { '2027-03-02': withInstance({ status: 'paused' }), '2027-03-10': withInstance({ status: 'active', active_end_date: '2027-03-10' }) }, ['2027-03-10 campaign_initial_blast']],
    ['deleted, and imported again under the id', toAll, { '2027-03-05': (input) => ({ ...input, contacts: [] }), '2027-03-08': (input) => ({ ...input, contacts }) }, onTheThird],
    ['a trigger corrected after its mail', toOne, { '2027-03-05': withTarget({ trigger_date: '2027-03-30' }) }, promoOnTheThird],
    ['a trigger corrected before its mail', toOne, { '2027-03-02': withTarget({ trigger_date: '2027-03-30' }) }, ['2027-03-23 campaign_seasonal_promo']],
    ['days changed after its mail', toOne, { '2027-03-05': withInstance({ metadata: { days_before_event: 2 } }) }, promoOnTheThird],
    ['removed, and added with another trigger', toOne, { '2027-03-05': (input) => ({ ...input, campaigns: { ...input.campaigns!, targets: [] } }), '2027-03-06': (input) => withCampaigns(input, { added: [target(9, '2027-04-01')] }) }, promoOnTheThird],
  ])('%s', (_name, organized, edits, expected) => {
    expect(sentDuring(45, organized, edits)).toEqual(expected);
  });

  test.each(['1950-03-20', '1950-04-20', '1950-12-01', '1950-03-18'])(
    'a birth date corrected to %s',
    (date) => {
      const organized = organization({
        config: configOf('birthday'),
        contacts: [person(1, { birth_date: '1950-03-19' })],
      });
      const correct: Edit = (input) => ({ ...input, contacts: [person(1, { birth_date: date })] });
      // 19 March less 14 days is 5 March. 300 days from there no birthday is written to.
      expect(sentDuring(290, organized, { '2027-03-10': correct })).toEqual(['2027-03-05 birthday']);
    },
  );

  test('an edit while the mail of today is claimed, as of tomorrow', () => {
    const claimed = row('campaign_initial_blast 2027-03-03 2027-03-03 2027-03-03 scheduled', {
      campaign_instance_id: 9,
    });
    const moved = campaigning([{ ...blast, active_start_date: '2027-03-04' }], [], {
      contacts,
      today: '2027-03-03',
      asOf: '2027-03-04',
    });
    expect(planByModel({ ...moved, ledger: [claimed] }).rows).toEqual([]);
    // Not yet claimed, it is frozen: as if it were in the ledger.
    expect(planByModel({ ...moved, planInForce: [{ ...claimed, status: 'pre-scheduled' }] }).rows).toEqual(
      [],
    );
  });
});

describe('a paused campaign', () => {
  test('is placed afresh every day, which may displace what was published: a surprise (README)', () => {
    const config = configOf('birthday', 'effective_date');
    // A birthday mail on 20 March, an anniversary mail on 21 March; the paused campaign (1) was due on 1 March.
    const contacts = [
      person(1, { birth_date: '1950-04-03', effective_date: '2020-04-20' }),
      ...Array.from({ length: 30 }, (_, index) => person(index + 2, { email: null })),
    ];
    const paused = instance(9, 'rate_increase', { status: 'paused', metadata: { days_before_event: 30 } });
    let input = campaigning([paused], [target(9, '2027-03-31')], { config, contacts });
    const yearly = (organized: ModelInput): string[] =>
      linesOf(planByModel(organized)).filter((line) => !line.includes('campaign'));
    const birthday = '1:birthday::2027-04-03 on 2027-03-20';
    const anniversary = '1:effective_date::2027-04-20 on 2027-03-21';
    expect(yearly(input)).toEqual([birthday, anniversary]);
    for (let step = 0; step < 10; step += 1) input = quietNextDay(input, planByModel(input));
    // As of 11 March the paused mail lies between 11 and 17 March.
    expect(yearly(input)).toEqual([birthday, `${anniversary} frequency_limit`]);
  });
});

describe('replanning (SPEC 9)', () => {
  // Three contacts, a cap of one; contacts 1 and 2 have mails of the promo on 13 and 14 March.
  const contacts = [person(1), person(2), person(3)];
  const promo = instance(9, 'seasonal_promo');
  const inForce = (contactId: number, day: string): ReturnType<typeof row> =>
    row(`campaign_seasonal_promo 2027-03-20 2027-03-13 ${day} pre-scheduled`, {
      contact_id: contactId,
      campaign_instance_id: 9,
    });
  const planInForce = [inForce(1, '2027-03-13'), inForce(2, '2027-03-14')];
  const enrolled = (ids: number[]): ModelInput =>
    campaigning(
      [promo],
      ids.map((id) => target(9, '2027-03-20', { contact_id: id })),
      { contacts, planInForce },
    );

  test('a contact that is enrolled finds room beside the others, which stay', () => {
    const replan = replanByModel([3], enrolled([1, 2, 3]));
    expect(linesOf(replan)).toEqual([
      '3:campaign_seasonal_promo:9:2027-03-20 on 2027-03-15 redistributed from 2027-03-13',
    ]);
    expect(replan.planInForce.slice(0, 2)).toEqual(planInForce);
    expect(replan.planInForce).toHaveLength(3);
    expect(replan.over_cap_days).toEqual([]);
  });

  test('a full day is flagged as a whole, also for the rows of others', () => {
    const input = enrolled([1, 2, 3]);
    const ended = withInstance({ active_end_date: '2027-03-13' })(input);
    const replan = replanByModel(new Set([3]), ended);
    expect(linesOf(replan)).toEqual(['3:campaign_seasonal_promo:9:2027-03-20 on 2027-03-13 over cap']);
    expect(replan.over_cap_days).toEqual(['2027-03-13']);
  });

  test('a removed target leaves the plan; so does a deleted contact', () => {
    expect(replanByModel([2], enrolled([1])).planInForce).toEqual(planInForce.slice(0, 1));
    const deleted = { ...enrolled([1]), contacts: contacts.slice(0, 1) };
    expect(replanByModel([2], deleted).planInForce).toEqual(planInForce.slice(0, 1));
  });

  test('a change of all is no change of one: types and instances touch nobody', () => {
    const before = enrolled([1, 2]);
    const types = typesWith('seasonal_promo', { priority: 9 });
    expect(contactsTouched(before, { ...before, campaigns: { ...before.campaigns!, types } })).toEqual([]);
    expect(contactsTouched(before, enrolled([1, 3]))).toEqual([2, 3]);
    const suppressions = [{ address: ' PERSON1@example.com', scope: 'all' as const }];
    expect(contactsTouched(before, { ...before, suppressions })).toEqual([1]);
    expect(contactsTouched(before, { ...before, contacts: contacts.slice(1) })).toEqual([1]);
  });
});
