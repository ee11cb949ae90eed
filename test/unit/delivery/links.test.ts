/** Links of mails: what is signed opens, and nothing else does. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { LinkKey } from '../../../src/contracts/link-key.ts';
import { SchedulerError } from '../../../src/contracts/errors.ts';
import { baseUrl } from '../../../src/delivery/link-target.ts';
import {
  CLICK_LINK_DAYS,
  createLinkMaker,
  openClickLink,
  openUnsubscribeLink,
  unsubscribeHeaders,
  type LinkedMail,
} from '../../../src/delivery/links.ts';
import { MAX_TOKEN_LENGTH, openToken, sealToken } from '../../../src/delivery/sealed-token.ts';

const TODAY = 20_781;
const MAIL: LinkedMail = { organizationId: 3, scheduleId: 4_711, contactId: 12_345 };
const ADDRESS = 'ann@example.com';
const TARGET = 'https://agency.example/quote?plan=g&state=TX';

function key(id: number, isRetired = false): LinkKey {
  return { id, secret: createHash('sha256').update(`key ${id}`).digest(), isRetired };
}
const KEYS = [key(1)];

function maker({
  mail = MAIL,
  keys = KEYS,
  today = TODAY,
}: { mail?: LinkedMail; keys?: LinkKey[]; today?: number } = {}) {
  return createLinkMaker({ baseUrl: 'https://mail.agency.example', keys, mail, today });
}

function tokenOf(link: string): string {
  return link.slice(link.lastIndexOf('/') + 1);
}

const unsubscribeToken = tokenOf(maker().unsubscribe(ADDRESS));
const clickToken = tokenOf(maker().click(TARGET, 'quote'));

/** The same bytes, changed at one place. */
function withByte(token: string, index: number): string {
  const bytes = Buffer.from(token, 'base64url');
  bytes[index]! ^= 1;
  return bytes.toString('base64url');
}

describe('a link', () => {
  test('to unsubscribe says which mail it is from, and to which address that went', () => {
    expect(maker().unsubscribe(ADDRESS)).toMatch(/^https:\/\/mail\.agency\.example\/u\/[A-Za-z0-9_-]+$/);
    expect(openUnsubscribeLink(KEYS, unsubscribeToken)).toEqual({ ...MAIL, address: ADDRESS });
  });

  test('to a page says where it leads and what it is called', () => {
    expect(maker().click(TARGET, 'quote')).toMatch(/^https:\/\/mail\.agency\.example\/c\/[A-Za-z0-9_-]+$/);
    expect(openClickLink(KEYS, clickToken, TODAY)).toEqual({
      outcome: 'good',
      link: { ...MAIL, url: TARGET, label: 'quote', issuedDay: TODAY },
    });
  });

  test('is the same whenever the mail is rendered, so that a mail that is rendered again is the same mail', () => {
    expect(maker().unsubscribe(ADDRESS)).toBe(maker().unsubscribe(ADDRESS));
    expect(maker().click(TARGET, 'quote')).toBe(maker().click(TARGET, 'quote'));
  });

  test('shows nobody the address, the ids or the target', () => {
    for (const token of [unsubscribeToken, clickToken]) {
      const bytes = Buffer.from(token, 'base64url').toString('latin1');
      for (const secret of ['ann', 'example', '12345', '4711', 'quote']) expect(bytes).not.toContain(secret);
    }
  });

  test('is short: one to unsubscribe has less than 100 letters of token', () => {
    expect(unsubscribeToken.length).toBeLessThan(100);
  });

  test('of the greatest target fits', () => {
    const target = `https://agency.example/${'a'.repeat(2_000 - 23)}`;
    const token = tokenOf(maker().click(target, 'l'.repeat(100)));
    expect(token.length).toBeLessThan(MAX_TOKEN_LENGTH);
    expect(openClickLink(KEYS, token, TODAY)).toMatchObject({ link: { url: target } });
  });

  test('keeps whatever is in it, of any script', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.integer({ min: 1, max: 65_535 }),
        (text, id) => {
          expect(openToken('click', [key(id)], sealToken('click', key(id), text))).toBe(text);
        },
      ),
    );
  });
});

describe('nothing opens', () => {
  test('that has one byte changed, wherever', () => {
    for (const token of [unsubscribeToken, clickToken]) {
      for (let index = 0; index < Buffer.from(token, 'base64url').length; index++) {
        expect(openUnsubscribeLink(KEYS, withByte(token, index))).toBeNull();
        expect(openClickLink(KEYS, withByte(token, index), TODAY)).toEqual({ outcome: 'forged' });
      }
    }
  });

  test('that is cut short, wherever', () => {
    for (let length = 0; length < unsubscribeToken.length; length++) {
      expect(openUnsubscribeLink(KEYS, unsubscribeToken.slice(0, length))).toBeNull();
      expect(openUnsubscribeLink(KEYS, unsubscribeToken.slice(unsubscribeToken.length - length))).toBeNull();
    }
  });

  test('that is of the other kind', () => {
    expect(openUnsubscribeLink(KEYS, clickToken)).toBeNull();
    expect(openClickLink(KEYS, unsubscribeToken, TODAY)).toEqual({ outcome: 'forged' });
  });

  test.each([
    ['organizations', { ...MAIL, organizationId: 4 }],
    ['contacts', { ...MAIL, contactId: 12_346 }],
    ['mails', { ...MAIL, scheduleId: 4_712 }],
  ])('of parts of two links: %s cannot be swapped', (_, other) => {
    const ours = Buffer.from(unsubscribeToken, 'base64url');
    const theirs = Buffer.from(tokenOf(maker({ mail: other }).unsubscribe(ADDRESS)), 'base64url');
    for (let cut = 1; cut < ours.length; cut++) {
      const mixed = Buffer.concat([ours.subarray(0, cut), theirs.subarray(cut)]);
      const opened = openUnsubscribeLink(KEYS, mixed.toString('base64url'));
      // Where what follows the cut is the same in both, it is one of the two as it stands.
      if (opened !== null)
        expect([ours.toString('hex'), theirs.toString('hex')]).toContain(mixed.toString('hex'));
    }
  });

  test.each([
    ['a line break at its end', `${unsubscribeToken}\n`],
    ['a line break in it', `${unsubscribeToken.slice(0, 30)}\r\n${unsubscribeToken.slice(30)}`],
    [
      'a soft line break of a mail in it',
      `${unsubscribeToken.slice(0, 30)}=\r\n${unsubscribeToken.slice(30)}`,
    ],
    ['a blank before it', ` ${unsubscribeToken}`],
    ['padding', `${unsubscribeToken}=`],
    ['letters of base64 that no URL has', `${unsubscribeToken.slice(0, -2)}+/`],
    ['a NUL', `${unsubscribeToken}\0`],
    ['nothing', ''],
    ['more than any link has', 'A'.repeat(MAX_TOKEN_LENGTH + 1)],
  ])('that has %s', (_, token) => {
    expect(openUnsubscribeLink(KEYS, token)).toBeNull();
    expect(openClickLink(KEYS, token, TODAY)).toEqual({ outcome: 'forged' });
  });

  test('that is another writing of the same bytes', () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const addresses = ['a@example.com', 'ab@example.com', 'abc@example.com'];
    let writings = 0;
    for (const token of addresses.map((address) => tokenOf(maker().unsubscribe(address)))) {
      for (const letter of letters) {
        const other = token.slice(0, -1) + letter;
        if (other === token || !Buffer.from(other, 'base64url').equals(Buffer.from(token, 'base64url')))
          continue;
        writings++;
        expect(openUnsubscribeLink(KEYS, other)).toBeNull();
      }
    }
    // Or none of them was asked for.
    expect(writings).toBeGreaterThan(0);
  });

  test('by a key that is not there, or by another that has its id', () => {
    expect(openUnsubscribeLink([], unsubscribeToken)).toBeNull();
    expect(openUnsubscribeLink([key(2)], unsubscribeToken)).toBeNull();
    expect(openUnsubscribeLink([{ ...key(2), id: 1 }], unsubscribeToken)).toBeNull();
  });
});

describe('keys', () => {
  test('that are retired go on opening links, and sign none', () => {
    const rotated = [key(2), key(1, true)];
    expect(openUnsubscribeLink(rotated, unsubscribeToken)).toEqual({ ...MAIL, address: ADDRESS });
    expect(openClickLink(rotated, clickToken, TODAY)).toMatchObject({ outcome: 'good' });
    const token = tokenOf(maker({ keys: rotated }).unsubscribe(ADDRESS));
    expect(openUnsubscribeLink([key(1)], token)).toBeNull();
    expect(openUnsubscribeLink([key(2)], token)).toEqual({ ...MAIL, address: ADDRESS });
  });

  test('must be there to sign', () => {
    expect(() => maker({ keys: [key(1, true)] })).toThrow('there is no key to sign links with');
  });
});

describe('a click link', () => {
  test('leads on to its last day and not after it; one to unsubscribe knows no day', () => {
    expect(openClickLink(KEYS, clickToken, TODAY + CLICK_LINK_DAYS)).toMatchObject({ outcome: 'good' });
    expect(openClickLink(KEYS, clickToken, TODAY + CLICK_LINK_DAYS + 1)).toEqual({ outcome: 'expired' });
    expect(openClickLink(KEYS, clickToken, TODAY + 8, 7)).toEqual({ outcome: 'expired' });
  });

  test('that is forged is never called expired', () => {
    expect(openClickLink(KEYS, withByte(clickToken, 20), TODAY + 1_000)).toEqual({ outcome: 'forged' });
  });

  test.each([
    ['https://agency.example', 'https://agency.example/'],
    ['HTTP://Agency.Example:8080/a b'.replace(' ', '%20'), 'http://agency.example:8080/a%20b'],
    ['https://agency.example/?next=//elsewhere.example', 'https://agency.example/?next=//elsewhere.example'],
    ['https://bücher.example/ä', 'https://xn--bcher-kva.example/%C3%A4'],
  ])('leads to %s', (url, target) => {
    const token = tokenOf(maker().click(url, 'x'));
    expect(openClickLink(KEYS, token, TODAY)).toMatchObject({ link: { url: target } });
  });

  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'mailto:ann@example.com',
    'ftp://agency.example/',
    '//evil.example',
    '/relative',
    'agency.example',
    '',
    'https:evil.example',
    'https:/evil.example',
    'https:///evil.example',
    'https:\\\\evil.example',
    'https://\\evil.example',
    'https://agency.example\\@evil.example',
    'https://agency.example@evil.example/',
    'https://user:password@agency.example/',
    'https://agency.example/\r\nSet-Cookie: a=b',
    'java\nscript:alert(1)',
    ' https://agency.example/',
    'https://',
    'https://?x',
    'https://agency.example:99999/',
    `https://agency.example/${'a'.repeat(2_000)}`,
  ])('leads never to %j', (url) => {
    expect(() => maker().click(url, 'x')).toThrow(SchedulerError);
  });

  test.each(['', 'two\nlines', 'l'.repeat(101)])('is never called %j', (label) => {
    expect(() => maker().click(TARGET, label)).toThrow(SchedulerError);
  });
});

test('the headers for mail programs are those of RFC 8058', () => {
  expect(unsubscribeHeaders('https://mail.agency.example/u/abc')).toEqual({
    'List-Unsubscribe': '<https://mail.agency.example/u/abc>',
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
  });
});

describe('the address that links begin with', () => {
  test.each([
    ['https://mail.agency.example', 'https://mail.agency.example'],
    ['https://agency.example/mail//', 'https://agency.example/mail'],
    [' http://127.0.0.1:8300/ ', 'http://127.0.0.1:8300'],
  ])('%j is taken', (text, url) => {
    expect(baseUrl(text)).toBe(url);
  });

  test.each([
    'mail.agency.example',
    'https://a.example/?x',
    'https://a.example/#x',
    'https://u:p@a.example',
    '',
  ])('%j is refused', (text) => {
    expect(baseUrl(text)).toBeNull();
  });
});
