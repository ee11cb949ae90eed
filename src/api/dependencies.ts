import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { LinkKeys } from '../db/link-keys.ts';
import type { ChangeFollower } from './follow-changes.ts';

/** What routes work with. */
export interface ApiDependencies {
  readonly pool: Pool;
  readonly keys: LinkKeys;
  readonly follower: ChangeFollower;
  readonly logger: Logger;
  readonly now: () => number;
  /** Whose settings apply (EMAIL_SCHEDULER_ENVIRONMENT). */
  readonly environment: string | null;
}

export interface TokenRoute {
  Params: { token: string };
}
