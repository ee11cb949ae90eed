import { Command } from 'commander';
import { templatesCheckCommand } from './templates/check.ts';
import { templatesPreviewCommand } from './templates/preview.ts';

export function templatesCommand(): Command {
  return new Command('templates')
    .description('the texts of mails')
    .addCommand(templatesCheckCommand())
    .addCommand(templatesPreviewCommand());
}
