/** What many measurements of the same thing come to, in milliseconds. */
export interface Latencies {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export function latenciesOf(measuredMs: readonly number[]): Latencies {
  const sorted = measuredMs.toSorted((a, b) => a - b);
  return {
    count: sorted.length,
    p50Ms: rankOf(sorted, 0.5),
    p99Ms: rankOf(sorted, 0.99),
    maxMs: rankOf(sorted, 1),
  };
}

/** The smallest value that so many are not above. */
function rankOf(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN;
}
