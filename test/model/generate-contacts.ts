/** Random contacts with dense corners: dates near deadlines and window edges, odd values of every field. */

import { dateInYear, dayNumber, FOREVER, isoDate, monthDayOf, yearOf } from './calendar.ts';
import type { MonthDay } from './calendar.ts';
import type { Random } from './random.ts';
import type { ModelConfig, ModelContact, ModelRule, ModelSuppression } from './types.ts';

/** Real ZIP codes, so that a product with a table of its own agrees. */
// prettier-ignore
export const ZIPS: Record<string, string> = {
  '90210': 'CA', '94105': 'CA', '83702': 'ID', '40202': 'KY', '73102': 'OK', '21201': 'MD', '23219': 'VA',
  '89101': 'NV', '97201': 'OR', '63101': 'MO', '64106': 'MO', '06103': 'CT', '02108': 'MA', '10001': 'NY',
  '98101': 'WA', '75201': 'TX', '33101': 'FL', '60601': 'IL', '20001': 'DC', '00901': 'PR', '00802': 'VI',
  '96910': 'GU', '09012': 'AE',
};

export const RULED_STATES = ['CA', 'ID', 'KY', 'OK', 'MD', 'VA', 'NV', 'OR', 'MO', 'MO', 'CT', 'NY'];
const FREE_STATES = ['TX', 'FL', 'IL', 'DC', 'PR', 'VI', 'GU', 'AE'];
export const CORNER_MONTH_DAYS: MonthDay[] = [
  { month: 1, day: 1 },
  { month: 1, day: 31 },
  { month: 2, day: 1 },
  { month: 2, day: 28 },
  { month: 2, day: 29 },
  { month: 3, day: 1 },
  { month: 4, day: 30 },
  { month: 6, day: 1 },
  { month: 12, day: 1 },
  { month: 12, day: 31 },
];

const ODD_DATES = [
  '1899-12-31',
  '1900-01-01',
  '1900-01-02',
  '1970-01-01',
  '1970-01-02',
  '2199-12-31',
  '2200-01-01',
];
const MALFORMED_DATES = ['', '  ', 'abc', '2023-02-29', '2024-13-01', '1950-3-4', '03/04/1950', '0000-00-00'];

// prettier-ignore
const ODD_EMAILS = [
  null, '', '   ', 'no-at-sign', 'a@b', 'a@b.', 'a@.b.com', 'a@-b.com', 'a@b-.com', 'a b@example.com', 'a@@example.com',
  'ü@example.com', '.a.@example.com', 'a+b@example.co.uk', 'A.B@Example.COM', ' padded@example.com ', '@example.com',
  `${'x'.repeat(242)}@example.com`, `${'x'.repeat(243)}@example.com`, `a@${'y'.repeat(63)}.com`, `a@${'y'.repeat(64)}.com`,
];

/** What the corners of a contact's dates are derived from. */
export interface Surroundings {
  asOf: string;
  rules: ModelRule[];
  config: ModelConfig;
  malformedDates: boolean;
}

export function randomContact(id: number, random: Random, around: Surroundings): ModelContact {
  return {
    id,
    email: randomEmail(id, random),
    ...randomPlace(random),
    birth_date: randomBirthDate(random, around),
    effective_date: randomEffectiveDate(random, around),
  };
}

export function randomEmail(id: number, random: Random): string | null {
  if (random.chance(0.06)) return random.pick(ODD_EMAILS);
  if (random.chance(0.05)) return `Shared${random.int(1, 3)}@Example.com`;
  return `person${id}@example.com`;
}

export function randomPlace(random: Random): { zip_code: string | null; state: string | null } {
  const state = random.chance(0.7) ? random.pick(RULED_STATES) : random.pick(FREE_STATES);
  const zips = Object.keys(ZIPS).filter((zip) => ZIPS[zip] === state);
  const zip = zips.length === 0 ? null : random.pick(zips);
  const form = random.int(1, 20);
  if (form <= 9) return { zip_code: zip, state: null };
  if (form === 10) return { zip_code: `${zip ?? ''}-1234`, state };
  if (form === 11) return { zip_code: `${zip ?? ''}1234`, state: ' ' };
  if (form === 12) return { zip_code: ` ${zip ?? ''} `, state: state.toLowerCase() };
  if (form === 13)
    return { zip_code: random.pick(['99999', '00000', '9021', '90210-12', '90210 1234', 'x']), state };
  if (form === 14) return { zip_code: null, state: ` ${state.toLowerCase()} ` };
  if (form === 15) return { zip_code: zip, state: random.pick(['XX', 'California', '', 'c', 'C A']) };
  if (form === 16)
    return { zip_code: random.pick(['99999', null, '']), state: random.pick(['XX', null, '']) };
  // ZIP and stored state disagree, more or less often.
  if (form <= 18) return { zip_code: zip, state: random.pick(RULED_STATES) };
  return { zip_code: zip, state };
}

export function randomBirthDate(random: Random, around: Surroundings): string | null {
  if (random.chance(0.08)) return null;
  if (random.chance(0.03)) return random.pick(ODD_DATES);
  if (random.chance(0.03)) return isoDate(dayNumber(around.asOf) + random.pick([-1, 0, 1, 2, 15, 100]));
  if (around.malformedDates && random.chance(0.03)) return random.pick(MALFORMED_DATES);
  return inSomeYear(random, cornerDay(random, around), random.int(1925, 1990), around);
}

export function randomEffectiveDate(random: Random, around: Surroundings): string | null {
  if (random.chance(0.08)) return null;
  if (random.chance(0.03)) return random.pick(ODD_DATES);
  if (around.malformedDates && random.chance(0.03)) return random.pick(MALFORMED_DATES);
  const thisYear = yearOf(dayNumber(around.asOf));
  const year = random.pick([random.int(1990, thisYear), random.int(thisYear - 2, thisYear + 2)]);
  const day = cornerDay(random, around);
  // Policies begin on the first of a month: clusters, which smoothing is for.
  const firstOfMonth = random.chance(0.5) ? dayNumber(`${isoDate(day).slice(0, 7)}-01`) : day;
  return inSomeYear(random, firstOfMonth, year, around);
}

/** A day whose month and day are near something: a calendar corner, a deadline, the edge of a window. */
function cornerDay(random: Random, around: Surroundings): number {
  const asOf = dayNumber(around.asOf);
  const choice = random.int(1, 10);
  if (choice <= 2) return asOf + random.int(-366, 366);
  if (choice <= 4) {
    return dateInYear(random.pick([2024, 2023]), random.pick(CORNER_MONTH_DAYS));
  }
  if (choice <= 5) return asOf + 45;
  const jitter = random.int(-1, 1);
  if (choice <= 7) return asOf + deadlineOffset(random, around.config) + jitter;
  return asOf + windowOffset(random, around) + jitter;
}

/** How far from the as-of date an event lies whose ideal date, deadline or catch-up is on it. */
function deadlineOffset(random: Random, config: ModelConfig): number {
  const { birthday, effective_date } = config.email_types;
  const type = random.pick([birthday, effective_date]);
  return random.pick([
    0,
    type.days_before,
    type.deadline_days_before,
    type.days_before - config.catch_up_days,
    type.deadline_days_before + config.catch_up_days,
  ]);
}

/** How far from the as-of date an anchor lies one of whose windows begins or ends on it, or on the ideal date before. */
function windowOffset(random: Random, around: Surroundings): number {
  if (around.rules.length === 0) return 0;
  const rule = random.pick(around.rules);
  const extension = rule.extension_days ?? around.config.exclusion.extension_days;
  const edge = random.pick([(rule.days_before ?? 0) + extension, -(rule.days_after ?? 0)]);
  return edge + random.pick([0, around.config.email_types.birthday.days_before, around.config.catch_up_days]);
}

function inSomeYear(random: Random, day: number, year: number, around: Surroundings): string {
  const leapYear = year - (year % 4);
  const monthDay = monthDayOf(day);
  const isLeapDay = monthDay.month === 2 && monthDay.day === 29;
  const iso = isoDate(Math.min(dateInYear(isLeapDay ? leapYear : year, monthDay), FOREVER));
  return around.malformedDates && random.chance(0.03) ? ` ${iso} ` : iso;
}

export function suppressionOf(contact: ModelContact, random: Random): ModelSuppression {
  const address = contact.email ?? 'nobody@example.com';
  return {
    address: random.chance(0.5) ? address.trim().toLowerCase() : ` ${address.toUpperCase()}`,
    scope: random.pick(['all', 'marketing']),
  };
}
