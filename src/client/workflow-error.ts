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
