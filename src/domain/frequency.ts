/** At most so many mails to a contact in any period (SPEC 8). */
import type { DayNumber } from './calendar.ts';
import type { Mail } from './mail.ts';
import { compareOccurrences, occurrenceText, type Hash32 } from './occurrence.ts';
import { countsForFrequency, type LedgerMail } from './schedule-row.ts';
import { namesInOrder, type BlockedMail } from './yearly.ts';

export interface FrequencySettings {
  readonly maxMails: number;
  readonly periodDays: number;
}

/** Skips those of the contact's placed mails that would break the limit; days are final. */
export function limitFrequency(
  contactId: number,
  mails: readonly Mail[],
  ledger: readonly LedgerMail[],
  settings: FrequencySettings,
  hash: Hash32,
): void {
  const placed = mails.filter(isLimited);
  const settled = ledger.filter(countsForFrequency);
  if (placed.length === 0 || !areTooManySomewhere(placed, settled, settings)) return;

  const accepted = settled.map((mail) => ({ text: occurrenceText(contactId, mail), day: mail.day }));
  for (const mail of inOrderOfRank(placed, hash)) {
    const collisions = collisionsOn(mail.day, accepted, settings);
    if (collisions === null) {
      accepted.push({ text: occurrenceText(contactId, mail), day: mail.day });
    } else {
      mail.exceedFrequency(namesInOrder(collisions));
    }
  }
}

/** A required notice is neither limited nor counted; what a conflict has skipped goes nowhere. */
export function isLimited(mail: Mail): boolean {
  return mail.isPlaced && mail.campaign?.isTransactional !== true;
}

/** Whether some period has more mails than the limit: for most contacts none has, and nothing is to be ranked. */
function areTooManySomewhere(
  placed: readonly Mail[],
  settled: readonly LedgerMail[],
  { maxMails, periodDays }: FrequencySettings,
): boolean {
  if (placed.length + settled.length <= maxMails) return false;
  const days: DayNumber[] = [];
  for (const { day } of placed) days.push(day);
  for (const { day } of settled) days.push(day);
  days.sort(byNumber);
  for (let first = 0; first + maxMails < days.length; first += 1) {
    if (days[first + maxMails]! - days[first]! < periodDays) return true;
  }
  return false;
}

function byNumber(a: number, b: number): number {
  return a - b;
}

/** Rank, promised before not promised, day, hash: time alone never displaces a published mail. */
function inOrderOfRank(placed: readonly Mail[], hash: Hash32): readonly Mail[] {
  const promisedPriority = lowestPromisedPriority(placed);
  const ranked = placed.map((mail) => ({
    mail,
    rank: rankOf(mail, promisedPriority),
    hash: mail.hash(hash),
  }));
  ranked.sort(
    (a, b) =>
      a.rank - b.rank ||
      Number(b.mail.isPromised) - Number(a.mail.isPromised) ||
      a.mail.day - b.mail.day ||
      a.hash - b.hash ||
      compareOccurrences(a.mail, b.mail),
  );
  return ranked.map(({ mail }) => mail);
}

/** The largest priority number among the promised mails; -Infinity: there are none. */
export function lowestPromisedPriority(placed: readonly Mail[]): number {
  return Math.max(-Infinity, ...placed.filter((mail) => mail.isPromised).map((mail) => mail.priority));
}

/** A yearly mail that is not promised ranks no higher than those that are. */
export function rankOf(mail: Mail, promisedPriority: number): number {
  return isYearly(mail) && !mail.isPromised ? Math.max(mail.priority, promisedPriority) : mail.priority;
}

function isYearly(mail: Mail): boolean {
  return mail.campaignInstanceId === null;
}

/** The mails with which one more on the day would be too many in some period, or `null`. */
export function collisionsOn(
  day: DayNumber,
  accepted: readonly BlockedMail[],
  settings: FrequencySettings,
): BlockedMail[] | null {
  const near = accepted.filter((mail) => Math.abs(mail.day - day) < settings.periodDays);
  if (near.length < settings.maxMails) return null;
  const collisions = new Set<BlockedMail>();
  for (let firstDay = day - settings.periodDays + 1; firstDay <= day; firstDay += 1) {
    const inPeriod = near.filter((mail) => firstDay <= mail.day && mail.day < firstDay + settings.periodDays);
    if (inPeriod.length >= settings.maxMails) for (const mail of inPeriod) collisions.add(mail);
  }
  return collisions.size === 0 ? null : [...collisions];
}
