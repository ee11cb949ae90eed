/** The windows of rules as bars over a year, one line per rule, at most 100 columns. */
import { civilDate, dayNumber, daysInMonth, formatDay, type DayNumber } from '../../domain/calendar.ts';
import type { StateRule } from '../../domain/configuration.ts';
import type { Anchors, ExclusionSettings } from '../../domain/exclusion.ts';
import { traceWindows } from '../../domain/window-trace.ts';
import { TERMINAL_COLUMNS } from './wrap.ts';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;
const MONTHS_BEFORE = 5;
const MONTHS_SHOWN = 12;
const COLUMNS_PER_MONTH = 6;

const SIGNS = { rule: '█', extension: '▒', unknown: '?', clear: '·', notLaw: ' ' } as const;
type Sign = (typeof SIGNS)[keyof typeof SIGNS];
/** A column stands for some five days, and shows the first of these that is so on one of them. */
const STRONGEST_FIRST: readonly Sign[] = [
  SIGNS.rule,
  SIGNS.extension,
  SIGNS.unknown,
  SIGNS.clear,
  SIGNS.notLaw,
];

export interface Drawing {
  readonly rules: readonly StateRule[];
  readonly anchors: Anchors;
  readonly settings: ExclusionSettings;
  /** In the middle of what is drawn. */
  readonly day: DayNumber;
  /** Days that are pointed at, and stand for themselves in their column. */
  readonly marks: readonly { readonly day: DayNumber; readonly text: string }[];
}

export function drawWindows(drawing: Drawing): string[] {
  const { rules, marks } = drawing;
  const columns = columnsAround(drawing.day);
  const labelWidth = Math.max(...rules.map(({ name }) => name.length)) + 2;
  const line = (label: string, cells: string): string => `${label.padEnd(labelWidth)}${cells}`.trimEnd();
  return [
    line(
      '',
      headline(columns, ({ year, month }, index) => (index === 0 || month === 1 ? String(year) : '')),
    ),
    line(
      '',
      headline(columns, ({ month }) => MONTHS[month - 1]!),
    ),
    ...rules.map((rule) => line(rule.name, columns.map((days) => signOf(drawing, rule, days)).join(''))),
    ...marks.flatMap(({ day, text }) => markLine(columns, day, text, labelWidth)),
    line(
      '',
      `${SIGNS.rule} the rule  ${SIGNS.extension} its extension  ${SIGNS.unknown} anchor unknown  ${SIGNS.clear} clear  blank: not law`,
    ),
  ];
}

/** First and last day of every column. */
interface Column {
  readonly first: DayNumber;
  readonly last: DayNumber;
}

function columnsAround(day: DayNumber): Column[] {
  const { year, month } = civilDate(day);
  const firstMonth = year * 12 + month - 1 - MONTHS_BEFORE;
  const columns: Column[] = [];
  for (let index = firstMonth; index < firstMonth + MONTHS_SHOWN; index += 1) {
    columns.push(...columnsOfMonth(Math.floor(index / 12), (index % 12) + 1));
  }
  return columns;
}

function columnsOfMonth(year: number, month: number): Column[] {
  const start = dayNumber(year, month, 1);
  const offset = (column: number) => Math.floor((column * daysInMonth(year, month)) / COLUMNS_PER_MONTH);
  return Array.from({ length: COLUMNS_PER_MONTH }, (_, column) => {
    return { first: start + offset(column), last: start + offset(column + 1) - 1 };
  });
}

/** A text above the first column of each month. */
function headline(
  columns: readonly Column[],
  textOf: (month: { readonly year: number; readonly month: number }, index: number) => string,
): string {
  return columns
    .filter((_, column) => column % COLUMNS_PER_MONTH === 0)
    .map(({ first }, index) => textOf(civilDate(first), index).padEnd(COLUMNS_PER_MONTH))
    .join('');
}

function signOf(drawing: Drawing, rule: StateRule, { first, last }: Column): Sign {
  const marked = drawing.marks.filter(({ day }) => first <= day && day <= last).map(({ day }) => day);
  const days =
    marked.length > 0 ? marked : Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const signs = days.map((day) => signOn(drawing, rule, day));
  return STRONGEST_FIRST.find((sign) => signs.includes(sign))!;
}

function signOn({ anchors, settings }: Drawing, rule: StateRule, day: DayNumber): Sign {
  const verdictOf = (asked: StateRule) => traceWindows([asked], anchors, settings, day)[0]!.verdict;
  switch (verdictOf(rule)) {
    case 'blocks':
      return verdictOf({ ...rule, extensionDays: 0 }) === 'blocks' ? SIGNS.rule : SIGNS.extension;
    case 'unknown_anchor':
      return SIGNS.unknown;
    case 'not_law':
      return SIGNS.notLaw;
    case 'clear':
      return SIGNS.clear;
  }
}

/** Nothing for a day that is not shown. */
function markLine(columns: readonly Column[], day: DayNumber, text: string, labelWidth: number): string[] {
  const column = columns.findIndex(({ first, last }) => first <= day && day <= last);
  if (column === -1) return [];
  const label = `${formatDay(day)} ${text}`;
  const position = labelWidth + column;
  const fitsBehind = position + 2 + label.length <= TERMINAL_COLUMNS;
  return [fitsBehind ? `${' '.repeat(position)}▲ ${label}` : `${label} ▲`.padStart(position + 1)];
}
