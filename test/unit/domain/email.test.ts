import { expect, test } from 'vitest';
import { cleanText } from '../../../src/domain/contact-text.ts';
import { isValidEmailAddress } from '../../../src/domain/email-address.ts';

const label63 = 'a'.repeat(63);
const longest = `${'l'.repeat(254 - '@example.com'.length)}@example.com`;

test.each([
  'a@b.c',
  'first.last+tag@sub.example.co.uk',
  "o'brien@example.com",
  "!#$%&'*+/=?^_`{|}~-.@example.com",
  '.leading..dots.@example.com',
  'UPPER@EXAMPLE.COM',
  '1@2.3',
  `x@${label63}.${label63}`,
  'x@xn--bcher-kva.example',
  longest,
])('accepts %s', (address) => {
  expect(isValidEmailAddress(address)).toBe(true);
});

test.each([
  '',
  'plain',
  '@example.com',
  'a@',
  'a@localhost',
  'a.b@localhost',
  'a@b@c.d',
  'a b@example.com',
  'a@exa mple.com',
  'a@-example.com',
  'a@example-.com',
  'a@example..com',
  'a@.example.com',
  'a@example.com.',
  'a@exam_ple.com',
  `a@${label63}a.com`,
  'é@example.com',
  'a@bücher.example',
  '"quoted"@example.com',
  'a,b@example.com',
  'A <a@example.com>',
  ' a@example.com',
  'a@example.com\n',
  'a@[127.0.0.1]',
  `l${longest}`,
])('refuses %j', (address) => {
  expect(isValidEmailAddress(address)).toBe(false);
});

test.each([
  [null, null],
  ['', null],
  [' \t\r\n\u00a0\u2003\ufeff', null],
  ['\u3000Ann\u00a0', 'Ann'],
  ['Mary  Ann', 'Mary  Ann'],
])('trims %j to %j', (value, cleaned) => {
  expect(cleanText(value)).toBe(cleaned);
});
