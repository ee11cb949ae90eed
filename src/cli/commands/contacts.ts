import { Command } from 'commander';
import { contactsChangeCommand } from './contacts/change.ts';
import { contactsDeleteCommand } from './contacts/delete.ts';
import { contactsImportCommand } from './contacts/import.ts';
import { contactsShowCommand } from './contacts/show.ts';

export function contactsCommand(): Command {
  return new Command('contacts')
    .description('the contacts of an organization')
    .addCommand(contactsImportCommand())
    .addCommand(contactsShowCommand())
    .addCommand(contactsChangeCommand())
    .addCommand(contactsDeleteCommand());
}
