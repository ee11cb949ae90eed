/** Why contacts have no mail of a campaign, in words. */
import { expect, test } from 'vitest';
import { noMailCell, noMailText, withoutMailTexts } from '../../../src/cli/output/without-mail.ts';

test('each kind is told once, of one contact in the singular, with thousands separated', () => {
  expect(
    withoutMailTexts([
      { kind: 'rejected', detail: 'invalid_email', contacts: 1 },
      { kind: 'rejected', detail: 'suppressed', contacts: 16_941 },
      { kind: 'no_trigger_date', detail: null, contacts: 1 },
      { kind: 'unsubscribed', detail: null, contacts: 2 },
      { kind: 'ended', detail: null, contacts: 1 },
    ]),
  ).toEqual([
    '16,942 cannot be planned at all (invalid_email 1, suppressed 16,941)',
    '1 has no trigger date',
    '2 have unsubscribed from marketing',
    '1 is not planned: the campaign has ended',
  ]);
});

test('of a single contact, in a sentence and in a column', () => {
  const rejected = { kind: 'rejected', detail: 'invalid_email' } as const;
  expect([noMailText(rejected), noMailCell(rejected)]).toEqual([
    'cannot be planned at all (invalid_email)',
    'none: rejected, invalid_email',
  ]);
});
