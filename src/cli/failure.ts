import { CommanderError } from 'commander';
import { SchedulerError } from '../contracts/errors.ts';

const FAILED = 1;
const WRONG_USE = 2;

/** Says on stderr what went wrong, as a sentence or as JSON, and returns the exit code. */
export function reportFailure(error: unknown, asJson: boolean): number {
  // Help and version were asked for; commander has printed them, and the message of any wrong use.
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  if (asJson) process.stderr.write(`${JSON.stringify({ error: describeFailure(error) })}\n`);
  else if (!(error instanceof CommanderError)) process.stderr.write(`${sentenceOf(error)}\n`);
  return exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return WRONG_USE;
  return error instanceof SchedulerError && error.code === 'INVALID_INPUT' ? WRONG_USE : FAILED;
}

function describeFailure(error: unknown): Record<string, unknown> {
  if (error instanceof SchedulerError) return { code: error.code, message: error.message, ...error.detail };
  if (error instanceof CommanderError) {
    return { code: 'INVALID_INPUT', message: error.message.replace(/^error: /, '') };
  }
  return { code: 'UNKNOWN', message: error instanceof Error ? error.message : String(error) };
}

/** What nobody foresaw is shown with its stack, for the report to those who maintain this. */
function sentenceOf(error: unknown): string {
  if (error instanceof SchedulerError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
