/**
 * The checksum of a plan (SPEC 9): a sum of hashes over its rows, so that neither the order nor the
 * batches in which they are written matter. Ids and runs are not part of it: they do not follow from
 * the plan's inputs.
 */
import type { DraftRow } from './draft-row.ts';

export class PlanChecksum {
  private low = 0;
  private high = 0;
  private rows = 0;

  static parse(text: string): PlanChecksum {
    const [high, low, rows] = text.split('-');
    const checksum = new PlanChecksum();
    checksum.high = parseInt(high!, 16);
    checksum.low = parseInt(low!, 16);
    checksum.rows = Number(rows);
    return checksum;
  }

  add(row: DraftRow): void {
    hashRow(row);
    this.low = (this.low + finish(low)) >>> 0;
    this.high = (this.high + finish(high)) >>> 0;
    this.rows += 1;
  }

  remove(row: DraftRow): void {
    hashRow(row);
    this.low = (this.low - finish(low)) >>> 0;
    this.high = (this.high - finish(high)) >>> 0;
    this.rows -= 1;
  }

  merge(other: PlanChecksum): void {
    this.low = (this.low + other.low) >>> 0;
    this.high = (this.high + other.high) >>> 0;
    this.rows += other.rows;
  }

  /** `9f86d081-884c7d65-2046`: two words and the number of rows. */
  toString(): string {
    return `${hex(this.high)}-${hex(this.low)}-${this.rows}`;
  }
}

function hex(word: number): string {
  return word.toString(16).padStart(8, '0');
}

/** The state of the two hashes: an object for each of millions of rows would be rubbish at once. */
let low = 0;
let high = 0;

/** Two independent 32-bit hashes over every field, each with its length, so that fields cannot run together. */
function hashRow(row: DraftRow): void {
  low = 0x9e3779b9;
  high = 0x85ebca6b;
  mixId(row.contactId);
  mixKeptText(row.emailType);
  mixId(row.campaignInstanceId ?? -1);
  mixWord(row.eventDay);
  mixWord(row.idealDay);
  mixWord(row.day);
  mixKeptText(row.sendTime);
  mixKeptText(row.status);
  mixKeptText(row.skipReason);
  mixWord(row.priority);
  mixKeptText(row.placedBy);
  mixWord(row.movedFrom ?? NO_DAY);
  mixKeptText(row.emailTemplate);
  mixKeptText(row.smsTemplate);
  if (row.details === null) mixWord(-1);
  else mixText(row.details);
}

const NO_DAY = -1_000_000;

function mixId(value: number): void {
  mixWord(value | 0);
  mixWord(Math.floor(value / 0x1_0000_0000));
}

function mixText(text: string): void {
  mixWord(text.length);
  const evenLength = text.length & ~1;
  for (let index = 0; index < evenLength; index += 2) {
    mixWord(text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16));
  }
  if (evenLength < text.length) mixWord(text.charCodeAt(evenLength));
}

/** The fields of millions of rows have one of a few texts: their hashes are kept. */
const keptTexts = new Map<string, { readonly low: number; readonly high: number }>();
const MAX_KEPT_TEXTS = 1_000;

function mixKeptText(text: string | null): void {
  if (text === null) {
    mixWord(-1);
    return;
  }
  const kept = keptTexts.get(text) ?? keepText(text);
  mixWord(kept.low);
  mixWord(kept.high);
}

function keepText(text: string): { readonly low: number; readonly high: number } {
  const [lowBefore, highBefore] = [low, high];
  low = 0x9e3779b9;
  high = 0x85ebca6b;
  mixText(text);
  const kept = { low, high };
  if (keptTexts.size < MAX_KEPT_TEXTS) keptTexts.set(text, kept);
  low = lowBefore;
  high = highBefore;
  return kept;
}

function mixWord(word: number): void {
  low = Math.imul(low ^ word, 0x01000193);
  low ^= low >>> 15;
  high = Math.imul(high ^ word, 0x5bd1e995);
  high ^= high >>> 13;
}

function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
