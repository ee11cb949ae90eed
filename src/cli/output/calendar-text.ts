/** The load calendar for a terminal of 100 columns: a bar per day, week or month, and the numbers beside it. */
import { formatDay, type DayNumber } from '../../domain/calendar.ts';
import { EFFECTIVE_DATE } from '../../domain/yearly.ts';
import {
  mondayOf,
  periodLoads,
  weekdayOf,
  type CalendarLimits,
  type DayLoad,
  type PeriodKind,
  type PeriodLoad,
} from '../load-calendar.ts';
import { TERMINAL_COLUMNS, wrap } from './wrap.ts';

export interface LoadCalendar {
  readonly organization: string;
  readonly planNumber: number;
  readonly asOfDay: DayNumber;
  readonly today: DayNumber;
  readonly fromDay: DayNumber;
  readonly untilDay: DayNumber;
  readonly limits: CalendarLimits;
  /** Mails of days before today that nobody has sent. */
  readonly overdueMails: number;
  readonly days: readonly DayLoad[];
}

const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
/** A full bar is so much of the cap. */
const BAR_PERCENT = 150;
const SHORTEST_BAR = 12;
const LONGEST_BAR = 36;
const DAYS_NAMED = 5;

/** @param by `null`: this week and the next by day, what follows by week */
export function calendarText(calendar: LoadCalendar, by: PeriodKind | null): string {
  const { days, fromDay } = calendar;
  const head = headLines(calendar);
  if (days.length === 0) return [...head, '', 'There is no mail on these days.'].join('\n');
  const lastByDay = by === null ? mondayOf(fromDay) + 13 : calendar.untilDay;
  const near = days.filter(({ day }) => day <= lastByDay);
  const far = days.filter(({ day }) => day > lastByDay);
  return [
    ...head,
    ...(near.length === 0 ? [] : ['', ...periodTable(calendar, near, by ?? 'day', fromDay)]),
    ...(far.length === 0 ? [] : ['', ...periodTable(calendar, far, 'week', lastByDay + 1)]),
    ...(days.some(({ isAboveSoftLimit }) => isAboveSoftLimit) ? ['', SOFT_LIMIT_NOTE] : []),
  ].join('\n');
}

const SOFT_LIMIT_NOTE = wrap(
  'more effective_date mails on a day than the soft limit. They are spread over the days around it only, and days that are published are kept.',
  '* ',
  '  ',
);

function headLines(calendar: LoadCalendar): string[] {
  const { limits, days, today, overdueMails } = calendar;
  const { dailyCap, softLimit, redistributeAbove } = limits;
  return [
    `${calendar.organization}, plan ${calendar.planNumber} as of ${formatDay(calendar.asOfDay)}: ${formatDay(calendar.fromDay)} until ${formatDay(calendar.untilDay)}.`,
    wrap(
      `${number(dailyCap)} mails a day; a day above ${number(Math.floor(redistributeAbove))} is brought down to it. Soft limit: ${number(softLimit)} effective_date mails a day.`,
      'Daily cap: ',
      '  ',
    ),
    ...(days.length === 0 ? [] : [wrap(totalText(days), '', '  ')]),
    ...(overdueMails === 0
      ? []
      : [
          wrap(
            `${number(overdueMails)} mails of days before ${formatDay(today)} were not sent: the next run plans them again.`,
            'Overdue: ',
            '  ',
          ),
        ]),
  ];
}

function totalText(days: readonly DayLoad[]): string {
  const volume = days.reduce((all, day) => all + day.volume, 0);
  const busiest = days.reduce((most, day) => (day.volume > most.volume ? day : most));
  const over = days.filter(({ isOverCap }) => isOverCap);
  const named = over.slice(0, DAYS_NAMED).map(({ day }) => formatDay(day));
  const more = over.length > named.length ? ` and ${number(over.length - named.length)} more` : '';
  const overText =
    over.length === 0 ? 'No day is over the cap.' : `Over the cap (!): ${named.join(', ')}${more}.`;
  return `Volume: ${number(volume)} in all, at most ${number(busiest.volume)} a day (${formatDay(busiest.day)}). ${overText}`;
}

interface Column {
  readonly header: readonly [string, string];
  readonly cell: (period: PeriodLoad) => string;
}

function periodTable(
  { limits }: LoadCalendar,
  days: readonly DayLoad[],
  kind: PeriodKind,
  fromDay: DayNumber,
): string[] {
  const periods = periodLoads(days, kind, fromDay);
  const columns = columnsOf(periods, kind);
  const label = labelColumn(kind);
  const widths = columns.map(({ header, cell }) =>
    Math.max(...header.map((word) => word.length), ...periods.map((period) => cell(period).length)),
  );
  const labelWidth = label(periods[0]!).length;
  const numbersWidth = widths.reduce((all, width) => all + width + 1, 0);
  const barWidth = Math.max(
    SHORTEST_BAR,
    Math.min(LONGEST_BAR, TERMINAL_COLUMNS - labelWidth - numbersWidth - ' '.length - ' !'.length),
  );
  const line = (first: string, bar: string, cells: readonly string[]): string =>
    `${first.padEnd(labelWidth)} ${bar.padEnd(barWidth)} ${cells.map((cell, index) => cell.padStart(widths[index]!)).join(' ')}`;
  const lines = [0, 1].map((row) =>
    line(
      row === 1 ? LABELS[kind] : '',
      row === 1 ? scale(barWidth, limits, kind) : '',
      columns.map(({ header }) => header[row]!),
    ),
  );
  let week = mondayOf(periods[0]!.firstDay);
  for (const period of periods) {
    if (kind === 'day' && mondayOf(period.firstDay) !== week) lines.push('');
    week = mondayOf(period.firstDay);
    const cells = columns.map(({ cell }) => cell(period));
    const flag = period.overCapDays === 0 ? '' : ' !';
    lines.push(`${line(label(period), bar(period.busiestVolume, barWidth, limits), cells)}${flag}`);
  }
  return lines.map((text) => text.trimEnd());
}

const LABELS: Readonly<Record<PeriodKind, string>> = { day: 'day', week: 'week from', month: 'month from' };

function labelColumn(kind: PeriodKind): (period: PeriodLoad) => string {
  if (kind === 'day') return ({ firstDay }) => `${WEEKDAYS[weekdayOf(firstDay)]!} ${formatDay(firstDay)}`;
  return ({ firstDay }) => formatDay(firstDay);
}

function columnsOf(periods: readonly PeriodLoad[], kind: PeriodKind): Column[] {
  const types = [...new Set(periods.flatMap(({ mailsByType }) => Object.keys(mailsByType)))];
  const yearly = types.filter((type) => !type.startsWith(CAMPAIGN_PREFIX)).sort();
  const hasCampaigns = types.length > yearly.length;
  const hasFollowUps = periods.some(({ followUps }) => followUps > 0);
  return [
    ...(kind === 'day' ? [] : [column(['busiest', 'day'], (period) => period.busiestVolume)]),
    column(['', 'volume'], (period) => period.volume),
    ...yearly.map(typeColumn),
    ...(hasCampaigns ? [column(['', 'campaigns'], campaignMails)] : []),
    ...(hasFollowUps ? [column(['follow-', 'ups'], (period) => period.followUps)] : []),
    column(['', 'skipped'], (period) => period.notSent),
  ];
}

const CAMPAIGN_PREFIX = 'campaign_';

function column(header: readonly [string, string], count: (period: PeriodLoad) => number): Column {
  return { header, cell: (period) => shortNumber(count(period)) };
}

function typeColumn(type: string): Column {
  const [first, ...rest] = type.split('_');
  const header = rest.length === 0 ? (['', type] as const) : ([first!, rest.join(' ')] as const);
  const mailsOf = ({ mailsByType }: PeriodLoad): string => shortNumber(mailsByType[type] ?? 0);
  if (type !== EFFECTIVE_DATE) return { header, cell: mailsOf };
  return { header, cell: (period) => `${mailsOf(period)}${period.isAboveSoftLimit ? '*' : ''}` };
}

function campaignMails({ mailsByType }: PeriodLoad): number {
  return Object.entries(mailsByType).reduce(
    (all, [type, mails]) => (type.startsWith(CAMPAIGN_PREFIX) ? all + mails : all),
    0,
  );
}

/** Where the marks of a bar stand. */
function marks(
  width: number,
  { dailyCap, redistributeAbove }: CalendarLimits,
): { cap: number; above: number } {
  const at = (volume: number): number => Math.round((volume / (dailyCap * BAR_PERCENT)) * 100 * width);
  return { cap: at(dailyCap), above: at(redistributeAbove) };
}

/** The line over the bars: where the cap is, and what a bar of a week or month shows. */
function scale(width: number, limits: CalendarLimits, kind: PeriodKind): string {
  const { cap } = marks(width, limits);
  const what = kind === 'day' ? 'volume' : 'busiest day';
  const capText = 'cap';
  if (what.length + 1 + capText.length > cap) return what.slice(0, width);
  return `${what.padEnd(cap - capText.length + 1)}${capText}`;
}

/** Filled up to the volume; a full bar is half as much again as the cap, and more ends in an arrow. */
function bar(volume: number, width: number, limits: CalendarLimits): string {
  const { cap, above } = marks(width, limits);
  const full = (limits.dailyCap * BAR_PERCENT) / 100;
  const filled = volume === 0 ? 0 : Math.min(width, Math.max(1, Math.round((volume / full) * width)));
  const cells = Array.from({ length: width }, (_, index) => {
    if (index < filled) return volume > full && index === width - 1 ? '►' : index < cap ? '█' : '▓';
    if (index === cap) return '│';
    return index === above ? '┊' : ' ';
  });
  return cells.join('');
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

/** Large numbers in thousands: a line has room for nine of them. */
function shortNumber(value: number): string {
  return value < 100_000 ? number(value) : `${number(Math.round(value / 1000))}k`;
}
