import type { Pool } from 'pg';
import { resolveAddresses } from './environment.ts';
import type { ReportSources } from './run-report.ts';
import { askTemporal } from './runs-in-temporal.ts';

/** Where the commands about runs ask: the database, and the Temporal server of this environment, if it is there. */
export function reportSources(pool: Pool): ReportSources {
  return {
    pool,
    askTemporal: async (question) => askTemporal(resolveAddresses(), question),
    nowMs: Date.now(),
  };
}
