import { createServer } from 'node:net';
import { SchedulerError } from '../contracts/errors.ts';

export const LOOPBACK = '127.0.0.1';

/** Where each part listens if nobody else does. */
export const DEFAULT_PORTS = { postgres: 5433, temporal: 7233, temporalWeb: 8233, api: 8300 } as const;

/** `preferred`: the default or the one used last; `any`: one that the operating system gives. */
export type PortChoice = 'preferred' | 'any';

const PORTS_TRIED = 500;

export async function isPortFree(port: number): Promise<boolean> {
  return (await listenBriefly(port)) !== undefined;
}

/** The first wanted port that is free, else the next free one after the last of them. */
export async function nextFreePort(wanted: readonly [number, ...number[]]): Promise<number> {
  for (const port of wanted) {
    if (await isPortFree(port)) return port;
  }
  const last = wanted[wanted.length - 1] ?? wanted[0];
  for (let port = last + 1; port <= Math.min(last + PORTS_TRIED, 65_535); port++) {
    if (await isPortFree(port)) return port;
  }
  throw new SchedulerError(
    'LOCAL_STACK',
    `None of the ${PORTS_TRIED} ports after ${last} is free on ${LOOPBACK}: end what listens there.`,
  );
}

export async function anyFreePort(): Promise<number> {
  const port = await listenBriefly(0);
  if (port !== undefined) return port;
  throw new SchedulerError('LOCAL_STACK', `No port is free on ${LOOPBACK}.`);
}

function listenBriefly(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(undefined);
    });
    server.listen({ host: LOOPBACK, port, exclusive: true }, () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : undefined);
      });
    });
  });
}
