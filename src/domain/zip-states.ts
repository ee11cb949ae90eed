/** Looks up the state of a ZIP code (SPEC 3) in the ranges that tools/zip-table generates. */
import type { StateCode } from './states.ts';
import { STATE_CODES, isStateCode } from './states.ts';
import { ZIP_RANGES } from './zip-ranges.ts';

/** Sorted ranges of codes, in columns; `states` holds indexes into STATE_CODES. */
interface ZipTable {
  readonly firsts: Int32Array;
  readonly lasts: Int32Array;
  readonly states: Uint8Array;
}

const table = readTable(ZIP_RANGES);

/**
 * The state of five digits, alone or with four more, with or without a hyphen. `null` for any other
 * form, and for a code that lies in no state's range.
 */
export function stateOfZip(zip: string): StateCode | null {
  const code = parseZip(zip);
  if (code < 0) return null;
  const index = lastRangeFrom(code);
  if (index < 0 || code > table.lasts[index]!) return null;
  return STATE_CODES[table.states[index]!]!;
}

/** The number of the first five digits, or -1 if the text is no ZIP code. */
function parseZip(zip: string): number {
  switch (zip.length) {
    case 5:
      return digits(zip, 0, 5);
    case 9:
      return digits(zip, 5, 9) < 0 ? -1 : digits(zip, 0, 5);
    case 10:
      return zip[5] !== '-' || digits(zip, 6, 10) < 0 ? -1 : digits(zip, 0, 5);
    default:
      return -1;
  }
}

/** The number that the characters from `start` to before `end` write in ASCII digits, or -1. */
function digits(text: string, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index++) {
    const digit = text.charCodeAt(index) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** The last range that starts at or before the code, or -1. */
function lastRangeFrom(code: number): number {
  let [low, high] = [0, table.firsts.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (table.firsts[middle]! <= code) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function readTable(text: string): ZipTable {
  const lines = text.trim().split('\n');
  const firsts = new Int32Array(lines.length);
  const lasts = new Int32Array(lines.length);
  const states = new Uint8Array(lines.length);
  lines.forEach((line, index) => {
    const state = line.slice(12);
    if (!isStateCode(state)) throw new Error(`ZIP table: unknown state in "${line}"`);
    firsts[index] = digits(line, 0, 5);
    lasts[index] = digits(line, 6, 11);
    states[index] = STATE_CODES.indexOf(state);
  });
  return { firsts, lasts, states };
}
