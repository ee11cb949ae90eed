import { Command, InvalidArgumentError, Option } from 'commander';
import type { ScheduleRunInput } from '../../../contracts/schedule-run.ts';
import { followRun } from '../../follow-run.ts';
import { dayArgument, jsonOption, organizationOption } from '../../options.ts';

interface RunOptions {
  readonly organization: string;
  readonly asOf?: string;
  readonly fresh?: true;
  readonly batchSize?: number;
  readonly dryRun?: true;
  readonly ifRunning: 'refuse' | 'queue';
  readonly json?: true;
}

export function planRunCommand(): Command {
  return new Command('run')
    .description('start a planning run and follow it; Ctrl-C leaves it going')
    .addOption(organizationOption('whose contacts'))
    .option(
      '--as-of <date>',
      'the first day to plan for, YYYY-MM-DD; default: the organization’s today, or tomorrow once today is claimed or over. A sandbox’s today goes there and never back',
      dayArgument,
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
    .addOption(jsonOption())
    .action(planRun);
}

async function planRun(options: RunOptions): Promise<void> {
  await followRun(inputOf(options), options);
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

function batchSize(text: string): number {
  const size = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isNaN(size) || size < 100 || size > 100_000) {
    throw new InvalidArgumentError('Allowed: a whole number from 100 to 100000.');
  }
  return size;
}
