/** Edits in the middle of a campaign, day by day, asked of whatever plans: nobody is written to twice, and nothing is lost. */

import { describe, expect, test } from 'vitest';
import { campaigning, instance, target } from './campaign-case-helpers.ts';
import { configOf, organization, person, row } from './case-helpers.ts';
import { mailedTwice } from './invariants.ts';
import { quietNextDay } from './next-day.ts';
import type { ModelCampaignInstance, ModelInput, ModelOutput, ModelTarget } from './types.ts';

type Edit = (input: ModelInput) => ModelInput;

export function withInstance(fields: Partial<ModelCampaignInstance>): Edit {
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

export function describeCampaignEdits(plan: (input: ModelInput) => ModelOutput): void {
  /** The mails that go out on quiet days, edited on some: `2027-03-13 campaign_seasonal_promo`. */
  function sentDuring(days: number, organized: ModelInput, edits: Record<string, Edit>): string[] {
    let input = organized;
    for (let step = 0; step < days; step += 1) {
      input = (edits[input.today] ?? ((unchanged) => unchanged))(input);
      input = quietNextDay(input, plan(input));
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
      expect(plan({ ...moved, ledger: [claimed] }).rows).toEqual([]);
      // Not yet claimed, it is frozen: as if it were in the ledger.
      expect(plan({ ...moved, planInForce: [{ ...claimed, status: 'pre-scheduled' }] }).rows).toEqual([]);
    });
  });
}
