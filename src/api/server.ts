/** The HTTP server for those who get mails. It stands on the open internet, behind whatever does TLS for it. */
import fastify, { type FastifyInstance } from 'fastify';
import { MAX_TOKEN_LENGTH } from '../delivery/sealed-token.ts';
import { addClickRoutes } from './click-routes.ts';
import type { ApiDependencies } from './dependencies.ts';
import { logFailure } from './log-failure.ts';
import { BAD_REQUEST, NOT_FOUND, TRY_AGAIN, UNKNOWN_LINK } from './pages.ts';
import { sendJson, sendPage } from './replies.ts';
import { addUnsubscribeRoutes } from './unsubscribe-routes.ts';

/** A form of one field. */
const BODY_LIMIT_BYTES = 8 * 1_024;
const REQUEST_LIMIT_MS = 10_000;
const IDLE_LIMIT_MS = 5_000;
const CONNECTIONS_AT_ONCE = 1_000;
/** More would only wait for a connection to the database. */
const REQUESTS_AT_ONCE = 200;

export function createServer(dependencies: ApiDependencies): FastifyInstance {
  const { logger } = dependencies;
  const app = fastify({
    // Its own lines have addresses in them.
    logger: false,
    bodyLimit: BODY_LIMIT_BYTES,
    routerOptions: { maxParamLength: MAX_TOKEN_LENGTH },
    connectionTimeout: REQUEST_LIMIT_MS,
    requestTimeout: REQUEST_LIMIT_MS,
    keepAliveTimeout: IDLE_LIMIT_MS,
    http: { headersTimeout: REQUEST_LIMIT_MS },
    frameworkErrors: (_error, _request, reply) => {
      sendPage(reply, 404, UNKNOWN_LINK);
    },
  });
  app.server.maxConnections = CONNECTIONS_AT_ONCE;
  acceptAnyBody(app);
  limitRequests(app);
  app.setNotFoundHandler((_request, reply) => sendPage(reply, 404, NOT_FOUND));
  app.setErrorHandler((error, request, reply) => {
    const { statusCode = 500 } = error as Error & { statusCode?: number };
    if (statusCode < 500) return sendPage(reply, statusCode, BAD_REQUEST);
    logFailure(logger, request, error, 'a request failed');
    return sendPage(reply, 503, TRY_AGAIN);
  });
  app.get('/health/live', (_request, reply) => sendJson(reply, { status: 'healthy' }));
  addUnsubscribeRoutes(app, dependencies);
  addClickRoutes(app, dependencies);
  return app;
}

/** Mail programs send one of two kinds of form (RFC 8058), and some neither. */
function acceptAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
}

function limitRequests(app: FastifyInstance): void {
  let underWay = 0;
  app.addHook('onRequest', (request, reply, done) => {
    if (underWay >= REQUESTS_AT_ONCE && request.routeOptions.url !== '/health/live') {
      sendPage(reply, 503, TRY_AGAIN);
      return;
    }
    underWay++;
    // Also of one that was given up by who asked.
    reply.raw.once('close', () => {
      underWay--;
    });
    done();
  });
}
