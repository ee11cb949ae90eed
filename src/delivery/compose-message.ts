/** The bytes of a message, the same for every provider that is handed bytes. */
import MailComposer from 'nodemailer/lib/mail-composer';
import { faultOf } from './message-fault.ts';
import { parseMailbox } from './mailbox.ts';
import type { Message } from './message.ts';

export interface ComposedMessage {
  /** Of the envelope. */
  readonly from: string;
  readonly to: string;
  /** As they go over the wire, but for the dots that SMTP doubles. */
  readonly bytes: Buffer;
}

/** Of which neither text nor HTML may name a file or a page to be read. */
const CLOSED = { disableFileAccess: true, disableUrlAccess: true };

/** @returns what is wrong with the message, if it cannot be handed over */
export async function composeMessage(
  message: Message,
  date: Date,
): Promise<ComposedMessage | { readonly fault: string }> {
  const fault = faultOf(message);
  if (fault !== null) return { fault };
  const from = parseMailbox(message.from)!;
  const replyTo = message.replyTo === null ? null : parseMailbox(message.replyTo)!;
  const composer = new MailComposer({
    ...CLOSED,
    newline: 'windows',
    messageId: message.messageId,
    date,
    // Objects: what is a name is never read as an address.
    from,
    ...(replyTo === null ? {} : { replyTo }),
    to: { name: '', address: message.to },
    subject: message.subject,
    headers: Object.entries(message.headers).map(([key, value]) => ({
      key,
      value: { prepared: true, value },
    })),
    alternatives: [bodyPart('text/plain', message.text), bodyPart('text/html', message.html)],
  });
  try {
    const bytes = await composer.compile().build();
    return { from: from.address, to: message.to, bytes };
  } catch {
    // Its error may quote the message.
    return { fault: 'The message cannot be put together.' };
  }
}

function bodyPart(contentType: string, content: string) {
  return {
    contentType: `${contentType}; charset=utf-8`,
    // A carriage return alone would be one thing to SMTP and another to a file.
    content: Buffer.from(content.replace(/\r\n?/g, '\n'), 'utf8'),
    contentTransferEncoding: 'quoted-printable',
  };
}
