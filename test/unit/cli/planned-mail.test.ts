/** What becomes of a mail, in words. */
import { expect, test } from 'vitest';
import { plannedMailText } from '../../../src/cli/output/planned-mail.ts';

type PlannedMail = Parameters<typeof plannedMailText>[0];

const MAIL: PlannedMail = {
  idealDate: '2026-12-01',
  scheduledSendDate: '2026-12-01',
  scheduledSendTime: '08:30',
  status: 'pre-scheduled',
  skipReason: null,
  isOverCap: false,
  metadata: null,
};

function skipped(skipReason: string, metadata: PlannedMail['metadata'] = null): PlannedMail {
  return { ...MAIL, status: 'skipped', skipReason, metadata };
}

test.for<[Partial<PlannedMail>, string]>([
  [{}, 'goes out on 2026-12-01 at 08:30'],
  [
    { metadata: { placed_by: 'catch_up', moved_from: '2026-11-20' }, idealDate: '2026-11-20' },
    'goes out on 2026-12-01 at 08:30 (its ideal date 2026-11-20 had passed)',
  ],
  [
    { metadata: { placed_by: 'redistributed', moved_from: '2026-11-28' }, isOverCap: true },
    'goes out on 2026-12-01 at 08:30 (moved from 2026-11-28, which had too many mails; the day has more mails than it should)',
  ],
  [
    { metadata: { legal_basis: 'the law asks for it' } },
    'goes out on 2026-12-01 at 08:30 (exempt from the state rules: the law asks for it)',
  ],
  [{ status: 'sent' }, 'sent, 2026-12-01'],
  [
    skipped('exclusion_window', {
      blocked_by: {
        state: 'CA',
        kind: 'birthday',
        rule: 'CA birthday',
        from: '2026-09-20',
        to: '2027-02-17',
      },
    }),
    'is skipped on 2026-12-01 because the law of CA forbids mail around the birthday (from 2026-09-20 until 2027-02-17)',
  ],
  [
    skipped('exclusion_window', {
      blocked_by: {
        state: 'NY',
        kind: 'all_year',
        rule: 'NY all_year',
        from: '0001-01-01',
        to: '9999-12-31',
      },
    }),
    'is skipped on 2026-12-01 because the law of NY forbids mail all year',
  ],
  [
    skipped('unknown_anchor', {
      blocked_by: { state: 'MO', kind: 'effective_date', rule: 'MO effective_date' },
    }),
    'is skipped on 2026-12-01 because the law of MO may forbid mail on that day: it goes by the effective date, which the contact lacks',
  ],
  [
    skipped('campaign_conflict', { winner: '17:campaign_rate_increase:5:2027-01-01' }),
    'is skipped on 2026-12-01 because another campaign mail has the day: rates (campaign_rate_increase) 2027-01-01',
  ],
  [
    skipped('frequency_limit', { collided_with: ['17:birthday::2027-01-01', '17:aep::2027-09-15'] }),
    'is skipped on 2026-12-01 because it is too near to other mails of the contact: birthday 2027-01-01, aep 2027-09-15',
  ],
  [
    { ...skipped('outside_active_dates'), idealDate: '2026-12-24' },
    'is skipped on 2026-12-01 because its ideal date 2026-12-24 is after the last day of the campaign, 2026-12-01',
  ],
  [
    skipped('missed_trigger'),
    'is skipped on 2026-12-01 because the last day on which it made sense had passed already',
  ],
  [skipped('missed'), 'is skipped on 2026-12-01 because that day passed without it'],
  [skipped('contact_deleted'), 'is skipped on 2026-12-01 because of contact_deleted'],
])('%j', ([given, expected]) => {
  expect(plannedMailText({ ...MAIL, ...given }, (id) => (id === 5 ? 'rates' : null))).toBe(expected);
});
