import { randomBytes } from 'node:crypto';
import type { HandOverContext, Message } from '../../src/delivery/message.ts';

/** A mail as dispatch makes them. */
export function message(changes: Partial<Message> = {}): Message {
  return {
    messageId: `<${randomBytes(8).toString('hex')}@agency.example>`,
    from: 'Harbor & Søns, "Agency" <mail@agency.example>',
    replyTo: 'Service <service@agency.example>',
    to: 'jane.doe@people.example',
    subject: 'Happy birthday, Zoë – und viel Glück für das ganze kommende Jahr, liebe Zoë! 🎂',
    html: `<!doctype html><html lang="en"><body><p>Dear Zoë 🎂</p>\n.\n..\n<p>${'long '.repeat(400)}</p></body></html>\n`,
    text: `Dear Zoë 🎂,\n\n.\n..dots\n--\nFrom here on = signs =3D and trailing blanks   \n${'long '.repeat(400)}\n`,
    headers: {
      'List-Unsubscribe': `<https://agency.example/u/${'t'.repeat(200)}>`,
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    },
    ...changes,
  };
}

export function context(changes: Partial<HandOverContext> = {}): HandOverContext {
  return {
    organization: 'demo',
    day: '2026-11-24',
    scheduleId: 17,
    signal: new AbortController().signal,
    ...changes,
  };
}
