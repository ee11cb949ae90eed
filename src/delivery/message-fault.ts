/** What makes a message one that is not handed to any provider. */
import { isValidEmailAddress } from '../domain/email-address.ts';
import { parseMailbox } from './mailbox.ts';
import type { Message } from './message.ts';

/** Of text and HTML together; far above what a mail client shows. */
const MAX_BODY_CHARACTERS = 5_000_000;
/** RFC 5322, 2.1.1; further headers are not folded. */
const MAX_LINE_CHARACTERS = 998;

const MESSAGE_ID = /^<[!-;=?A-~]+@[!-;=?A-~]+>$/;
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}]/u;
/** RFC 5322, 3.6.8. */
const HEADER_NAME = /^[!-9;-~]{1,100}$/;
const HEADER_VALUE = /^[ -~]*[!-~][ -~]*$/;

/** What the message itself says, or what would give it further recipients or another shape. */
const RESERVED_HEADER =
  /^(?:from|sender|to|cc|bcc|reply-to|subject|date|message-id|mime-version|content-.*|return-path|received|resent-.*)$/i;

/**
 * Asked again right before every hand-over, whoever has checked before: the composer reads a comma or a line break
 * in an address as a second recipient. The sentence holds no address and no value.
 */
export function faultOf(message: Message): string | null {
  if (!isValidEmailAddress(message.to)) return 'The recipient is not one valid e-mail address.';
  if (parseMailbox(message.from) === null) return 'The sender is not one valid e-mail address.';
  if (message.replyTo !== null && parseMailbox(message.replyTo) === null) {
    return 'The reply address is not one valid e-mail address.';
  }
  if (message.messageId.length > MAX_LINE_CHARACTERS || !MESSAGE_ID.test(message.messageId)) {
    return 'The Message-ID is not one identifier in angle brackets.';
  }
  if (CONTROL.test(message.subject)) return 'The subject is not one line of text.';
  if (message.text.length + message.html.length > MAX_BODY_CHARACTERS) {
    return `Text and HTML have more than ${MAX_BODY_CHARACTERS.toLocaleString('en-US')} characters.`;
  }
  return headerFaultOf(message.headers);
}

function headerFaultOf(headers: Message['headers']): string | null {
  const names = Object.keys(headers);
  const lowerCase = new Set(names.map((name) => name.toLowerCase()));
  if (lowerCase.size < names.length) return 'A further header is there twice.';
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name)) return 'The name of a further header has characters that are not allowed.';
    if (RESERVED_HEADER.test(name)) return `The header ${name} is not one of the further ones.`;
    if (!HEADER_VALUE.test(value)) return `The header ${name} is not one line of ASCII text.`;
    if (name.length + 2 + value.length > MAX_LINE_CHARACTERS) return `The header ${name} is too long.`;
  }
  return null;
}
