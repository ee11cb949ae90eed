/** The plan in force follows what people do on pages, which do not wait for it. */
import type { Client } from '@temporalio/client';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { planChanges } from '../client/plan-changes.ts';

interface Followed {
  readonly id: number;
  readonly name: string;
}

export interface FollowerOptions {
  readonly pool: Pool;
  readonly connect: () => Promise<Client>;
  readonly logger: Logger;
}

/** One at a time for each organization: whatever has changed meanwhile is planned together after it. */
export class ChangeFollower {
  private readonly options: FollowerOptions;
  private readonly going = new Map<number, Promise<void>>();
  private readonly waiting = new Set<number>();

  constructor(options: FollowerOptions) {
    this.options = options;
  }

  /** Returns at once. */
  follow(organization: Followed): void {
    if (this.going.has(organization.id)) {
      this.waiting.add(organization.id);
      return;
    }
    const going = this.plan(organization).finally(() => {
      this.going.delete(organization.id);
      if (this.waiting.delete(organization.id)) this.follow(organization);
    });
    this.going.set(organization.id, going);
  }

  /** Waits until nothing is going on. */
  async settled(): Promise<void> {
    while (this.going.size > 0) await Promise.all(this.going.values());
  }

  /** What fails here is found by the sweep of a worker (ARCHITECTURE.md, The way of a change). */
  private async plan(organization: Followed): Promise<void> {
    const { pool, connect, logger } = this.options;
    try {
      await planChanges(pool, organization, connect);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      logger.warn({ organization: organization.id, why }, 'the plan in force does not have a change yet');
    }
  }
}
