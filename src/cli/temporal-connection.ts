import { Client, Connection } from '@temporalio/client';
import type { Addresses } from './environment.ts';
import { temporalUnreachable } from './unreachable.ts';

const CONNECT_LIMIT_MS = 5_000;

/** @throws SchedulerError TEMPORAL_UNREACHABLE if nobody answers at the address */
export async function connectToTemporal(address: string): Promise<Connection> {
  try {
    // Without the SDK's retries: one that waits for its turn when the connection is closed ends the process.
    return await Connection.connect({ address, interceptors: [], connectTimeout: CONNECT_LIMIT_MS });
  } catch (error) {
    throw temporalUnreachable(address, error);
  }
}

/** Gives a command a client of the Temporal server for its time. */
export async function withTemporal<T>(
  { temporalAddress, namespace }: Pick<Addresses, 'temporalAddress' | 'namespace'>,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await connectToTemporal(temporalAddress);
  try {
    return await work(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}
