import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { ERRORS, SchedulerError } from '../src/contracts/errors.ts';

/** Well below the heartbeat timeout that the workflow gives its activities. */
const HEARTBEAT_EVERY_MS = 3_000;

/**
 * What every activity does beside its work: heartbeats, so that a machine that is gone is noticed within
 * seconds; an end when it is cancelled; errors that say whether trying again can help. One that is
 * `uninterrupted` comes to its own end, so that what it leaves is there for the one that cleans up.
 */
export function framed<Input, Output>(
  work: (input: Input) => Promise<Output>,
  interruption: 'interrupted' | 'uninterrupted' = 'interrupted',
): (input: Input) => Promise<Output> {
  return async (input) => {
    const context = Context.current();
    const heartbeats = setInterval(() => {
      context.heartbeat();
    }, HEARTBEAT_EVERY_MS);
    try {
      if (interruption === 'uninterrupted') return await work(input);
      return await Promise.race([work(input), context.cancelled]);
    } catch (error) {
      throw toFailure(error);
    } finally {
      clearInterval(heartbeats);
    }
  };
}

/** Errors of the registry keep their code; those that trying again cannot help are not tried again. */
function toFailure(error: unknown): unknown {
  if (!(error instanceof SchedulerError)) return error;
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: !ERRORS[error.code].retryable,
    details: [error.detail],
    cause: error,
  });
}
