import { Command } from 'commander';
import { planDiffCommand } from './plan/diff.ts';
import { planExportCommand } from './plan/export.ts';
import { planListCommand } from './plan/list.ts';
import { planRestoreCommand } from './plan/restore.ts';
import { planRunCommand } from './plan/run.ts';
import { planScheduleCommand } from './plan/schedule.ts';

export function planCommand(): Command {
  return new Command('plan')
    .description('plan an organization’s mails, and look at what was planned')
    .addCommand(planRunCommand())
    .addCommand(planScheduleCommand())
    .addCommand(planListCommand())
    .addCommand(planExportCommand())
    .addCommand(planDiffCommand())
    .addCommand(planRestoreCommand());
}
