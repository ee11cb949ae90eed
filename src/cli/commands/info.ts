import { Command } from 'commander';
import { readEnvironment, resolveAddresses, type Addresses } from '../environment.ts';

export function infoCommand(): Command {
  return new Command('info')
    .description('say where the database, Temporal, its Web UI and the API are')
    .option('--json', 'for programs')
    .action(({ json }: { json?: true }) => {
      const environment = readEnvironment();
      const addresses = resolveAddresses(environment);
      if (json) console.log(JSON.stringify({ ...addresses, home: environment.home }, null, 2));
      else for (const line of addressLines(addresses, environment.home)) console.log(line);
    });
}

export function addressLines(addresses: Addresses, home: string): string[] {
  return [
    `Temporal Web  ${addresses.temporalWeb ?? 'that of the given server'}`,
    `Temporal      ${addresses.temporalAddress}, namespace ${addresses.namespace}`,
    `database      ${addresses.databaseUrl}`,
    `API           ${addresses.api ?? 'none runs here'}`,
    `home          ${home}`,
  ];
}
