import { Command } from 'commander';
import { sandboxListCommand } from './sandbox/list.ts';
import { sandboxShowCommand } from './sandbox/show.ts';

export function sandboxCommand(): Command {
  return new Command('sandbox')
    .description('the finished messages that the sandbox wrote instead of sending them')
    .addCommand(sandboxListCommand())
    .addCommand(sandboxShowCommand());
}
