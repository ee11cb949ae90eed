import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { SchedulerError, type ErrorCode } from '../contracts/errors.ts';

/** The failure's own sentence, with its code, instead of the layers around it; any other error as it is. */
export function errorOfWorkflow(error: unknown): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return error;
  const [detail] = (cause.details ?? []) as [SchedulerError['detail']?];
  return new SchedulerError((cause.type ?? 'INVALID_INPUT') as ErrorCode, cause.message, detail ?? {});
}

/**
 * For what follows a commit: whatever Temporal answers, or does not, what is stored is stored, and the caller says so.
 */
export function asSchedulerError(error: unknown): SchedulerError {
  const known = errorOfWorkflow(error);
  if (known instanceof SchedulerError) return known;
  const reason =
    known instanceof Error ? (known.cause instanceof Error ? known.cause : known).message : String(known);
  return new SchedulerError(
    'TEMPORAL_UNREACHABLE',
    `Temporal did not answer, or the workflow was ended (${reason}).`,
    {},
    { cause: error },
  );
}
