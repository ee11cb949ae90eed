/** Who a mail is from: an address, with or without a name. */
import { isValidEmailAddress } from '../domain/email-address.ts';

export interface Mailbox {
  /** Empty if there is none. */
  readonly name: string;
  readonly address: string;
}

/** No control character, which could begin a header of its own. */
const NAME_AND_ADDRESS = /^([^<>\p{Cc}\p{Zl}\p{Zp}]{1,200})<([^<>]*)>$/u;
const QUOTED = /^"(.*)"$/u;

/** Reads `Agency <mail@agency.example>` or an address alone; `null` if it is neither. */
export function parseMailbox(text: string): Mailbox | null {
  const match = NAME_AND_ADDRESS.exec(text);
  const address = match?.[2] ?? text;
  if (!isValidEmailAddress(address)) return null;
  const name = (match?.[1] ?? '').trim();
  const quoted = QUOTED.exec(name)?.[1];
  return { name: quoted?.replace(/\\(.)/gu, '$1') ?? name, address };
}
