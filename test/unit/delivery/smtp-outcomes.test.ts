import { onTestFinished, describe, expect, test } from 'vitest';
import type { HandOver, Message } from '../../../src/delivery/message.ts';
import { SmtpProvider } from '../../../src/delivery/providers/smtp.ts';
import { parseSmtpUrl } from '../../../src/delivery/providers/smtp-url.ts';
import { context, message } from '../../support/messages.ts';
import { ScriptedSmtp, type Act, type Point, type Script } from '../../support/scripted-smtp.ts';

const PATIENT = { connectMs: 9_000, greetingMs: 9_000, silenceMs: 9_000, handOverMs: 9_000 };
/** For servers that say nothing. */
const IMPATIENT = { ...PATIENT, greetingMs: 200, silenceMs: 200 };
const EXTENSIONS: readonly { readonly extensions: readonly string[] }[] = [
  { extensions: [] },
  { extensions: ['PIPELINING'] },
];

/** Far more than what sockets on both sides take without anybody reading. */
const LONG_TEXT = 'ä'.repeat(4_000_000);

async function start(script: Script, extensions: readonly string[] = []): Promise<ScriptedSmtp> {
  const server = await ScriptedSmtp.start(script, extensions);
  onTestFinished(() => server.stop());
  return server;
}

function providerOf(port: number, { login = '', timeouts = PATIENT, maxConnections = 1 } = {}): SmtpProvider {
  const server = parseSmtpUrl(`smtp://${login}127.0.0.1:${port}`);
  const provider = new SmtpProvider({ server, maxConnections, now: () => new Date(), timeouts });
  onTestFinished(() => provider.close());
  return provider;
}

interface Circumstances {
  readonly extensions?: readonly string[];
  readonly changes?: Partial<Message>;
  readonly login?: string;
}

async function outcomeWith(
  script: Script,
  { extensions, changes, login }: Circumstances = {},
): Promise<{ readonly outcome: HandOver; readonly server: ScriptedSmtp }> {
  const server = await start(script, extensions);
  const timeouts = Object.values(script).includes('silence') ? IMPATIENT : PATIENT;
  const outcome = await providerOf(server.port, { login, timeouts }).handOver(message(changes), context());
  return { outcome, server };
}

const GONE: readonly Act[] = ['end', 'reset', 'silence'];
const BEFORE_MESSAGE: readonly Point[] = ['connect', 'EHLO', 'MAIL', 'RCPT', 'DATA'];

describe.each(EXTENSIONS)('with the extensions $extensions', ({ extensions }) => {
  describe.each(BEFORE_MESSAGE)('a server that is gone at %s', (point) => {
    test.each(GONE)('by %s surely has no message', async (act) => {
      const { outcome, server } = await outcomeWith({ [point]: act }, { extensions });
      expect(outcome).toMatchObject({ outcome: 'deferred', retryAfterMs: null });
      expect(server.messages).toEqual([]);
    });
  });

  test.each(['end', 'reset', 'silence'] as const)(
    'after the final dot, gone by %s, nobody knows',
    async (act) => {
      const { outcome, server } = await outcomeWith({ message: act }, { extensions });
      expect(outcome.outcome).toBe('unknown');
      expect(server.messages).toHaveLength(1);
    },
  );

  test('a message that is refused as a whole does not keep the next one from being taken', async () => {
    let count = 0;
    const server = await start({ message: () => (++count === 1 ? { reply: '554 no' } : null) }, extensions);
    const provider = providerOf(server.port);
    expect((await provider.handOver(message(), context())).outcome).toBe('refused');
    expect((await provider.handOver(message(), context())).outcome).toBe('accepted');
  });

  test('cut in the middle of a long message, the server surely has none', async () => {
    const { outcome, server } = await outcomeWith(
      { begun: 'stall' },
      { extensions, changes: { text: LONG_TEXT } },
    );
    expect(outcome.outcome).toBe('deferred');
    expect(server.messages).toEqual([]);
  });

  test('a long message that is refused in its middle is refused, and its end never follows', async () => {
    const script = { begun: { reply: '552 5.3.4 too big' } };
    const { outcome, server } = await outcomeWith(script, { extensions, changes: { text: LONG_TEXT } });
    expect(outcome).toMatchObject({ outcome: 'refused', isHardBounce: false });
    expect(server.messages).toEqual([]);
  });

  test('wherever it is cut, a message that the server has is never called deferred, and one that it lacks never accepted', async () => {
    const whole = await start({}, extensions);
    const given = message({ text: 'short', html: '<p>short</p>' });
    await providerOf(whole.port).handOver(given, context());
    const sessionBytes = whole.messages[0]!.length + whole.commands.join('').length;
    const outcomes = new Set<string>();
    for (let bytes = 1; bytes < sessionBytes + 40; bytes += bytes < 120 ? 7 : 23) {
      const server = await start({}, extensions);
      server.bytesUntilReset = bytes;
      const { outcome } = await providerOf(server.port).handOver(given, context());
      outcomes.add(outcome);
      expect([bytes, outcome, server.messages.length]).not.toEqual([bytes, 'deferred', 1]);
      expect([bytes, outcome, server.messages.length]).not.toEqual([bytes, 'accepted', 0]);
    }
    expect([...outcomes].sort()).toEqual(['accepted', 'deferred', 'unknown']);
  });

  test('cut after the answer, it is accepted', async () => {
    const server = await start({}, extensions);
    const provider = providerOf(server.port);
    const outcome = await provider.handOver(message(), context());
    server.hangUp();
    expect(outcome).toEqual({
      outcome: 'accepted',
      providerMessageId: '4F2A',
      response: '250 2.0.0 Ok: queued as 4F2A',
    });
  });

  const refusals: readonly [Point, string, boolean][] = [
    ['MAIL', '550 5.1.8 sender not known', false],
    ['MAIL', '550 no', false],
    ['MAIL', '553 5.1.7 bad sender', false],
    ['MAIL', '554 5.7.1 blocked', false],
    ['RCPT', '550 no such user', true],
    ['RCPT', '551 user not local', true],
    ['RCPT', '553 mailbox name not allowed', true],
    ['RCPT', '550 5.1.1 no such user', true],
    ['RCPT', '550-5.1.1 no such user here,\r\n550 5.1.1 or there', true],
    ['RCPT', '554 5.1.1 no such user', true],
    ['RCPT', '556 5.1.10 takes no mail', true],
    ['RCPT', '550 5.2.1 mailbox disabled', true],
    ['RCPT', '550 5.0.0 no such user', true],
    ['RCPT', '550 5.5.0 mailbox unavailable', true],
    ['RCPT', '550 5.7.1 policy', false],
    ['RCPT', '550 5.7.26 not authenticated', false],
    ['RCPT', '552 5.2.2 mailbox full', false],
    ['RCPT', '550 5.4.1 no route', false],
    ['RCPT', '550 relaying denied', false],
    ['RCPT', '550 4.2.1 busy', false],
    ['RCPT', '554 no', false],
    ['DATA', '554 5.5.1 no valid recipients', false],
    ['message', '550 5.1.1 no such user', true],
    ['message', '550 looks like spam', false],
    ['message', '554 5.7.1 spam', false],
    ['message', '552 5.3.4 too big', false],
  ];
  test.each(refusals)(
    '%s answered by "%s" is refused, hard bounce: %s',
    async (point, reply, isHardBounce) => {
      const { outcome } = await outcomeWith({ [point]: { reply } }, { extensions });
      expect(outcome).toEqual({
        outcome: 'refused',
        isHardBounce,
        response: reply.replaceAll('\r\n', ' '),
      });
    },
  );

  const MINUTE_MS = 60_000;
  const deferrals: readonly [Point, string, number | null][] = [
    ['connect', '421 4.7.0 too many connections', MINUTE_MS],
    ['connect', '554 go away', null],
    ['EHLO', '421 later', MINUTE_MS],
    ['MAIL', '421 4.3.2 closing', MINUTE_MS],
    ['MAIL', '450 4.7.1 later', 5 * MINUTE_MS],
    ['MAIL', '451 4.3.0 later', 5 * MINUTE_MS],
    ['MAIL', '452 4.5.3 too many', 5 * MINUTE_MS],
    ['MAIL', '530 5.7.0 authentication required', null],
    ['MAIL', '503 5.5.1 say EHLO first', null],
    ['RCPT', '450 4.2.0 greylisted, try again in 300 seconds', 300_000],
    ['RCPT', '451 4.7.1 please wait for 2 minutes', 2 * MINUTE_MS],
    ['RCPT', '451 4.7.1 try again in 9 hours', 60 * MINUTE_MS],
    ['RCPT', '455 4.1.8 sender cannot be verified', null],
    ['DATA', '451 4.3.0 later', 5 * MINUTE_MS],
    ['message', '421 4.3.0 closing', MINUTE_MS],
    ['message', '451 4.3.0 disk', 5 * MINUTE_MS],
    ['message', '452 4.3.1 storage', 5 * MINUTE_MS],
  ];
  test.each(deferrals)('%s answered by "%s" is deferred', async (point, reply, retryAfterMs) => {
    const { outcome } = await outcomeWith({ [point]: { reply } }, { extensions });
    expect(outcome).toMatchObject({ outcome: 'deferred', retryAfterMs });
    expect(outcome.response).toContain(reply);
  });

  test.each(['354 what', 'hello'])(
    '"%s" is no answer to the message and leaves it unknown',
    async (reply) => {
      const { outcome } = await outcomeWith({ message: { reply } }, { extensions });
      expect(outcome.outcome).toBe('unknown');
    },
  );

  test('a refused message does not keep the next one from the same connection', async () => {
    let count = 0;
    const server = await start(
      { RCPT: () => (++count === 1 ? { reply: '550 5.1.1 no' } : null) },
      extensions,
    );
    const provider = providerOf(server.port);
    expect((await provider.handOver(message(), context())).outcome).toBe('refused');
    expect((await provider.handOver(message(), context())).outcome).toBe('accepted');
    expect([server.connections, server.messages.length]).toEqual([1, 1]);
  });

  test.each(['end', 'reset'] as const)(
    'a kept connection that ends by %s at the next mail is replaced by a new one',
    async (act) => {
      let mails = 0;
      const server = await start({ MAIL: () => (++mails === 2 ? act : null) }, extensions);
      const provider = providerOf(server.port);
      for (let each = 0; each < 2; each += 1) {
        expect((await provider.handOver(message(), context())).outcome).toBe('accepted');
      }
      expect([server.connections, server.messages.length]).toEqual([2, 2]);
    },
  );

  test('a kept connection that ends after the final dot is not replaced: nothing goes twice', async () => {
    let messages = 0;
    const server = await start({ message: () => (++messages === 2 ? 'reset' : null) }, extensions);
    const provider = providerOf(server.port);
    expect((await provider.handOver(message(), context())).outcome).toBe('accepted');
    expect((await provider.handOver(message(), context())).outcome).toBe('unknown');
    expect([server.connections, server.messages.length]).toEqual([1, 2]);
  });
});

test('a server that is not there is deferred', async () => {
  const server = await ScriptedSmtp.start();
  const { port } = server;
  await server.stop();
  expect(await providerOf(port).handOver(message(), context())).toEqual({
    outcome: 'deferred',
    response: expect.stringContaining('ECONNREFUSED') as string,
    retryAfterMs: null,
  });
});

test('a host without an address is deferred', async () => {
  const provider = new SmtpProvider({
    server: parseSmtpUrl('smtp://nowhere.invalid'),
    maxConnections: 1,
    now: () => new Date(),
    timeouts: PATIENT,
  });
  expect((await provider.handOver(message(), context())).outcome).toBe('deferred');
});

test('a wrong password is no fault of the message, and is not read in the answer', async () => {
  const script = { AUTH: { reply: '535 5.7.8 no: robot with s3cret-word' } };
  const { outcome } = await outcomeWith(script, { extensions: ['AUTH PLAIN'], login: 'robot:s3cret-word@' });
  expect(outcome).toMatchObject({ outcome: 'deferred', retryAfterMs: null });
  expect(outcome.response).toMatch(/Invalid login: 535 5\.7\.8 no: \[address\] with \[address\]/);
});

test('a server that dribbles replies for ever is left when the time is over', async () => {
  const server = await start({ DATA: 'silence' });
  const timer = setInterval(() => {
    server.dribble('354-and\r\n');
  }, 50);
  onTestFinished(() => {
    clearInterval(timer);
  });
  const provider = providerOf(server.port, { timeouts: { ...PATIENT, handOverMs: 600 } });
  const outcome = await provider.handOver(message(), context());
  expect(outcome).toEqual({
    outcome: 'deferred',
    response: 'The hand-over took longer than 1 s',
    retryAfterMs: null,
  });
});

describe('an abort', () => {
  const points: readonly [Point, 'deferred' | 'unknown'][] = [
    ['connect', 'deferred'],
    ['EHLO', 'deferred'],
    ['MAIL', 'deferred'],
    ['RCPT', 'deferred'],
    ['DATA', 'deferred'],
    ['message', 'unknown'],
  ];
  test.each(points)(
    'while the server is silent at %s ends the hand-over at once: %s',
    async (point, expected) => {
      const server = await start({ [point]: 'silence' });
      const provider = providerOf(server.port);
      const controller = new AbortController();
      const handOver = provider.handOver(message(), context({ signal: controller.signal }));
      await new Promise((resolve) => setTimeout(resolve, 150));
      const abortedAt = performance.now();
      controller.abort();
      expect(await handOver).toMatchObject({
        outcome: expected,
        response: expect.stringContaining('The hand-over was aborted') as string,
      });
      expect(performance.now() - abortedAt).toBeLessThan(100);
    },
  );

  test('of one leaves the others as they are', async () => {
    const server = await start({ MAIL: (connection) => (connection === 1 ? 'silence' : null) });
    const provider = providerOf(server.port, { maxConnections: 3 });
    const controllers = [1, 2, 3].map(() => new AbortController());
    const handOvers = controllers.map(({ signal }) => provider.handOver(message(), context({ signal })));
    while (server.messages.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, 100));
    for (const controller of controllers) controller.abort();
    const outcomes = (await Promise.all(handOvers)).map(({ outcome }) => outcome);
    expect(outcomes.sort()).toEqual(['accepted', 'accepted', 'deferred']);
    expect((await provider.handOver(message(), context())).outcome).toBe('accepted');
  });

  test('before the beginning sends nothing', async () => {
    const server = await start({});
    const outcome = await providerOf(server.port).handOver(
      message(),
      context({ signal: AbortSignal.abort() }),
    );
    expect([outcome.outcome, server.connections]).toEqual(['deferred', 0]);
  });

  test('while it waits for a connection ends the wait', async () => {
    const server = await start({ MAIL: 'silence' });
    const provider = providerOf(server.port);
    const [first, second] = [new AbortController(), new AbortController()];
    const outcomes = [first, second].map(({ signal }) => provider.handOver(message(), context({ signal })));
    await new Promise((resolve) => setTimeout(resolve, 100));
    second.abort();
    expect((await outcomes[1]!).outcome).toBe('deferred');
    first.abort();
    expect((await outcomes[0]!).outcome).toBe('deferred');
    expect(server.connections).toBe(1);
  });

  test('in the middle of a long message lets no more of it go', async () => {
    const server = await start({ begun: 'silence' });
    const provider = providerOf(server.port);
    const controller = new AbortController();
    const handOver = provider.handOver(message({ text: LONG_TEXT }), context({ signal: controller.signal }));
    while (!server.commands.includes('DATA')) await new Promise((resolve) => setTimeout(resolve, 1));
    controller.abort();
    const { outcome } = await handOver;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([outcome, server.messages.length]).toEqual(['deferred', 0]);
  });
});

test('no response holds an address, however the server writes it', async () => {
  const reply =
    '550 5.1.1 <jane.doe@people.example>: jane.doe unknown (JANE.DOE@PEOPLE.EXAMPLE, mail@agency.example, ' +
    '"odd name"@people.example), see http://x.example/?to=jane.doe%40people.example';
  const { outcome } = await outcomeWith({ RCPT: { reply } });
  expect(outcome.response).toBe(
    '550 5.1.1 <[address]>: [address] unknown ([address], [address], [address]), see http://x.example/[address]',
  );
});

test('closing waits for what is being handed over, and takes nothing more', async () => {
  const server = await start({});
  const provider = providerOf(server.port, { maxConnections: 2 });
  const handOvers = [1, 2, 3].map(() => provider.handOver(message(), context()));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await provider.close();
  const outcomes = (await Promise.all(handOvers)).map(({ outcome }) => outcome);
  expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(server.messages.length);
  expect((await provider.handOver(message(), context())).outcome).toBe('deferred');
});
