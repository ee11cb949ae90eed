import { Command } from 'commander';

export function upCommand(): Command {
  return new Command('up')
    .description('start the local stack, migrate its database, run a worker and the API, until Ctrl-C')
    .action(up);
}

async function up(): Promise<void> {
  const [{ bringUp }, { interruption, untilAborted }, { addressLines }] = await Promise.all([
    import('../bring-up.ts'),
    import('../signals.ts'),
    import('./info.ts'),
  ]);
  const report = (line: string): void => {
    console.log(line);
  };
  const signal = interruption();
  try {
    const running = await bringUp({ report, signal });
    for (const line of addressLines(running.addresses, running.home)) report(line);
    report('Ctrl-C stops everything.');
    await untilAborted(signal);
    report('Stopping …');
    await running.stop();
    report('Stopped.');
  } catch (error) {
    if (!signal.aborted) throw error;
    report('Stopped before everything was up.');
  }
}
