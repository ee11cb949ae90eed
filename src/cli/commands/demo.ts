import { Command } from 'commander';
import { readEnvironment, type Addresses } from '../environment.ts';
import { formatDay, parseDay } from '../../domain/calendar.ts';
import type { Running } from '../bring-up.ts';
import type { FollowedRun } from '../start-run.ts';

const ORGANIZATION = 'demo';
/** The first plan of the sample organization is always of this day, so that everybody sees the same. */
const FIRST_AS_OF = '2026-11-23';

export function demoCommand(): Command {
  return new Command('demo')
    .description('bring everything up, plan the sample organization, say where to look; until Ctrl-C')
    .option('--exit', 'stop after the summary')
    .action(demo);
}

async function demo({ exit }: { readonly exit?: true }): Promise<void> {
  const [{ bringUp }, { interruption, untilAborted }] = await Promise.all([
    import('../bring-up.ts'),
    import('../signals.ts'),
  ]);
  const report = (line: string): void => {
    console.log(line);
  };
  const signal = interruption();
  const parts = new Parts();
  let running: Running | undefined;
  try {
    running = await parts.timed('bringing up', bringUp({ report, signal, ifRunning: 'join' }));
    const { addresses } = running;
    const isFirst = await parts.timed('sample organization', importSample(addresses, report));
    const followed = await parts.timed('planning', planSample(addresses, isFirst, signal));
    if (followed !== 'left') await showResult(followed, parts, running, report);
    if (exit !== true && !signal.aborted) {
      report(
        running.isJoined ? 'Ctrl-C leaves; what was running before goes on.' : 'Ctrl-C stops everything.',
      );
      await untilAborted(signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    if (running?.isJoined === false) report('Stopping …');
    await running?.stop();
  }
}

/** How long each part took, in the order in which they came. */
class Parts {
  private readonly parts: string[] = [];

  async timed<T>(name: string, work: Promise<T>): Promise<T> {
    const startedMs = performance.now();
    const result = await work;
    this.parts.push(`${name} ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
    return result;
  }

  toString(): string {
    return this.parts.join(', ');
  }
}

/** Returns whether the organization is new, and so has no plan yet. */
async function importSample({ databaseUrl }: Addresses, report: (line: string) => void): Promise<boolean> {
  const [{ createPool }, { importSampleOrganization }] = await Promise.all([
    import('../../db/pool.ts'),
    import('../sample-organization.ts'),
  ]);
  const pool = createPool({ databaseUrl, max: 1, applicationName: 'email-scheduler demo' });
  try {
    return await importSampleOrganization(pool, ORGANIZATION, readEnvironment(), report);
  } finally {
    await pool.end();
  }
}

async function planSample(
  addresses: Addresses,
  isFirst: boolean,
  signal: AbortSignal,
): Promise<FollowedRun | 'left'> {
  const [{ startAndFollowRun }, { ProgressLine }] = await Promise.all([
    import('../start-run.ts'),
    import('../output/progress-line.ts'),
  ]);
  const progress = new ProgressLine(addresses);
  // A run that an earlier demo has left goes on first.
  const ifRunning = 'queue' as const;
  const input = { organization: ORGANIZATION, ifRunning, ...(isFirst ? { asOf: FIRST_AS_OF } : {}) };
  return startAndFollowRun(addresses, input, progress, signal).finally(() => {
    progress.stop();
  });
}

async function showResult(
  followed: FollowedRun,
  parts: Parts,
  { addresses, home }: Running,
  report: (line: string) => void,
): Promise<void> {
  const [{ runSummaryText }, { addressLines }] = await Promise.all([
    import('../output/run-summary.ts'),
    import('./info.ts'),
  ]);
  report(`\n${runSummaryText(followed.summary, followed.progress?.phaseMs ?? {})}`);
  report(`Parts      ${parts.toString()}\n`);
  for (const line of addressLines(addresses, home)) report(line);
  report(`
Try next:
  npx email-scheduler explain --organization ${ORGANIZATION} --contact S-0003
  npx email-scheduler campaigns instances show rate-increase-2027 --organization ${ORGANIZATION}
  npx email-scheduler plan run --organization ${ORGANIZATION} --as-of ${formatDay(parseDay(followed.summary.asOf)! + 1)}
`);
}
