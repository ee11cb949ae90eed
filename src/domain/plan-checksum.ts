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
    const { low, high } = hashOfRow(row);
    this.low = (this.low + low) >>> 0;
    this.high = (this.high + high) >>> 0;
    this.rows += 1;
  }

  remove(row: DraftRow): void {
    const { low, high } = hashOfRow(row);
    this.low = (this.low - low) >>> 0;
    this.high = (this.high - high) >>> 0;
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

/** Two independent 32-bit hashes over every field, each with its length, so that fields cannot run together. */
function hashOfRow(row: DraftRow): { low: number; high: number } {
  const mixer = { low: 0x9e3779b9, high: 0x85ebca6b };
  mixNumber(mixer, row.contactId);
  mixText(mixer, row.emailType);
  mixNumber(mixer, row.campaignInstanceId ?? -1);
  mixNumber(mixer, row.eventDay);
  mixNumber(mixer, row.idealDay);
  mixNumber(mixer, row.day);
  mixText(mixer, row.sendTime);
  mixText(mixer, row.status);
  mixText(mixer, row.skipReason);
  mixNumber(mixer, row.priority);
  mixText(mixer, row.placedBy);
  mixNumber(mixer, row.movedFrom ?? -1_000_000);
  mixText(mixer, row.emailTemplate);
  mixText(mixer, row.smsTemplate);
  mixText(mixer, row.details);
  return { low: finish(mixer.low), high: finish(mixer.high) };
}

interface Mixer {
  low: number;
  high: number;
}

function mixNumber(mixer: Mixer, value: number): void {
  mixWord(mixer, value | 0);
  mixWord(mixer, Math.floor(value / 0x1_0000_0000));
}

function mixText(mixer: Mixer, text: string | null): void {
  if (text === null) {
    mixWord(mixer, -1);
    return;
  }
  mixWord(mixer, text.length);
  for (let index = 0; index < text.length; index += 1) mixWord(mixer, text.charCodeAt(index));
}

function mixWord(mixer: Mixer, word: number): void {
  mixer.low = Math.imul(mixer.low ^ word, 0x01000193);
  mixer.low ^= mixer.low >>> 15;
  mixer.high = Math.imul(mixer.high ^ word, 0x5bd1e995);
  mixer.high ^= mixer.high >>> 13;
}

function finish(word: number): number {
  let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
