/** Where docs/runbook.md treats a cause. A test ties the sections to the document and to the registry of errors. */
import type { ErrorCode } from '../contracts/errors.ts';

/** The codes with which a run can end; CANCELLED is nobody's error and in no registry. */
export const RUN_ENDINGS = [
  'INVALID_INPUT',
  'INVALID_CONFIGURATION',
  'UNKNOWN_ORGANIZATION',
  'UNKNOWN_PLAN',
  'PLAN_GONE',
  'UNKNOWN_CAMPAIGN',
  'CAMPAIGN_CLOSED',
  'RUN_ALREADY_GOING',
  'RUN_NOT_RUNNING',
  'RUN_ABANDONED',
  'RUN_TOO_LONG',
  'RUN_OUT_OF_BALANCE',
  'RUN_OVERTAKEN',
  'INTERNAL_ERROR',
  'CANCELLED',
] as const satisfies readonly (ErrorCode | 'CANCELLED')[];

type RunEnding = (typeof RUN_ENDINGS)[number];

/** What one sees of a run that has not ended, or of a day that is not as it should be. */
export const CONDITIONS = {
  stillGoing: 'the-run-is-still-going',
  hangs: 'the-run-hangs',
  noWorker: 'no-worker',
  temporalUnreachable: 'temporal-unreachable',
  postgresqlUnreachable: 'postgresql-unreachable',
  diskFull: 'the-disk-is-full',
  didNotStart: 'the-run-did-not-start',
  overCap: 'days-over-the-cap',
  oldPlan: 'the-plan-in-force-is-old',
  changeNotPlanned: 'a-change-is-stored-and-the-plan-does-not-have-it-yet',
  published: 'everything-is-as-it-should-be',
} as const;

export type RunbookSection = (typeof CONDITIONS)[keyof typeof CONDITIONS] | Lowercase<RunEnding>;

/** Of a code that nobody foresaw: as of any fault of the program. */
export function sectionOfCode(code: string): RunbookSection {
  const known = RUN_ENDINGS.find((ending) => ending === code) ?? 'INTERNAL_ERROR';
  return known.toLowerCase() as Lowercase<RunEnding>;
}

/** Of an error that is tried again and again. */
export function sectionOfFailure(message: string): RunbookSection {
  if (/No space left on device|disk is full|could not extend file/i.test(message)) return CONDITIONS.diskFull;
  if (
    /ECONNREFUSED|ECONNRESET|ENOTFOUND|Connection terminated|timeout exceeded|terminating connection|database system is/i.test(
      message,
    )
  ) {
    return CONDITIONS.postgresqlUnreachable;
  }
  return CONDITIONS.hangs;
}

export function runbookLink(section: RunbookSection): string {
  return `docs/runbook.md#${section}`;
}
