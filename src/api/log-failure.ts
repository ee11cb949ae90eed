import type { FastifyRequest } from 'fastify';
import type { Logger } from 'pino';

/** By route, never by address: that has the link's token, and an error's words may have a value. */
export function logFailure(logger: Logger, request: FastifyRequest, error: unknown, what: string): void {
  const { name, message, code } = error as Error & { code?: string };
  logger.error(
    {
      ...{ method: request.method, route: request.routeOptions.url ?? 'none', error: name, code },
      why: message.replace(/\S*@\S*/g, '…'),
    },
    what,
  );
}
