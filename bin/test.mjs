/**
 * `npm test`: the tests on a PostgreSQL and a Temporal of their own, in a folder that is thrown away.
 * Arguments go to vitest; `--mode browser`, `long`, `crash` and `production` run the tests that are not
 * run by default (vitest.config.ts). DATABASE_URL and TEMPORAL_ADDRESS of the caller are left alone: tests
 * create and drop databases. `production` brings up servers of another kind itself
 * (test/support/production/global-setup.ts), and must not meet these.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { checkout, ensureInstalled } from './install.mjs';

ensureInstalled({ withTools: true });
const { register } = await import('tsx/esm/api');
register();
const { startThrowAwayStack } = await import('../src/cli/throw-away-stack.ts');

/** The caller's own servers are left alone, too. */
const NO_STACK = { databaseUrl: '', temporalAddress: '', namespace: '' };

const interrupted = new AbortController();
let vitest;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    interrupted.abort();
    vitest?.kill(signal);
  });
}

process.exitCode = await run().catch((error) => {
  console.error(
    interrupted.signal.aborted ? 'Interrupted.' : error.name === 'SchedulerError' ? error.message : error,
  );
  return 1;
});

async function run() {
  if (/--mode[= ]production\b/.test(process.argv.join(' '))) return runVitest(NO_STACK);
  const stack = await startThrowAwayStack({
    report: (line) => console.error(line),
    signal: interrupted.signal,
  });
  try {
    return await runVitest(stack);
  } finally {
    await stack.stop();
  }
}

function runVitest({ databaseUrl, temporalAddress, namespace }) {
  if (interrupted.signal.aborted) return 1;
  return new Promise((resolve, reject) => {
    const script = join(checkout, 'node_modules/vitest/vitest.mjs');
    vitest = spawn(process.execPath, [script, 'run', ...process.argv.slice(2)], {
      cwd: checkout,
      stdio: 'inherit',
      env: {
        ...process.env,
        DATABASE_URL: databaseUrl,
        TEMPORAL_ADDRESS: temporalAddress,
        TEMPORAL_NAMESPACE: namespace,
      },
    });
    vitest.once('error', reject);
    vitest.once('exit', (code) => resolve(code ?? 1));
  });
}
