import { z } from 'zod';
import { SchedulerError } from '../src/contracts/errors.ts';
import { parseDay } from '../src/domain/calendar.ts';
import type { DayNumber } from '../src/domain/calendar.ts';

const schema = z.strictObject({
  organization: z.string('the name of an organization').min(1, 'the name of an organization'),
  asOf: z.string('a day, YYYY-MM-DD').optional(),
  fresh: z.boolean('true or false').default(false),
  batchSize: z
    .int('a whole number from 100 to 100000')
    .min(100, 'a whole number from 100 to 100000')
    .max(100_000, 'a whole number from 100 to 100000')
    .optional(),
  dryRun: z.boolean('true or false').default(false),
  ifRunning: z.enum(['refuse', 'queue'], 'refuse or queue').default('refuse'),
});

export interface CheckedRunInput {
  readonly organization: string;
  readonly asOfDay: DayNumber | null;
  readonly isFresh: boolean;
  readonly batchSize: number | null;
  readonly isDryRun: boolean;
  readonly ifRunning: 'refuse' | 'queue';
}

/** @throws SchedulerError INVALID_INPUT that names every wrong field, its value and what is allowed */
export function checkRunInput(input: unknown): CheckedRunInput {
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => problemOf(issue, input));
    throw new SchedulerError(
      'INVALID_INPUT',
      `The input of scheduleRun is not allowed: ${problems.join('; ')}.`,
      { place: parsed.error.issues[0]!.path.join('.') },
    );
  }
  const { asOf, fresh, batchSize, dryRun, ...rest } = parsed.data;
  return {
    ...rest,
    asOfDay: asOf === undefined ? null : dayOf(asOf),
    isFresh: fresh,
    batchSize: batchSize ?? null,
    isDryRun: dryRun,
  };
}

function problemOf(issue: z.core.$ZodIssue, input: unknown): string {
  if (issue.code === 'unrecognized_keys') {
    const allowed = Object.keys(schema.shape).join(', ');
    return `unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}, allowed: ${allowed}`;
  }
  if (issue.path.length === 0) {
    return `it is ${input === undefined ? 'missing' : JSON.stringify(input)}, allowed: an object`;
  }
  const [field] = issue.path as [keyof typeof schema.shape];
  const value = (input as Record<string, unknown>)[field];
  const given = value === undefined ? 'is missing' : `is ${JSON.stringify(value)}`;
  return `${field} ${given}, allowed: ${issue.message}`;
}

function dayOf(text: string): DayNumber {
  const day = parseDay(text);
  if (day !== null) return day;
  throw new SchedulerError(
    'INVALID_INPUT',
    `The input of scheduleRun is not allowed: asOf is "${text}", allowed: a day that exists, as YYYY-MM-DD.`,
    { place: 'asOf', value: text, allowed: 'a day that exists, as YYYY-MM-DD' },
  );
}
