/** /u/TOKEN: unsubscribing, by a page or by a mail program's button (SPEC 10, RFC 8058). */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { unsubscribe } from '../db/unsubscribe.ts';
import { openUnsubscribeLink, type UnsubscribeLink } from '../delivery/links.ts';
import { findAgency, type Agency } from './agency.ts';
import type { ApiDependencies, TokenRoute } from './dependencies.ts';
import { openWithKeys } from './open-link.ts';
import { UNKNOWN_LINK, unsubscribedPage, unsubscribePage } from './pages.ts';
import { sendPage, sendText } from './replies.ts';

/** As one of two kinds of form, or in whatever a mail program sends. */
const ONE_CLICK = /List-Unsubscribe["=][^]*One-Click/i;

export function addUnsubscribeRoutes(app: FastifyInstance, dependencies: ApiDependencies): void {
  const { pool, environment, follower } = dependencies;

  const withLink = async (
    token: string,
    reply: FastifyReply,
    answer: (link: UnsubscribeLink, agency: Agency) => FastifyReply | Promise<FastifyReply>,
  ): Promise<FastifyReply> => {
    const link = await openWithKeys(dependencies.keys, (keys) => openUnsubscribeLink(keys, token));
    const agency = link === null ? null : await findAgency(pool, link.organizationId, environment);
    if (link === null || agency === null) return sendPage(reply, 404, UNKNOWN_LINK);
    return answer(link, agency);
  };

  /** Changes nothing: mail servers follow every link. */
  app.get<TokenRoute>('/u/:token', ({ params }, reply) =>
    withLink(params.token, reply, ({ address }, { displayName }) =>
      sendPage(reply, 200, unsubscribePage({ agency: displayName, address })),
    ),
  );

  /** The link is all that is needed: whoever has it may unsubscribe, whatever the body says. */
  app.post<TokenRoute>('/u/:token', ({ params, body }, reply) =>
    withLink(params.token, reply, async (link, agency) => {
      if (await unsubscribe(pool, link)) follower.follow(agency);
      if (typeof body === 'string' && ONE_CLICK.test(body)) return sendText(reply, 'Unsubscribed.');
      return sendPage(reply, 200, unsubscribedPage({ agency: agency.displayName, address: link.address }));
    }),
  );
}
