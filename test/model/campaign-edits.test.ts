/** Edits in the middle of a campaign, day by day: nobody is written to twice, and what is due is not lost. */

import { describe, expect, test } from 'vitest';
import { campaigning, instance, target, typesWith } from './campaign-case-helpers.ts';
import { describeCampaignEdits, withInstance } from './campaign-edit-cases.ts';
import { configOf, linesOf, person, row } from './case-helpers.ts';
import { planByModel } from './model.ts';
import { quietNextDay } from './next-day.ts';
import { contactsTouched, replanByModel } from './replan.ts';
import type { ModelInput } from './types.ts';

describeCampaignEdits(planByModel);

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
