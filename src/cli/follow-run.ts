import type { RunSummary, ScheduleRunInput } from '../contracts/schedule-run.ts';
import type { FollowedRun } from './start-run.ts';

/**
 * Starts a run, shows its progress on stderr and prints what it came to. Ctrl-C leaves it going.
 * @returns what it came to; `null` if it goes on
 */
export async function followRun(
  input: ScheduleRunInput,
  { json }: { readonly json?: true },
): Promise<RunSummary | null> {
  const followed = await followToEnd(input);
  if (followed === null) return null;
  if (json) {
    console.log(JSON.stringify({ workflowId: followed.workflowId, ...followed.summary }));
  } else {
    const { runSummaryText } = await import('./output/run-summary.ts');
    console.log(`\n${runSummaryText(followed.summary, followed.progress?.phaseMs ?? {})}`);
  }
  return followed.summary;
}

/** As `followRun`, for who prints something else of a run that has ended. */
export async function followToEnd(input: ScheduleRunInput): Promise<FollowedRun | null> {
  const [{ resolveAddresses }, { startAndFollowRun }, { ProgressLine }, { interruption }] = await Promise.all(
    [
      import('./environment.ts'),
      import('./start-run.ts'),
      import('./output/progress-line.ts'),
      import('./signals.ts'),
    ],
  );
  const addresses = resolveAddresses();
  const progress = new ProgressLine(addresses);
  const followed = await startAndFollowRun(addresses, input, progress, interruption()).finally(() => {
    progress.stop();
  });
  if (followed !== 'left') return followed;
  console.log(
    `The run goes on. \`npx email-scheduler runs show --organization ${input.organization}\` says how far it is${addresses.temporalWeb === null ? '' : `, and so does Temporal Web (${addresses.temporalWeb})`}.`,
  );
  return null;
}
