import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Command } from 'commander';
import { readEnvironment, resolveAddresses } from '../environment.ts';

/** What Temporal's CLI answers without a server, or with one that the caller names. */
const NEEDS_NO_ADDRESS = ['--help', '-h', 'help', '--version', '-v', '--address', 'completion'];

export function temporalCommand(): Command {
  return new Command('temporal')
    .description("run Temporal's own command line on the stack that runs here")
    .argument('[arguments...]', "whatever Temporal's command line takes")
    .usage('[arguments...]')
    .helpOption(false)
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (args: readonly string[]) => {
      process.exitCode = await runTemporal(args);
    });
}

async function runTemporal(args: readonly string[]): Promise<number> {
  const { findTemporalBinary } = await import('../../local/temporal-binary.ts');
  const environment = readEnvironment();
  const needsAddress = args.length > 0 && !args.some((arg) => NEEDS_NO_ADDRESS.includes(arg));
  const addresses = needsAddress ? resolveAddresses(environment) : undefined;
  const binary = await findTemporalBinary({
    environment,
    // Its output is read by programs, so what is said on the way goes to stderr.
    report: (line) => {
      console.error(line);
    },
    signal: new AbortController().signal,
  });
  const child = spawn(binary, args, {
    stdio: 'inherit',
    env: {
      ...environment.variables,
      ...(addresses === undefined
        ? {}
        : { TEMPORAL_ADDRESS: addresses.temporalAddress, TEMPORAL_NAMESPACE: addresses.namespace }),
    },
  });
  // Ctrl-C reaches the child by the terminal; this process stays to pass on its exit code.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code ?? 128 + constants.signals[signal ?? 'SIGTERM']);
    });
  });
}
