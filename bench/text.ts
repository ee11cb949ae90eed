/** Numbers as people read them. */
import type { BareCopy } from './bare-copy.ts';

const UNKNOWN = 'not known';

export function countText(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** @param seconds `undefined`: there was nothing of it */
export function secondsText(seconds: number | null | undefined): string {
  return seconds === null ? UNKNOWN : `${(seconds ?? 0).toFixed(2)} s`;
}

export function megabytesText(bytes: number | undefined): string {
  return bytes === undefined ? UNKNOWN : `${Math.round(bytes / 1_000_000)} MB`;
}

export function ratioText(ratio: number): string {
  return `${ratio.toFixed(2)} : 1`;
}

export function bareCopyText({ rows, bytes, all }: BareCopy): string {
  const times = all.map(
    ({ seconds, copySeconds, indexSeconds }) =>
      `${secondsText(seconds)} (${copySeconds.toFixed(2)} + ${indexSeconds.toFixed(2)})`,
  );
  return `${countText(rows)} rows, ${megabytesText(bytes)}: ${times.join(', ')} (COPY + indexes); the fastest counts.`;
}
