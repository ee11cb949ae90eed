import type { Logger as TemporalLogger, LogMetadata } from '@temporalio/worker';
import { pino, type Logger } from 'pino';

/** Structured logs on standard output: ids and numbers, never an address or a name (SPEC 13). */
export function createLogger(): Logger {
  return pino({ name: 'email-scheduler', level: 'info', timestamp: pino.stdTimeFunctions.isoTime });
}

/** Temporal's own log lines, in the same form. */
export function temporalLogger(logger: Logger): TemporalLogger {
  const write =
    (level: 'trace' | 'debug' | 'info' | 'warn' | 'error') =>
    (message: string, meta?: LogMetadata): void => {
      logger[level](meta ?? {}, message);
    };
  return {
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    log(level, message, meta) {
      const name = level.toLowerCase() as 'trace' | 'debug' | 'info' | 'warn' | 'error';
      logger[name](meta ?? {}, message);
    },
  };
}
