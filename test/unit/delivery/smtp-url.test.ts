import { expect, test } from 'vitest';
import { createProvider } from '../../../src/delivery/create-provider.ts';
import { parseSmtpUrl } from '../../../src/delivery/providers/smtp-url.ts';

const login = { user: 'robot', pass: 's3cret' };

test.each([
  ['smtp://mail.example', { host: 'mail.example', port: 587, isTls: false, needsTls: false, login: null }],
  ['smtp://mail.example:25/', { host: 'mail.example', port: 25, isTls: false, needsTls: false, login: null }],
  ['smtps://mail.example', { host: 'mail.example', port: 465, isTls: true, needsTls: false, login: null }],
  [
    'smtps://robot:s3cret@mail.example',
    { host: 'mail.example', port: 465, isTls: true, needsTls: false, login },
  ],
  [
    'smtp://robot:s3cret@mail.example',
    { host: 'mail.example', port: 587, isTls: false, needsTls: true, login },
  ],
  [
    'smtp://robot:s3cret@127.0.0.1:1025',
    { host: '127.0.0.1', port: 1025, isTls: false, needsTls: false, login },
  ],
  ['smtp://[::1]:1025', { host: '::1', port: 1025, isTls: false, needsTls: false, login: null }],
  [
    'smtps://a%40b.example:p%2Fw%3A@mail.example',
    {
      host: 'mail.example',
      port: 465,
      isTls: true,
      needsTls: false,
      login: { user: 'a@b.example', pass: 'p/w:' },
    },
  ],
])('%s is read', (url, server) => {
  expect(parseSmtpUrl(url)).toEqual(server);
});

test.each([
  undefined,
  '',
  'mail.example:25',
  'http://robot:s3cret@mail.example',
  'smtp://robot:s3cret@',
  'smtp://robot@mail.example',
  'smtp://:s3cret@mail.example',
  'smtp://robot:s3cret%@mail.example',
  'smtp://robot:s3cret@mail.example/path',
  'smtp://robot:s3cret@mail.example?tls.rejectUnauthorized=false',
  'smtp://robot:s3cret@mail.example:99999',
])('%s is refused, and the password is not in what is said', (url) => {
  expect(() => parseSmtpUrl(url)).toThrow(/^SMTP_URL (?!.*s3cret).*: set it to smtp:\/\//);
});

test('a provider is made by its name, and an unknown one is refused', async () => {
  const settings = {
    maxInFlight: 2,
    smtpUrl: 'smtp://127.0.0.1',
    sandboxFolder: '/nowhere',
    now: () => new Date(),
  };
  for (const provider of ['smtp', 'sandbox']) {
    const made = createProvider({ ...settings, provider });
    expect(made.name).toBe(provider);
    await made.close();
  }
  expect(() => createProvider({ ...settings, provider: 'sendgrid' })).toThrow(/set it to smtp or sandbox/);
  expect(() => createProvider({ ...settings, provider: 'smtp', smtpUrl: undefined })).toThrow(
    /SMTP_URL is not set/,
  );
});
