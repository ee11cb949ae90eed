import { expect, test } from 'vitest';
import { readLocalEnvironment } from '../../../src/local/environment.ts';

test('nothing given means a local stack, with the cache in the user’s home', () => {
  expect(readLocalEnvironment({}, '/home/someone')).toMatchObject({
    databaseUrl: undefined,
    temporalAddress: undefined,
    namespace: 'default',
    cacheFolder: '/home/someone/.cache/email-scheduler',
  });
});

test('what is given is taken', () => {
  const given = {
    DATABASE_URL: 'postgresql://there/db',
    TEMPORAL_ADDRESS: 'there:7233 ',
    TEMPORAL_NAMESPACE: 'mails',
    XDG_CACHE_HOME: '/cache',
  };
  expect(readLocalEnvironment(given, '/home/someone')).toMatchObject({
    databaseUrl: 'postgresql://there/db',
    temporalAddress: 'there:7233',
    namespace: 'mails',
    cacheFolder: '/cache/email-scheduler',
  });
});

test('an empty variable is one that is not set', () => {
  const empty = { DATABASE_URL: '', TEMPORAL_ADDRESS: ' ', TEMPORAL_NAMESPACE: '', XDG_CACHE_HOME: '' };
  expect(readLocalEnvironment(empty, '/home/someone')).toMatchObject({
    databaseUrl: undefined,
    temporalAddress: undefined,
    namespace: 'default',
    cacheFolder: '/home/someone/.cache/email-scheduler',
  });
});
