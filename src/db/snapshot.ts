import type { Pool, PoolClient } from 'pg';

/**
 * Runs the work on one snapshot of the database: what its statements read fits together, and nothing is written.
 * If it throws, the connection is thrown away, whatever it is in the middle of: a COPY that nobody reads any more
 * would keep a ROLLBACK waiting for ever.
 */
export async function inSnapshot<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  // The server may go while no query is under way; unheard, that error would end the process.
  const onConnectionLost = (): void => undefined;
  client.on('error', onConnectionLost);
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const result = await work(client);
    await client.query('COMMIT');
    client.off('error', onConnectionLost);
    client.release();
    return result;
  } catch (error) {
    client.release(true);
    throw error;
  }
}
