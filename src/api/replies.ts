import type { FastifyReply } from 'fastify';
import { CONTENT_SECURITY_POLICY, pageText, type Page } from './page.ts';

/** Of every answer: nobody keeps it, frames it, guesses its type, or is told where it came from. */
const HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'X-Robots-Tag': 'noindex, nofollow',
};
const RETRY_AFTER_SECONDS = 60;

export function sendPage(reply: FastifyReply, status: number, page: Page): FastifyReply {
  if (status === 503) reply.header('Retry-After', RETRY_AFTER_SECONDS);
  return reply.code(status).headers(HEADERS).type('text/html; charset=utf-8').send(pageText(page));
}

/** For programs. */
export function sendText(reply: FastifyReply, text: string): FastifyReply {
  return reply.code(200).headers(HEADERS).type('text/plain; charset=utf-8').send(`${text}\n`);
}

export function sendJson(reply: FastifyReply, document: unknown): FastifyReply {
  return reply.code(200).headers(HEADERS).type('application/json').send(JSON.stringify(document));
}

/** @param url in its normal form, which has no letters that a header could not have */
export function sendRedirect(reply: FastifyReply, url: string): FastifyReply {
  return reply.code(302).headers(HEADERS).header('Location', url).send();
}
