/** /c/TOKEN: links of mails that are counted before they lead on (SPEC 10). */
import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { recordClick } from '../db/record-click.ts';
import { openClickLink, type OpenedClickLink } from '../delivery/links.ts';
import type { ApiDependencies, TokenRoute } from './dependencies.ts';
import { logFailure } from './log-failure.ts';
import { openWithKeys } from './open-link.ts';
import { EXPIRED_LINK, UNKNOWN_LINK } from './pages.ts';
import { sendPage, sendRedirect } from './replies.ts';

const MS_PER_DAY = 86_400_000;

export function addClickRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { pool, keys, now, logger } = dependencies;

  const open = async (token: string): Promise<OpenedClickLink> => {
    const today = Math.floor(now() / MS_PER_DAY);
    const opened = await openWithKeys(keys, (known) => {
      const link = openClickLink(known, token, today);
      return link.outcome === 'forged' ? null : link;
    });
    return opened ?? { outcome: 'forged' };
  };

  const record = async (request: FastifyRequest<TokenRoute>, opened: OpenedClickLink): Promise<void> => {
    if (opened.outcome !== 'good') return;
    const { headers, params } = request;
    const click = {
      link: createHash('sha256').update(params.token).digest('base64url').slice(0, 22),
      atMs: now(),
      userAgent: headers['user-agent'] ?? '',
      isHead: request.method === 'HEAD',
      isPrefetch: /prefetch|prerender|preview/i.test(
        [headers['sec-purpose'], headers['purpose'], headers['x-purpose'], headers['x-moz']].join(' '),
      ),
    };
    try {
      await recordClick(pool, { ...opened.link, click });
    } catch (error) {
      // Whoever has clicked wants to get on.
      logFailure(logger, request, error, 'a click was not recorded');
    }
  };

  app.get<TokenRoute>('/c/:token', async (request, reply) => {
    const opened = await open(request.params.token);
    await record(request, opened);
    return lead(reply, opened);
  });
}

function lead(reply: FastifyReply, opened: OpenedClickLink): FastifyReply {
  switch (opened.outcome) {
    case 'good':
      return sendRedirect(reply, opened.link.url);
    case 'expired':
      return sendPage(reply, 410, EXPIRED_LINK);
    case 'forged':
      return sendPage(reply, 404, UNKNOWN_LINK);
  }
}
