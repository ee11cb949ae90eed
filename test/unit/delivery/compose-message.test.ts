import { simpleParser } from 'mailparser';
import { describe, expect, test } from 'vitest';
import { composeMessage, type ComposedMessage } from '../../../src/delivery/compose-message.ts';
import type { Message } from '../../../src/delivery/message.ts';
import { headerOf, parseMimeMessage } from '../../../src/delivery/mime-message.ts';
import { message } from '../../support/messages.ts';

const DATE = new Date('2026-11-24T14:30:00Z');

async function compose(changes: Partial<Message> = {}): Promise<ComposedMessage> {
  const composed = await composeMessage(message(changes), DATE);
  if ('fault' in composed) throw new Error(composed.fault);
  return composed;
}

test('another program reads what was put in', async () => {
  const given = message();
  const { bytes, from, to } = await compose(given);
  const mail = await simpleParser(bytes);
  expect([from, to]).toEqual(['mail@agency.example', 'jane.doe@people.example']);
  expect(mail.from?.value).toEqual([{ name: 'Harbor & Søns, "Agency"', address: 'mail@agency.example' }]);
  expect(mail.to).toMatchObject({ value: [{ name: '', address: 'jane.doe@people.example' }] });
  expect(mail.replyTo?.value).toEqual([{ name: 'Service', address: 'service@agency.example' }]);
  expect(mail.subject).toBe(given.subject);
  expect(mail.messageId).toBe(given.messageId);
  expect(mail.date).toEqual(DATE);
  expect(mail.text).toBe(given.text);
  expect(mail.html).toBe(given.html);
  expect(mail.attachments).toEqual([]);
});

test('List-Unsubscribe is one line, however long it is', async () => {
  const { bytes } = await compose();
  const lines = bytes.toString('latin1').split('\r\n');
  expect(lines).toContain(`List-Unsubscribe: <https://agency.example/u/${'t'.repeat(200)}>`);
  expect(lines).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
});

test('only ASCII leaves, in short lines that end with CR LF, both parts quoted-printable', async () => {
  const source = (await compose()).bytes.toString('latin1');
  expect(source).toMatch(/^[\x20-\x7e\t\r\n]*$/);
  expect(source.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  const body = source.slice(source.indexOf('\r\n\r\n'));
  expect(Math.max(...body.split('\r\n').map((line) => line.length))).toBeLessThanOrEqual(76);
  expect(source.match(/^Content-Transfer-Encoding: .*$/gm)).toEqual([
    'Content-Transfer-Encoding: quoted-printable',
    'Content-Transfer-Encoding: quoted-printable',
  ]);
});

test('what reads the sandbox reads the same', async () => {
  const given = message();
  const read = parseMimeMessage((await compose(given)).bytes);
  expect(read.text).toBe(given.text);
  expect(read.html).toBe(given.html);
  expect(headerOf(read.headers, 'subject')).toBe(given.subject);
  expect(headerOf(read.headers, 'to')).toBe(given.to);
});

test.each([
  "!#$%&'*+/=?^_`{|}~-@people.example",
  '.jane..doe.@people.example',
  'JANE@PEOPLE.Example',
  'xn--jane@xn--bcher-kva.example',
  `${'j'.repeat(241)}@a.example`,
])('%s stays the one recipient that it is', async (to) => {
  const { bytes, to: recipient } = await compose({ to });
  expect(recipient).toBe(to);
  const source = bytes.toString('latin1').replace(/\r\n[ \t]/g, ' ');
  const header = /^To: (.*)\r$/m.exec(source)![1]!;
  expect(header.replace(/["<>]/g, '').toLowerCase()).toBe(to.toLowerCase());
});

describe('a message is refused', () => {
  const injected = 'x\r\nBcc: other@people.example';
  const refused: readonly [string, Partial<Message>][] = [
    ['two recipients', { to: 'jane@people.example,other@people.example' }],
    ['two recipients by a semicolon', { to: 'jane@people.example;other@people.example' }],
    ['two recipients by a line break', { to: 'jane@people.example\nother@people.example' }],
    ['a recipient with a name', { to: 'Jane <jane@people.example>' }],
    ['a quoted recipient', { to: '"a@people.example,b"@people.example' }],
    ['a group', { to: 'group:jane@people.example,other@people.example;' }],
    ['a comment', { to: 'jane@people.example (other@people.example)' }],
    ['a command behind the recipient', { to: 'jane@people.example>\r\nRCPT TO:<other@people.example' }],
    ['parameters behind the recipient', { to: 'jane@people.example> NOTIFY=SUCCESS' }],
    ['a blank recipient', { to: '' }],
    ['a recipient with a blank', { to: ' jane@people.example' }],
    ['two senders', { from: 'a@agency.example, b@agency.example' }],
    ['a header behind the sender', { from: `Agency <mail@agency.example>\r\nBcc: other@people.example` }],
    ['a header in the sender’s name', { from: `${injected} <mail@agency.example>` }],
    ['a header in the reply address', { replyTo: injected }],
    ['two reply addresses', { replyTo: 'a@agency.example,b@agency.example' }],
    ['a header in the subject', { subject: injected }],
    ['a line feed in the subject', { subject: 'x\nBcc: other@people.example' }],
    ['a carriage return in the subject', { subject: 'x\rBcc: other@people.example' }],
    ['a NUL in the subject', { subject: 'x\0' }],
    ['a line separator in the subject', { subject: 'x\u2028Bcc: other@people.example' }],
    ['a header in the Message-ID', { messageId: `<a@agency.example>\r\nBcc: other@people.example` }],
    ['a Message-ID without brackets', { messageId: 'a@agency.example' }],
    ['a Message-ID with a blank', { messageId: '<a b@agency.example>' }],
    ['a header behind a header', { headers: { 'X-Mail': injected } }],
    ['a folded header', { headers: { 'X-Mail': 'x\r\n y' } }],
    ['a header in a name', { headers: { 'X-Mail: 1\r\nBcc': 'other@people.example' } }],
    ['a name with a colon', { headers: { 'Bcc:x': 'other@people.example' } }],
    ['a name with a blank', { headers: { 'Bcc ': 'other@people.example' } }],
    ['a header of another alphabet', { headers: { 'X-Mail': 'é' } }],
    ['an endless header', { headers: { 'X-Mail': 'x'.repeat(1_000) } }],
    ['the same header twice', { headers: { 'X-Mail': '1', 'x-mail': '2' } }],
    ...['To', 'cc', 'Bcc', 'BCC', 'From', 'Sender', 'Reply-To', 'Subject', 'Date', 'Message-ID'].map(
      (name): [string, Partial<Message>] => [
        `the header ${name}`,
        { headers: { [name]: 'other@people.example' } },
      ],
    ),
    ...['Content-Type', 'MIME-Version', 'Return-Path', 'Resent-To', 'Received'].map(
      (name): [string, Partial<Message>] => [`the header ${name}`, { headers: { [name]: 'x' } }],
    ),
    ['an endless text', { text: 'x'.repeat(5_000_001) }],
  ];
  test.each(refused)('for %s', async (_, changes) => {
    const composed = await composeMessage(message(changes), DATE);
    expect(composed).toEqual({ fault: expect.stringMatching(/^[A-Z][^@]*\.$/) as string });
  });
});

describe('stays within its field', () => {
  const parts: readonly [string, Partial<Message>][] = [
    ['a subject that looks encoded', { subject: '=?utf-8?Q?x=0D=0ABcc:_other@people.example?=' }],
    ['a name that is an address', { from: '"other@people.example," <mail@agency.example>' }],
    ['a name with a comma', { from: 'Agency, other@people.example <mail@agency.example>' }],
    ['a text that has a head', { text: 'x\r\n\r\n--_NmP\r\nBcc: other@people.example\r\n\r\n' }],
    ['a text that ends the message', { text: 'x\r\n.\r\nMAIL FROM:<other@people.example>\r\n' }],
    ['a text with lone carriage returns', { text: 'x\r.\rMAIL FROM:<other@people.example>\r' }],
    ['a text that names a file', { text: 'file:///etc/passwd', html: 'data:text/html,x' }],
  ];
  test.each(parts)('%s', async (_, changes) => {
    const { bytes } = await compose(changes);
    const mail = await simpleParser(bytes);
    expect([...mail.headers.keys()].sort()).toEqual([
      'content-type',
      'date',
      'from',
      'list',
      'message-id',
      'mime-version',
      'reply-to',
      'subject',
      'to',
    ]);
    expect(mail.to).toMatchObject({ value: [{ address: 'jane.doe@people.example' }] });
    expect(mail.from?.value.map(({ address }) => address)).toEqual(['mail@agency.example']);
    const text = (changes.text ?? '').replace(/\r\n?/g, '\n');
    if (text !== '') expect(mail.text?.replace(/\r\n?/g, '\n')).toBe(text);
    // Nothing of a text stands in the message as an end of it.
    expect(bytes.toString('latin1')).not.toMatch(/\r(?!\n)|(?<!\r)\n/);
  });
});
