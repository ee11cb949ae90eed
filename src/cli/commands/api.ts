import { Command } from 'commander';
import { DEFAULT_PORTS, LOOPBACK, nextFreePort } from '../../local/ports.ts';
import { readEnvironment, resolveAddresses } from '../environment.ts';
import { wholeNumberArgument } from '../options.ts';
import { rotateKeysCommand } from './api/rotate-keys.ts';

interface ApiCommandOptions {
  readonly host: string;
  readonly port?: number;
}

export function apiCommand(): Command {
  return new Command('api')
    .description('run the HTTP server that the links of mails lead to: unsubscribing, clicks')
    .option(
      '--host <address>',
      'where to listen; it speaks plain HTTP, so let something do TLS before it',
      LOOPBACK,
    )
    .option(
      '--port <number>',
      `default: ${DEFAULT_PORTS.api}, or the next free one`,
      wholeNumberArgument(1, 65_535),
    )
    .action(serve)
    .addCommand(rotateKeysCommand());
}

async function serve({ host, port }: ApiCommandOptions): Promise<void> {
  const environment = readEnvironment();
  const { databaseUrl, temporalAddress, namespace } = resolveAddresses(environment);
  const [{ runApi }, { createLogger }, { databaseUnreachable }] = await Promise.all([
    import('../../api/main.ts'),
    import('../../worker/logger.ts'),
    import('../unreachable.ts'),
  ]);
  try {
    await runApi({
      ...{ databaseUrl, temporalAddress, namespace, host },
      environment: environment.environmentName ?? null,
      port: port ?? (await nextFreePort([DEFAULT_PORTS.api])),
      logger: createLogger(),
    });
  } catch (error) {
    throw databaseUnreachable(error, databaseUrl) ?? error;
  }
}
