import { Command } from 'commander';
import { addSuppressionCommand } from './suppressions/add.ts';
import { importSuppressionsCommand } from './suppressions/import.ts';
import { listSuppressionsCommand } from './suppressions/list.ts';
import { removeSuppressionCommand } from './suppressions/remove.ts';

export function suppressionsCommand(): Command {
  return new Command('suppressions')
    .description('addresses that are not mailed: unsubscribed, bounced, complained, erased')
    .addCommand(addSuppressionCommand())
    .addCommand(removeSuppressionCommand())
    .addCommand(listSuppressionsCommand())
    .addCommand(importSuppressionsCommand());
}
