import { ApplicationFailure } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { DatabaseError } from 'pg';
import { SchedulerError, type ErrorCode } from '../src/contracts/errors.ts';

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
      throw toFailure(error, context.info.attempt);
    } finally {
      clearInterval(heartbeats);
    }
  };
}

/** A fault that came so often is no accident. */
const MAX_FAULTS = 3;

/**
 * Errors of the registry keep their code and are final. What can pass (the network, a server that restarts,
 * a deadlock) is tried again as long as the run may take; a fault of the program or its data is not.
 */
function toFailure(error: unknown, attempt: number): unknown {
  if (error instanceof SchedulerError) {
    return ApplicationFailure.create({
      message: error.message,
      type: error.code,
      nonRetryable: true,
      details: [error.detail],
      cause: error,
    });
  }
  if (!isFault(error) || attempt < MAX_FAULTS) return error;
  return ApplicationFailure.create({
    message: error.message,
    type: 'INTERNAL_ERROR' satisfies ErrorCode,
    nonRetryable: true,
    cause: error,
  });
}

/** Classes of SQLSTATE that say that the statement or its data is wrong, not the moment. */
const FAULT_CLASSES = new Set(['0A', '21', '22', '23', '42', '44', 'P0']);

function isFault(error: unknown): error is Error {
  if (error instanceof DatabaseError) return FAULT_CLASSES.has(error.code?.slice(0, 2) ?? '');
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof ReferenceError ||
    error instanceof SyntaxError
  );
}
