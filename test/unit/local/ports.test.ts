import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { anyFreePort, isPortFree, LOOPBACK, nextFreePort } from '../../../src/local/ports.ts';

async function takePort(port: number): Promise<number> {
  const server = createServer().listen(port, LOOPBACK);
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  return (server.address() as { port: number }).port;
}

test('the first wanted port is taken if it is free', async () => {
  const free = await anyFreePort();
  expect(await nextFreePort([free, free + 1])).toBe(free);
});

test('a port that is taken is passed over for the next wanted one', async () => {
  const taken = await takePort(0);
  const free = await anyFreePort();
  expect(await isPortFree(taken)).toBe(false);
  expect(await nextFreePort([taken, free])).toBe(free);
});

test('if every wanted port is taken, a free one after the last is', async () => {
  const taken = await takePort(0);
  const chosen = await nextFreePort([taken]);
  expect(chosen).toBeGreaterThan(taken);
  expect(await isPortFree(chosen)).toBe(true);
});

test('a port is free again after the choice', async () => {
  const free = await anyFreePort();
  expect(await takePort(free)).toBe(free);
});
