import type { ClientBase } from 'pg';

/** A block of the sequence is so many row ids; a round trip for thousands of rows instead of each. */
const BLOCK_IDS = 1024;

/** Hands out ids for rows that enter a plan for the first time. Ids are never given twice; gaps are fine. */
export class ScheduleIds {
  private readonly client: ClientBase;
  private readonly firstIds: number[] = [];
  private used = 0;

  constructor(client: ClientBase) {
    this.client = client;
  }

  /** Makes sure that so many can be taken; asks for as many again as it has had, so that it seldom asks. */
  async reserve(count: number): Promise<void> {
    const missing = Math.ceil((this.used + count) / BLOCK_IDS) - this.firstIds.length;
    if (missing <= 0) return;
    const blocks = Math.max(missing, this.firstIds.length);
    const { rows } = await this.client.query<{ block: string }>(
      "SELECT nextval('schedule_id_blocks') AS block FROM generate_series(1, $1)",
      [blocks],
    );
    for (const { block } of rows) this.firstIds.push(Number(block) * BLOCK_IDS);
  }

  /** One of those that were reserved. */
  next(): number {
    const id = this.firstIds[Math.floor(this.used / BLOCK_IDS)]! + (this.used % BLOCK_IDS);
    this.used += 1;
    return id;
  }
}
