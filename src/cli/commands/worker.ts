import { Command } from 'commander';
import { readEnvironment, resolveAddresses } from '../environment.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .description('run a worker: any number of them, on any machine that reaches PostgreSQL and Temporal')
    .action(async () => {
      const environment = readEnvironment();
      const { databaseUrl, temporalAddress, namespace } = resolveAddresses(environment);
      const { runWorker } = await import('../../worker/main.ts');
      await runWorker({
        databaseUrl,
        temporalAddress,
        namespace,
        configurationFolder: environment.configurationFolder,
        environment: environment.environmentName ?? null,
      });
    });
}
