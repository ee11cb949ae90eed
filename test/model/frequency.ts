/** SPEC 8: how often one contact is written to. */

import { dayNumber } from './calendar.ts';
import { isCountedMail, isTransactional } from './book.ts';
import { compareTexts, textOfRow } from './identity.ts';
import { compareByHash } from './occurrences.ts';
import type { Mail } from './placement.ts';
import type { ModelCampaigns, ModelConfig, ModelRow } from './types.ts';

interface CountedMail {
  day: number;
  text: string;
}

/** `placed`: the mails of one contact that have a place. `settled`: the ledger of that contact. */
export function limitFrequency(
  placed: Mail[],
  settled: ModelRow[],
  limit: ModelConfig['frequency'],
  campaigns: ModelCampaigns | undefined,
): void {
  const accepted: CountedMail[] = settled
    .filter((row) => isCountedMail(row) && !isTransactional(row, campaigns))
    .map((row) => ({ day: dayNumber(row.scheduled_send_date), text: textOfRow(row) }));
  // "Transactional types neither limited nor counted", and what a conflict has skipped is out of it.
  const mails = placed.filter(
    (mail) => mail.occurrence.campaign?.isTransactional !== true && mail.skip === null,
  );
  for (const mail of inOrderOfRank(mails)) {
    const collided = collisionsOn(mail.day, accepted, limit);
    if (collided.length === 0) {
      accepted.push({ day: mail.day, text: mail.occurrence.text });
    } else {
      collided.sort((left, right) => left.day - right.day || compareTexts(left.text, right.text));
      mail.skip = { reason: 'frequency_limit', collidedWith: collided.map((one) => one.text) };
    }
  }
}

/** By rank, then promised before not promised, day, hash. */
function inOrderOfRank(mails: Mail[]): Mail[] {
  return [...mails].sort(
    (left, right) =>
      rankOf(left, mails) - rankOf(right, mails) ||
      Number(right.isPromised) - Number(left.isPromised) ||
      left.day - right.day ||
      compareByHash(left.occurrence, right.occurrence),
  );
}

/** A yearly mail that is not promised ranks no higher than the contact's promised mails. */
function rankOf(mail: Mail, mails: Mail[]): number {
  let rank = mail.occurrence.priority;
  if (mail.isPromised || mail.occurrence.campaign !== null) return rank;
  for (const other of mails) {
    if (other.isPromised) rank = Math.max(rank, other.occurrence.priority);
  }
  return rank;
}

/**
 * The mails that lie, together with one more on the day, in a period that would hold too many. Empty: there is room.
 */
function collisionsOn(day: number, accepted: CountedMail[], limit: ModelConfig['frequency']): CountedMail[] {
  const collided = new Set<CountedMail>();
  for (let firstDay = day - limit.period_days + 1; firstDay <= day; firstDay += 1) {
    const lastDay = firstDay + limit.period_days - 1;
    const inPeriod = accepted.filter((one) => firstDay <= one.day && one.day <= lastDay);
    if (inPeriod.length + 1 <= limit.max_mails) continue;
    for (const one of inPeriod) collided.add(one);
  }
  return [...collided];
}
