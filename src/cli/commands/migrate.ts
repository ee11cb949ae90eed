import { Command } from 'commander';
import { readEnvironment, resolveDatabaseUrl } from '../environment.ts';

export function migrateCommand(): Command {
  return new Command('migrate')
    .description('bring the schema of the database up to this version')
    .action(async () => {
      const databaseUrl = resolveDatabaseUrl(readEnvironment());
      const { migrate } = await import('../../db/migrate.ts');
      const applied = await migrate(databaseUrl, console.log);
      console.log(
        applied.length === 0 ? 'database: up to date' : `database: ${applied.length} migration(s) applied`,
      );
    });
}
