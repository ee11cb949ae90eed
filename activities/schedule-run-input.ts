import { z } from 'zod';
import { SchedulerError } from '../src/contracts/errors.ts';
import { parseDay } from '../src/domain/calendar.ts';
import type { DayNumber } from '../src/domain/calendar.ts';

const PLAN_NUMBER = 'the number of an earlier plan';
const MAX_PLAN_NUMBER = 999_999_999;

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
  restore: z.int(PLAN_NUMBER).min(1, PLAN_NUMBER).max(MAX_PLAN_NUMBER, PLAN_NUMBER).optional(),
  requestedBy: z
    .string('a name of at most 200 characters')
    .max(200, 'a name of at most 200 characters')
    .optional(),
});

export interface CheckedRunInput {
  readonly organization: string;
  readonly asOfDay: DayNumber | null;
  readonly isFresh: boolean;
  readonly batchSize: number | null;
  readonly isDryRun: boolean;
  readonly ifRunning: 'refuse' | 'queue';
  /** The number of the plan that is to be put back. */
  readonly restore: number | null;
  readonly requestedBy: string | null;
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
  const { organization, asOf, fresh, batchSize, dryRun, ifRunning, restore, requestedBy } = parsed.data;
  if (restore !== undefined && fresh) throw restoredAndFresh();
  return {
    organization,
    ifRunning,
    asOfDay: asOf === undefined ? null : dayOf(asOf),
    isFresh: fresh,
    batchSize: batchSize ?? null,
    isDryRun: dryRun,
    restore: restore ?? null,
    requestedBy: requestedBy ?? null,
  };
}

function restoredAndFresh(): SchedulerError {
  return new SchedulerError(
    'INVALID_INPUT',
    'The input of scheduleRun is not allowed: fresh is true together with restore, allowed: one of them, since a restore keeps the days of an earlier plan.',
    { place: 'fresh', value: 'true', allowed: 'one of fresh and restore' },
  );
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
