import { z } from 'zod';
import { SchedulerError } from '../src/contracts/errors.ts';
import { parseDay } from '../src/domain/calendar.ts';
import type { DayNumber } from '../src/domain/calendar.ts';
import { invalidInput } from './invalid-input.ts';

const PLAN_NUMBER = 'the number of an earlier plan';
const MAX_PLAN_NUMBER = 999_999_999;
const INSTANCE = 'the name of a campaign instance';

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
  preview: z.string(INSTANCE).min(1, INSTANCE).optional(),
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
  /** The name of the campaign instance that a dry run plans as if it were active. */
  readonly preview: string | null;
  readonly requestedBy: string | null;
}

/** @throws SchedulerError INVALID_INPUT that names every wrong field, its value and what is allowed */
export function checkRunInput(input: unknown): CheckedRunInput {
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    throw invalidInput('scheduleRun', parsed.error, input, Object.keys(schema.shape));
  }
  const { organization, asOf, fresh, batchSize, dryRun, ifRunning, restore, preview, requestedBy } =
    parsed.data;
  if (restore !== undefined && fresh) throw restoredAndFresh();
  if (preview !== undefined) assertIsPreview(preview, parsed.data);
  return {
    organization,
    ifRunning,
    asOfDay: asOf === undefined ? null : dayOf(asOf),
    isFresh: fresh,
    batchSize: batchSize ?? null,
    isDryRun: dryRun,
    restore: restore ?? null,
    preview: preview ?? null,
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

/** It shows what the instance adds to the plan in force, and publishes nothing. */
function assertIsPreview(
  preview: string,
  {
    dryRun,
    fresh,
    restore,
  }: { readonly dryRun: boolean; readonly fresh: boolean; readonly restore?: number | undefined },
): void {
  if (dryRun && !fresh && restore === undefined) return;
  const problem = dryRun
    ? `together with ${fresh ? 'fresh' : 'restore'}, allowed: one of them, since a preview is compared with the plan in force`
    : 'without dryRun, allowed: together with dryRun true, since a preview is never published';
  throw new SchedulerError(
    'INVALID_INPUT',
    `The input of scheduleRun is not allowed: preview is "${preview}" ${problem}.`,
    { place: 'preview', value: preview, allowed: 'with dryRun true, without fresh and restore' },
  );
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
