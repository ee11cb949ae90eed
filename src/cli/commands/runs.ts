import { Command } from 'commander';
import { runsListCommand } from './runs/list.ts';
import { runsRetryCommand } from './runs/retry.ts';
import { runsShowCommand } from './runs/show.ts';

export function runsCommand(): Command {
  return new Command('runs')
    .description('what planning runs did, why one failed, and what to do next')
    .addCommand(runsListCommand())
    .addCommand(runsShowCommand())
    .addCommand(runsRetryCommand());
}
