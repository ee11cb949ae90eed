import type { Pool, PoolClient } from 'pg';

/** Runs the work in one transaction; whatever it throws rolls it back. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // The server may go while no query is under way; unheard, that error would end the process.
  const onConnectionLost = (error: Error): void => {
    broken = error;
  };
  client.on('error', onConnectionLost);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((rollbackError: unknown) => {
      broken = rollbackError instanceof Error ? rollbackError : new Error(String(rollbackError));
    });
    throw error;
  } finally {
    client.off('error', onConnectionLost);
    // A connection that could not even roll back is closed, not handed out again.
    client.release(broken);
  }
}
