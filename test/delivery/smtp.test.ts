/** Against a real SMTP server: what it received is what was handed over. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { expect, onTestFinished, test, vi } from 'vitest';
import { composeMessage } from '../../src/delivery/compose-message.ts';
import { parseSmtpUrl } from '../../src/delivery/providers/smtp-url.ts';
import { SmtpProvider } from '../../src/delivery/providers/smtp.ts';
import { context, message } from '../support/messages.ts';

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: unknown;
  readonly isEncrypted: boolean;
  readonly bytes: Buffer;
}

interface RealServer {
  readonly port: number;
  readonly received: Received[];
  /** In all, and at the same time, at most. */
  readonly connections: () => { readonly opened: number; readonly most: number };
}

const NOW = new Date('2026-11-24T14:30:00Z');

async function startServer(options: SMTPServerOptions = {}): Promise<RealServer> {
  const received: Received[] = [];
  let [opened, most] = [0, 0];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onAuth: ({ username, password }, _, callback) => {
      if (password === 's3cret') callback(null, { user: username });
      else callback(new Error('Wrong password'));
    },
    onData: (stream, { envelope, user, secure }, callback) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
        const to = envelope.rcptTo.map(({ address }) => address);
        received.push({ from, to, user, isEncrypted: secure, bytes: Buffer.concat(chunks) });
        callback(null, 'queued as 17A');
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.server.on('connection', () => {
    opened += 1;
    most = Math.max(most, server.connections.size + 1);
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  onTestFinished(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  );
  const { port } = server.server.address() as AddressInfo;
  return { port, received, connections: () => ({ opened, most }) };
}

function provider(url: string, maxConnections = 20): SmtpProvider {
  const made = new SmtpProvider({ server: parseSmtpUrl(url), maxConnections, now: () => NOW });
  onTestFinished(() => made.close());
  return made;
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

/** Its boundaries are drawn anew for every message. */
function withoutBoundaries(bytes: Buffer): string {
  return bytes.toString('latin1').replaceAll(/--_NmP-[0-9a-f]+/g, '--_NmP');
}

test('the server gets the very bytes of the message, to one recipient', async () => {
  const server = await startServer();
  const given = message();
  const outcome = await provider(`smtp://127.0.0.1:${server.port}`).handOver(given, context());
  expect(outcome).toEqual({ outcome: 'accepted', providerMessageId: '17A', response: '250 queued as 17A' });
  const [{ from, to, bytes }] = server.received as [Received];
  expect([from, to]).toEqual(['mail@agency.example', ['jane.doe@people.example']]);
  const composed = await composeMessage(given, NOW);
  expect(withoutBoundaries(bytes)).toBe(withoutBoundaries((composed as { bytes: Buffer }).bytes));
  const mail = await simpleParser(bytes);
  expect([mail.messageId, mail.subject, mail.text, mail.html]).toEqual([
    given.messageId,
    given.subject,
    given.text,
    given.html,
  ]);
});

test('an invalid recipient never reaches the server', async () => {
  const server = await startServer();
  const smtp = provider(`smtp://127.0.0.1:${server.port}`);
  for (const to of ['a@people.example,b@people.example', 'a@people.example\r\nRCPT TO:<b@people.example>']) {
    expect(await smtp.handOver(message({ to }), context())).toMatchObject({
      outcome: 'refused',
      isHardBounce: false,
    });
  }
  expect([server.received, server.connections().opened]).toEqual([[], 0]);
});

test('the password of the URL is given, and a wrong one defers', async () => {
  const server = await startServer({ authOptional: false, allowInsecureAuth: true });
  const right = provider(`smtp://robot:s3cret@127.0.0.1:${server.port}`);
  expect((await right.handOver(message(), context())).outcome).toBe('accepted');
  expect(server.received[0]!.user).toBe('robot');
  const wrong = await provider(`smtp://robot:other@127.0.0.1:${server.port}`).handOver(message(), context());
  expect(wrong.outcome).toBe('deferred');
  expect(wrong.response).not.toMatch(/robot|other/);
});

test.each([
  ['smtp', {}],
  ['smtps', { secure: true }],
] as const)(
  'with %s:// a server whose certificate nobody vouches for gets nothing',
  async (scheme, options) => {
    const server = await startServer({ ...options, disabledCommands: [] });
    const outcome = await provider(`${scheme}://127.0.0.1:${server.port}`).handOver(message(), context());
    expect(outcome.outcome).toBe('deferred');
    expect(outcome.response).toMatch(/certificate/);
    expect(server.received).toEqual([]);
  },
);

test.each([
  ['smtp', {}],
  ['smtps', { secure: true }],
] as const)('with %s:// the message goes encrypted where the server can', async (scheme, options) => {
  // The test server's certificate is its own.
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
  const server = await startServer({ ...options, disabledCommands: [] });
  const url = `${scheme}://robot:s3cret@127.0.0.1:${server.port}`;
  expect((await provider(url).handOver(message(), context())).outcome).toBe('accepted');
  expect(server.received[0]).toMatchObject({ isEncrypted: true, user: 'robot' });
});

test('twenty at once use twenty connections at most, again and again, and each arrives once', async () => {
  const server = await startServer();
  const smtp = provider(`smtp://127.0.0.1:${server.port}`);
  const COUNT = 1_000;
  const ids = Array.from({ length: COUNT }, (_, index) => `<${index}@agency.example>`);
  let next = 0;
  const signal = new AbortController().signal;
  const outcomes: string[] = [];
  const take = async () => {
    while (next < COUNT) {
      const messageId = ids[next++]!;
      outcomes.push((await smtp.handOver(message({ messageId }), context({ signal }))).outcome);
    }
  };
  await Promise.all(Array.from({ length: 20 }, take));
  expect(new Set(outcomes)).toEqual(new Set(['accepted']));
  const arrived = server.received.map(
    ({ bytes }) => /^Message-ID: (.*)\r$/m.exec(bytes.toString('latin1'))![1]!,
  );
  expect(arrived.sort()).toEqual(ids.sort());
  expect(server.connections().opened).toBeLessThanOrEqual(20);
});

test('more than may be in flight wait for their turn', async () => {
  const server = await startServer();
  const smtp = provider(`smtp://127.0.0.1:${server.port}`, 3);
  const outcomes = await Promise.all(Array.from({ length: 50 }, () => smtp.handOver(message(), context())));
  expect(outcomes.every(({ outcome }) => outcome === 'accepted')).toBe(true);
  expect([server.received.length, server.connections().most <= 3]).toEqual([50, true]);
});

test('thousands of hand-overs leave no more memory behind than some', async () => {
  const server = await startServer();
  server.received.push = () => 0;
  const smtp = provider(`smtp://127.0.0.1:${server.port}`, 10);
  const { signal } = new AbortController();
  const send = async (count: number) => {
    for (let sent = 0; sent < count; sent += 10) {
      await Promise.all(Array.from({ length: 10 }, () => smtp.handOver(message(), context({ signal }))));
    }
    collectGarbage();
    return process.memoryUsage().heapUsed;
  };
  const before = await send(300);
  const after = await send(1_500);
  // A listener or a closure that is kept for each of them would be more.
  const MAX_GROWTH_BYTES = 1_000_000;
  expect(after - before).toBeLessThan(MAX_GROWTH_BYTES);
});
