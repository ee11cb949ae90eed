import { describe, expect, test } from 'vitest';
import { contactVariables, freeVariables, senderVariables } from '../../../src/delivery/mail-variables.ts';

const EMPTY = {
  first_name: null,
  last_name: null,
  state: null,
  zip_code: null,
  birth_date: null,
  effective_date: null,
  attributes: {},
};

describe('a contact', () => {
  test('has nothing that is missing or blank', () => {
    expect(contactVariables(EMPTY)).toEqual({ attributes: {} });
    expect(
      contactVariables({ ...EMPTY, first_name: ' \n ', attributes: { a: null, b: ' ', c: { d: null } } }),
    ).toEqual({
      attributes: { c: {} },
    });
  });

  test('has names of one line, without characters that are not shown', () => {
    const first_name = ' Ann\r\nBcc: x\u0000\u202e\u2028y\t';
    expect(contactVariables({ ...EMPTY, first_name })).toEqual({
      first_name: 'Ann Bcc: x y',
      attributes: {},
    });
  });

  test('has attributes of every kind, with the line breaks of texts', () => {
    const attributes = {
      text: 'one\r\ntwo\u0007',
      number: 0,
      flag: false,
      list: [null, 'a', ' '],
      deep: { er: 'x' },
    };
    expect(contactVariables({ ...EMPTY, attributes }).attributes).toEqual({
      text: 'one\ntwo',
      number: 0,
      flag: false,
      list: ['a'],
      deep: { er: 'x' },
    });
  });

  test('changes no prototype by an attribute that is called so', () => {
    const attributes = JSON.parse('{"__proto__": {"polluted": "x"}, "constructor": "y"}') as Record<
      string,
      unknown
    >;
    const variables = freeVariables(attributes);
    expect(Object.getPrototypeOf(variables)).toBe(Object.prototype);
    expect(Object.hasOwn(variables, '__proto__')).toBe(true);
    expect({}).not.toHaveProperty('polluted');
  });
});

describe('the sender', () => {
  test.each([
    ['Acme Insurance <mail@acme.example>', { name: 'Acme Insurance', from: 'mail@acme.example' }],
    ['"Acme, Inc." <mail@acme.example>', { name: 'Acme, Inc.', from: 'mail@acme.example' }],
    ['mail@acme.example', { from: 'mail@acme.example' }],
  ])('%s', (from, expected) => {
    expect(senderVariables({ from, replyTo: null, postalAddress: ' 1 Main Street ' })).toEqual({
      ...expected,
      postal_address: '1 Main Street',
    });
  });

  test('that is not set is a placeholder that nobody takes for one', () => {
    expect(senderVariables({ from: null, replyTo: 'Desk <desk@acme.example>', postalAddress: null })).toEqual(
      {
        from: 'SENDER-IS-NOT-SET@example.invalid',
        reply_to: 'desk@acme.example',
        postal_address: '[POSTAL ADDRESS IS NOT SET]',
      },
    );
  });
});
