import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/delivery/message.ts';
import { SandboxProvider } from '../../../src/delivery/providers/sandbox.ts';
import { listSandboxMessages, readSandboxMessage } from '../../../src/delivery/sandbox-messages.ts';
import { context, message } from '../../support/messages.ts';
import { temporaryFolder } from '../local/folder.ts';

const now = () => new Date('2026-11-24T14:30:00Z');

function sandbox(): { readonly folder: string; readonly provider: SandboxProvider } {
  const folder = join(temporaryFolder(), 'sandbox');
  return { folder, provider: new SandboxProvider(folder, now) };
}

test('a message is accepted and lies where it is looked for, for its owner alone', async () => {
  const { folder, provider } = sandbox();
  const given = message();
  expect(await provider.handOver(given, context())).toMatchObject({ outcome: 'accepted' });
  const file = join(folder, 'demo/2026-11-24/17.eml');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const mail = await simpleParser(readFileSync(file));
  expect([mail.subject, mail.text, mail.html]).toEqual([given.subject, given.text, given.html]);
});

test('handed over twice it is there once, as it was the second time, and no part is left', async () => {
  const { folder, provider } = sandbox();
  await provider.handOver(message({ subject: 'first' }), context());
  await provider.handOver(message({ subject: 'second' }), context());
  expect(readdirSync(join(folder, 'demo/2026-11-24'))).toEqual(['17.eml']);
  const { messages } = await listSandboxMessages(folder, { organization: 'demo', day: null, limit: 10 });
  expect(messages.map(({ subject }) => subject)).toEqual(['second']);
});

const pretences: readonly [string, object, boolean][] = [
  ['bounce@people.example', { outcome: 'refused', isHardBounce: true }, false],
  ['Bounce+17@people.example', { outcome: 'refused', isHardBounce: true }, false],
  ['defer@people.example', { outcome: 'deferred', retryAfterMs: 60_000 }, false],
  ['unknown+x@people.example', { outcome: 'unknown' }, true],
  ['bouncer@people.example', { outcome: 'accepted' }, true],
];
test.each(pretences)('%s is answered as its name says', async (to, expected, isWritten) => {
  const { folder, provider } = sandbox();
  expect(await provider.handOver(message({ to }), context())).toMatchObject(expected);
  expect((await readSandboxMessage(folder, 'demo', 17)) !== null).toBe(isWritten);
});

test.each<[string, Partial<Message>, object]>([
  ['two recipients', { to: 'a@people.example,b@people.example' }, {}],
  ['an organization elsewhere', {}, { organization: '../demo' }],
  ['an absolute organization', {}, { organization: '/tmp' }],
  ['a day elsewhere', {}, { day: '../../2026-11-24' }],
  ['a number that is none', {}, { scheduleId: 1.5 }],
])('%s is refused and nothing is written', async (_, changes, place) => {
  const { folder, provider } = sandbox();
  expect(await provider.handOver(message(changes), context(place))).toMatchObject({
    outcome: 'refused',
    isHardBounce: false,
  });
  expect(() => readdirSync(folder)).toThrow(/ENOENT/);
});

test('a folder that cannot be written defers the message', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'demo'), 'a file where a folder should be');
  const provider = new SandboxProvider(folder, now);
  expect(await provider.handOver(message(), context())).toEqual({
    outcome: 'deferred',
    response: expect.stringMatching(/^The sandbox cannot be written: E[A-Z]+ mkdir$/) as string,
    retryAfterMs: null,
  });
});

test('what is aborted is not written', async () => {
  const { folder, provider } = sandbox();
  const outcome = await provider.handOver(message(), context({ signal: AbortSignal.abort() }));
  expect(outcome.outcome).toBe('deferred');
  expect(() => readdirSync(folder)).toThrow(/ENOENT/);
});

test('messages are listed by day and the time of writing, the latest first, and no more than asked for', async () => {
  const { folder, provider } = sandbox();
  for (const [day, scheduleId] of [
    ['2026-11-23', 9],
    ['2026-11-24', 3],
    ['2026-11-24', 2],
    ['2026-11-24', 1],
  ] as const) {
    await provider.handOver(message({ subject: `Mail ${scheduleId}` }), context({ day, scheduleId }));
    const at = 1_000 + scheduleId * (scheduleId === 2 ? 100 : 1);
    utimesSync(join(folder, 'demo', day, `${scheduleId}.eml`), at, at);
  }
  await provider.handOver(message(), context({ organization: 'other' }));
  writeFileSync(join(folder, 'demo/2026-11-24/5.eml.0af3.part'), 'left by a process that was killed');
  writeFileSync(join(folder, 'demo/notes.txt'), 'not a day');
  const ids = async (day: string | null, limit: number) => {
    const { messages, hasMore } = await listSandboxMessages(folder, { organization: 'demo', day, limit });
    return [...messages.map(({ scheduleId }) => scheduleId), hasMore];
  };
  expect(await ids(null, 10)).toEqual([2, 3, 1, 9, false]);
  expect(await ids(null, 4)).toEqual([2, 3, 1, 9, false]);
  expect(await ids(null, 3)).toEqual([2, 3, 1, true]);
  expect(await ids(null, 1)).toEqual([2, true]);
  expect(await ids('2026-11-23', 1)).toEqual([9, false]);
  expect(await ids('2026-11-22', 1)).toEqual([false]);
});

test('a long recipient and subject are listed without the body being read', async () => {
  const { folder, provider } = sandbox();
  const subject = 'ü'.repeat(250);
  await provider.handOver(message({ subject, text: 'x'.repeat(1_000_000) }), context());
  const { messages } = await listSandboxMessages(folder, { organization: 'demo', day: null, limit: 1 });
  expect(messages[0]).toMatchObject({
    subject,
    to: 'jane.doe@people.example',
    day: '2026-11-24',
    scheduleId: 17,
  });
});

test('a message is read back, and one that is not there is null', async () => {
  const { folder, provider } = sandbox();
  const given = message();
  await provider.handOver(given, context());
  await provider.handOver(message({ subject: 'later' }), context({ day: '2026-12-01' }));
  rmSync(join(folder, 'demo/2026-12-01'), { recursive: true });
  expect(await readSandboxMessage(folder, 'demo', 17)).toMatchObject({ text: given.text, html: given.html });
  expect(await readSandboxMessage(folder, 'demo', 18)).toBeNull();
  expect(await readSandboxMessage(folder, '..', 17)).toBeNull();
  expect(await readSandboxMessage(join(folder, 'nowhere'), 'demo', 17)).toBeNull();
});

test('a file that is not of the sandbox’s making does not keep the others from being listed', async () => {
  const { folder, provider } = sandbox();
  await provider.handOver(message(), context());
  writeFileSync(join(folder, 'demo/2026-11-24/18.eml'), Buffer.alloc(40_000, 0xff));
  mkdirSync(join(folder, 'demo/2026-11-25'));
  const { messages } = await listSandboxMessages(folder, { organization: 'demo', day: null, limit: 10 });
  expect(messages.map(({ scheduleId, subject }) => [scheduleId, subject !== null])).toEqual([
    [18, false],
    [17, true],
  ]);
});
