import { ActivityFailure, ApplicationFailure } from '@temporalio/workflow';

/** The sentence itself is what Temporal Web shows first, not that an activity has failed. */
export function causeOf(error: unknown): unknown {
  const isWrapped = error instanceof ActivityFailure && error.cause instanceof ApplicationFailure;
  return isWrapped ? error.cause : error;
}
