import { Command } from 'commander';
import { readEnvironment, resolveAddresses } from '../environment.ts';

export function workerCommand(): Command {
  return new Command('worker')
    .description('run a worker: any number of them, on any machine that reaches PostgreSQL and Temporal')
    .option('--check', 'run none, but say whether one of this host asks Temporal for work')
    .action(({ check }: { check?: true }) => (check ? checkOne() : runOne()));
}

async function runOne(): Promise<void> {
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
}

async function checkOne(): Promise<void> {
  const addresses = resolveAddresses(readEnvironment());
  const { checkWorker } = await import('../../worker/check-worker.ts');
  const { identity } = await checkWorker(addresses, Date.now);
  console.log(`The worker ${identity} asks for work.`);
}
