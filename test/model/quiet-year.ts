/** SPEC 4, no surprises: "plan, send what is due, plan again the next day, for a year, with no outside change". */

import { textOfRow } from './identity.ts';
import { planByModel } from './model.ts';
import { quietNextDay } from './next-day.ts';
import type { ModelInput, ModelRow } from './types.ts';

const DAYS = 372;

/** What differs from what a plan had said. Empty: every mail goes out on its day, and every skip stays one. */
export function surprisesOfQuietYear(organization: ModelInput, plan = planByModel): string[] {
  let input = withoutKnownSurprises(organization);
  let output = plan(input);
  const first = output;
  const surprised = new Set<number>();
  const surprises: string[] = [];
  for (let step = 0; step < DAYS; step += 1) {
    const next = quietNextDay(input, output);
    const nextOutput = plan(next);
    const later = new Map(nextOutput.rows.map((row) => [textOfRow(row), row]));
    for (const row of output.rows) {
      if (row.scheduled_send_date < next.asOf || surprised.has(row.contact_id)) continue;
      const now = later.get(textOfRow(row));
      if (now === undefined && isPostWindowGivenUp(row, next)) surprised.add(row.contact_id);
      else if (placeOf(now) !== placeOf(row)) {
        surprises.push(`${next.today}: ${placeOf(row)} is now ${placeOf(now)}`);
      }
    }
    for (const row of nextOutput.missed) surprises.push(`${next.today}: ${textOfRow(row)} is missed`);
    input = next;
    output = nextOutput;
  }
  for (const row of first.rows) {
    if (row.scheduled_send_date >= input.today || surprised.has(row.contact_id)) continue;
    const settled = [...input.ledger, ...input.planInForce].filter(
      (one) => textOfRow(one) === textOfRow(row),
    );
    const expected = placeOf({ ...row, status: row.status === 'skipped' ? 'skipped' : 'sent' });
    const found = settled.map(placeOf).join(' and ');
    if (found !== expected) surprises.push(`in the end ${expected} is ${found}`);
  }
  return surprises;
}

/**
 * Time itself brings three surprises (README.md). Two are taken out: a birth date that lies after the as-of date becomes
 * known when its day comes; a paused campaign's mails are placed afresh every day.
 */
function withoutKnownSurprises(input: ModelInput): ModelInput {
  const contacts = input.contacts.filter((contact) => (contact.birth_date ?? '').trim() <= input.asOf);
  const { campaigns } = input;
  if (campaigns === undefined) return { ...input, contacts };
  const instances = campaigns.instances.map((instance) =>
    instance.status === 'paused' ? { ...instance, status: 'active' as const } : instance,
  );
  return { ...input, contacts, campaigns: { ...campaigns, instances } };
}

/**
 * The third: a planned post-window mail ceases to exist once another one is sent whose event is less than 60 days away,
 * or that is sent after the day of the mails that it stands for.
 */
function isPostWindowGivenUp(row: ModelRow, next: ModelInput): boolean {
  if (row.email_type !== 'post_window') return false;
  return next.ledger.some(
    (one) => one.contact_id === row.contact_id && one.email_type === 'post_window' && one.status === 'sent',
  );
}

function placeOf(row: ModelRow | undefined): string {
  if (row === undefined) return 'nowhere';
  return `${textOfRow(row)} ${row.status} ${row.skip_reason ?? ''} on ${row.scheduled_send_date}`;
}
