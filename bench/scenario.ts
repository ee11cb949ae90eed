import type { Report } from '../src/local/report.ts';
import type { BenchStack } from './stack.ts';

/** What a measurement is made with: a stack that nobody has used, and how many contacts. */
export interface MeasurementContext {
  readonly stack: BenchStack;
  readonly contacts: number;
  readonly report: Report;
  readonly signal: AbortSignal;
}

/** Something to be measured at any size. Each size has a stack of its own. */
export interface Scenario {
  readonly description: string;
  readonly measure: (withStack: WithStack, sizes: readonly number[]) => Promise<Measured>;
}

export type WithStack = <T>(
  contacts: number,
  work: (context: MeasurementContext) => Promise<T>,
) => Promise<T>;

interface Measured {
  /** For programs, one for each size. */
  readonly results: readonly object[];
  /** For people. */
  readonly text: string;
}

export function scenario<Result extends object>(
  description: string,
  measure: (context: MeasurementContext) => Promise<Result>,
  textOf: (results: readonly Result[]) => string,
): Scenario {
  return {
    description,
    measure: async (withStack, sizes) => {
      const results: Result[] = [];
      for (const contacts of sizes) results.push(await withStack(contacts, measure));
      return { results, text: textOf(results) };
    },
  };
}
