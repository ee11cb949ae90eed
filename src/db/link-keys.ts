/** The keys that links of mails are signed with, as this process knows them. */
import type { ClientBase, Pool } from 'pg';
import type { LinkKey } from '../contracts/link-key.ts';

const KEPT_MS = 60_000;

export class LinkKeys {
  private readonly pool: Pool;
  private readonly nowMs: () => number;
  private reading: Promise<readonly LinkKey[]> | null = null;
  private readAtMs = -Infinity;

  constructor(pool: Pool, nowMs: () => number) {
    this.pool = pool;
    this.nowMs = nowMs;
  }

  /**
   * All keys, newest first. Another process that rotates them goes unnoticed for a minute at most: what is signed
   * with the former key until then is good as ever.
   * @param maxAgeMs less, for who meets a link of a key that is not there
   */
  async read(maxAgeMs = KEPT_MS): Promise<readonly LinkKey[]> {
    const nowMs = this.nowMs();
    if (this.reading !== null && nowMs - this.readAtMs <= maxAgeMs) return this.reading;
    const former = this.reading;
    this.readAtMs = nowMs;
    const reading = listLinkKeys(this.pool).catch((error: unknown) => {
      // A key is never taken back, so that those of before are good while the database is away.
      if (former !== null) return former;
      this.reading = null;
      throw error;
    });
    this.reading = reading;
    return reading;
  }
}

async function listLinkKeys(db: Pool): Promise<readonly LinkKey[]> {
  const { rows } = await db.query<LinkKey>(
    'SELECT id, secret, retired_at IS NOT NULL AS "isRetired" FROM link_keys ORDER BY id DESC',
  );
  return rows;
}

/** Signs links with a new key from now on. @returns its id */
export async function rotateLinkKey(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ id: number }>('SELECT rotate_link_key() AS id');
  return rows[0]!.id;
}
