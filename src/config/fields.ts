/**
 * The kinds of values that configuration has. Each refuses with the text of what is allowed, which is the
 * whole message of its zod issue.
 */
import * as z from 'zod';
import { parseDay, parseMonthDay } from '../domain/calendar.ts';
import { parseDurationSeconds } from '../domain/duration.ts';
import { isValidEmailAddress } from '../domain/email-address.ts';
import { isTemplateName, TEMPLATE_NAME_RULE } from '../domain/template-name.ts';
import { parseTimeOfDay } from '../domain/time-of-day.ts';
import { isTimeZone } from '../domain/time-zone.ts';

export function wholeNumber(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`;
  return z
    .number({ error })
    .refine((value) => Number.isInteger(value) && value >= min && value <= max, { error });
}

/** Fractions allowed. */
export function percent(allowed: string, isAllowed: (value: number) => boolean) {
  return z.number({ error: allowed }).refine(isAllowed, { error: allowed });
}

export const flag = () => z.boolean({ error: 'true or false' });

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

function textThat(allowed: string, isAllowed: (text: string) => boolean) {
  return z.string({ error: allowed }).refine(isAllowed, { error: allowed });
}

export const text = (maxLength: number) =>
  textThat(
    `text of 1 to ${maxLength} characters`,
    (value) => value.trim() !== '' && value.length <= maxLength,
  );

export const timeOfDay = () =>
  textThat('a time of day from "00:00" to "23:59"', (value) => parseTimeOfDay(value) !== null);

export const monthDay = () =>
  textThat('a month-day MM-DD such as 09-15', (value) => parseMonthDay(value) !== null);

const FIRST_LAW_YEAR = '1900';
const LAST_LAW_YEAR = '2199';

export const day = () =>
  textThat(
    `a date YYYY-MM-DD from ${FIRST_LAW_YEAR} to ${LAST_LAW_YEAR}`,
    (value) => parseDay(value) !== null && value >= FIRST_LAW_YEAR && value.slice(0, 4) <= LAST_LAW_YEAR,
  );

export const timeZone = () => textThat('an IANA time zone such as America/Chicago', isTimeZone);

/** A duration from `min` to `max`, both written as durations; `unit`: a whole number of those. */
export function duration(min: string, max: string, unit = '1s') {
  const [low, high, step] = [min, max, unit].map((bound) => parseDurationSeconds(bound)!) as [
    number,
    number,
    number,
  ];
  const kind = unit === '1d' ? 'whole days' : 'a duration (45s, 90m, 3h, 2d)';
  return textThat(`${kind} from ${min} to ${max}`, (value) => {
    const seconds = parseDurationSeconds(value);
    return seconds !== null && seconds >= low && seconds <= high && seconds % step === 0;
  });
}

export const templateName = () => textThat(TEMPLATE_NAME_RULE, isTemplateName);

const NAME_AND_ADDRESS = /^[^<>\p{Cc}]{1,200}<([^<>]*)>$/u;

/** An address, alone or as `Name <address>`; no line breaks, which would add headers to a mail. */
export const mailbox = () =>
  textThat('null or an e-mail address, alone or as "Name <address>"', (value) =>
    isValidEmailAddress(NAME_AND_ADDRESS.exec(value)?.[1] ?? value),
  );

/** A mapping with these keys and no others; one that is left empty has none of them. */
export function section<T extends z.ZodRawShape>(shape: T) {
  return z.preprocess((value) => value ?? {}, closedMapping(shape));
}

export function closedMapping<T extends z.ZodRawShape>(shape: T) {
  const names = Object.keys(shape);
  const keys = `the key${names.length === 1 ? '' : 's'} ${names.join(', ')}`;
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? keys : `a mapping with ${keys}`),
  });
}
