import { Command, InvalidArgumentError, Option } from 'commander';
import type { ScheduleRunInput } from '../../contracts/schedule-run.ts';
import { parseDay } from '../../domain/calendar.ts';

export function planCommand(): Command {
  return new Command('plan').description('plan an organization’s mails').addCommand(runCommand());
}

interface RunOptions {
  readonly organization: string;
  readonly asOf?: string;
  readonly fresh?: true;
  readonly batchSize?: number;
  readonly dryRun?: true;
  readonly ifRunning: 'refuse' | 'queue';
  readonly json?: true;
}

function runCommand(): Command {
  return new Command('run')
    .description('start a planning run and follow it; Ctrl-C leaves it going')
    .requiredOption('--organization <name>', 'whose contacts')
    .option(
      '--as-of <date>',
      'the first day to plan for, YYYY-MM-DD; default: the organization’s today, or tomorrow once today is claimed or over. A sandbox’s today goes there and never back',
      day,
    )
    .option('--fresh', 'ignore the plan in force and draw everything anew')
    .option(
      '--batch-size <contacts>',
      'contacts per batch; default: run.batch_size of the configuration',
      batchSize,
    )
    .option('--dry-run', 'compute and store, but do not publish')
    .addOption(
      new Option('--if-running <choice>', 'what to do while another run is going on')
        .choices(['refuse', 'queue'])
        .default('refuse'),
    )
    .option('--json', 'for programs')
    .action(planRun);
}

async function planRun(options: RunOptions): Promise<void> {
  const [
    { resolveAddresses },
    { startAndFollowRun },
    { ProgressLine },
    { runSummaryText },
    { interruption },
  ] = await Promise.all([
    import('../environment.ts'),
    import('../start-run.ts'),
    import('../output/progress-line.ts'),
    import('../output/run-summary.ts'),
    import('../signals.ts'),
  ]);
  const addresses = resolveAddresses();
  const progress = new ProgressLine(addresses);
  const followed = await startAndFollowRun(addresses, inputOf(options), progress, interruption()).finally(
    () => {
      progress.stop();
    },
  );
  if (followed === 'left') {
    console.log(
      `The run goes on. Follow it in Temporal Web${addresses.temporalWeb === null ? '' : ` (${addresses.temporalWeb})`} or by \`npx email-scheduler temporal workflow show --workflow-id ${progress.workflowId}\`.`,
    );
    return;
  }
  if (options.json) console.log(JSON.stringify({ workflowId: followed.workflowId, ...followed.summary }));
  else console.log(`\n${runSummaryText(followed.summary, followed.progress?.phaseMs ?? {})}`);
}

function inputOf({ organization, asOf, fresh, batchSize, dryRun, ifRunning }: RunOptions): ScheduleRunInput {
  return {
    organization,
    ifRunning,
    ...(asOf === undefined ? {} : { asOf }),
    ...(fresh === undefined ? {} : { fresh }),
    ...(batchSize === undefined ? {} : { batchSize }),
    ...(dryRun === undefined ? {} : { dryRun }),
  };
}

function day(text: string): string {
  if (parseDay(text) === null) throw new InvalidArgumentError('Allowed: a day that exists, as YYYY-MM-DD.');
  return text;
}

function batchSize(text: string): number {
  const size = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(size) || size < 100 || size > 100_000) {
    throw new InvalidArgumentError('Allowed: a whole number from 100 to 100000.');
  }
  return size;
}
