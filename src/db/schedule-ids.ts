import type { ClientBase } from 'pg';

/** A block of the sequence is so many row ids; a round trip for thousands of rows instead of each. */
const BLOCK_IDS = 1024;

/** Hands out ids for rows that enter a plan for the first time. Ids are never given twice; gaps are fine. */
export class ScheduleIds {
  private readonly firstIds: number[];
  private used = 0;

  private constructor(firstIds: number[]) {
    this.firstIds = firstIds;
  }

  static async reserve(client: ClientBase, count: number): Promise<ScheduleIds> {
    const blocks = Math.ceil(count / BLOCK_IDS);
    const { rows } = await client.query<{ block: string }>(
      "SELECT nextval('schedule_id_blocks') AS block FROM generate_series(1, $1)",
      [blocks],
    );
    return new ScheduleIds(rows.map(({ block }) => Number(block) * BLOCK_IDS));
  }

  next(): number {
    const id = this.firstIds[Math.floor(this.used / BLOCK_IDS)]! + (this.used % BLOCK_IDS);
    this.used += 1;
    return id;
  }
}
