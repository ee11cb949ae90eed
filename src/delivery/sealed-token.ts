/**
 * Tokens that only the holder of a key can make or read: authenticated by HMAC-SHA-256, and encrypted, because they
 * hold a person's address and pass through the logs of strangers. The same text gives the same token (the tag is the
 * cipher's starting block, a synthetic IV as in RFC 5297), so that a mail that is rendered again is the same mail.
 *
 *     base64url( key id, 2 bytes | tag, 16 bytes | AES-256-CTR of the text )
 */
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto';
import type { LinkKey } from '../contracts/link-key.ts';

/** What a token is good for; one of a kind is nothing to the others. */
export type TokenKind = 'unsubscribe' | 'click';

const KEY_ID_BYTES = 2;
const TAG_BYTES = 16;
/** Of a link to a target of the greatest length there is; longer ones are not even decoded. */
export const MAX_TOKEN_LENGTH = 4_000;
const TOKEN = new RegExp(`^[A-Za-z0-9_-]{1,${MAX_TOKEN_LENGTH}}$`);
const CIPHER = 'aes-256-ctr';

export function sealToken(kind: TokenKind, key: LinkKey, text: string): string {
  const header = Buffer.alloc(KEY_ID_BYTES);
  header.writeUInt16BE(key.id);
  const plain = Buffer.from(text);
  const tag = tagOf(kind, key, header, plain);
  const cipher = createCipheriv(CIPHER, derived(key, kind, 'cipher'), tag);
  return Buffer.concat([header, tag, cipher.update(plain), cipher.final()]).toString('base64url');
}

/** The text that was sealed; `null`: no key of these has made the token as it stands. */
export function openToken(kind: TokenKind, keys: readonly LinkKey[], token: string): string | null {
  if (!TOKEN.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  // Bits that the last letter has to spare are another writing of the same bytes.
  if (bytes.toString('base64url') !== token || bytes.length < KEY_ID_BYTES + TAG_BYTES) return null;
  const header = bytes.subarray(0, KEY_ID_BYTES);
  const tag = bytes.subarray(KEY_ID_BYTES, KEY_ID_BYTES + TAG_BYTES);
  const id = header.readUInt16BE();
  const key = keys.find((one) => one.id === id);
  if (key === undefined) return null;
  const decipher = createDecipheriv(CIPHER, derived(key, kind, 'cipher'), tag);
  const plain = Buffer.concat([decipher.update(bytes.subarray(KEY_ID_BYTES + TAG_BYTES)), decipher.final()]);
  return timingSafeEqual(tag, tagOf(kind, key, header, plain)) ? plain.toString() : null;
}

function tagOf(kind: TokenKind, key: LinkKey, header: Buffer, plain: Buffer): Buffer {
  const mac = createHmac('sha256', derived(key, kind, 'tag'))
    .update(header)
    .update(plain);
  return mac.digest().subarray(0, TAG_BYTES);
}

/** A key of its own for each use. */
function derived(key: LinkKey, kind: TokenKind, use: 'tag' | 'cipher'): Buffer {
  return createHmac('sha256', key.secret).update(`email-scheduler link ${kind} ${use}`).digest();
}
