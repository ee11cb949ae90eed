/** The filters and tags that templates have: what Liquid brings and does no harm, and our own. */
import type { FilterImplOptions } from 'liquidjs';
import { civilDate, parseDay, type DayNumber } from '../domain/calendar.ts';
import { TemplateProblem } from './template-fault.ts';

/**
 * Not among them: what asks the clock or chance (`date`, `sample`), what evaluates a value as Liquid (`where_exp` and its
 * like), what leaves values unescaped (`raw`, `cycle`), what changes variables of the caller (`increment`), what shows a
 * mapping as it is (`json`).
 */
export const LIQUID_FILTERS: ReadonlySet<string> = new Set(
  `abs append at_least at_most capitalize ceil compact default divided_by downcase escape first floor join last lstrip
  map minus modulo plus prepend remove remove_first replace replace_first reverse round rstrip size slice sort split
  strip strip_newlines times truncate truncatewords uniq upcase url_encode`.split(/\s+/),
);

export const LIQUID_TAGS: ReadonlySet<string> = new Set(
  '# assign block break capture case comment continue for if layout raw render unless'.split(' '),
);

/** Makes a signed link of a URL that stands in the template. */
export type ClickLink = (url: string, label: string) => string;

/** Which link function belongs to the variables of a rendering, that partials share. */
export const clickLinks = new WeakMap<object, ClickLink>();

const DAY_STYLES: Readonly<Record<string, (day: DayNumber) => string>> = {
  long: (day) => `${monthDay(day)}, ${civilDate(day).year}`,
  weekday: (day) => `${WEEKDAYS[weekday(day)]!}, ${monthDay(day)}, ${civilDate(day).year}`,
  short: (day) => `${monthName(day).slice(0, 3)} ${civilDate(day).day}, ${civilDate(day).year}`,
  month_day: monthDay,
};

/** `{{ mail.event_date | day: "long" }}`. */
export const dayFilter: FilterImplOptions = (value: unknown, style: unknown = 'long') => {
  const format =
    typeof style === 'string' && Object.hasOwn(DAY_STYLES, style) ? DAY_STYLES[style] : undefined;
  if (format === undefined) {
    throw new TemplateProblem(`The filter "day" knows ${Object.keys(DAY_STYLES).join(', ')}.`);
  }
  const day = typeof value === 'string' ? parseDay(value) : null;
  if (day === null) throw new TemplateProblem('The filter "day" was given something that is no day.');
  return format(day);
};

/** `{{ "https://agency.example/quote" | click: "quote" }}`; that both stand literally is seen to when it is read. */
export const clickFilter: FilterImplOptions = function (url: string, label: string) {
  const clickLink = clickLinks.get(this.context.globals);
  if (clickLink === undefined) throw new TemplateProblem('There is nobody to sign click links.');
  return clickLink(url, label);
};

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const WEEKDAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');
/** 1970-01-01 was a Thursday. */
const FIRST_WEEKDAY = 4;

function weekday(day: DayNumber): number {
  return (((day + FIRST_WEEKDAY) % 7) + 7) % 7;
}

function monthName(day: DayNumber): string {
  return MONTHS[civilDate(day).month - 1]!;
}

function monthDay(day: DayNumber): string {
  return `${monthName(day)} ${civilDate(day).day}`;
}
