import { Command } from 'commander';
import { rulesCheckCommand } from './rules/check.ts';
import { rulesTryCommand } from './rules/try.ts';

export function rulesCommand(): Command {
  return new Command('rules')
    .description('check the state rules, and try them on a day')
    .addCommand(rulesCheckCommand())
    .addCommand(rulesTryCommand());
}
