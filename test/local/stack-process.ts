/** A process that runs a local stack until it is told to end: HOME, and the ports that it prefers. */
import { readLocalEnvironment } from '../../src/local/environment.ts';
import { startStack } from '../../src/local/stack.ts';

const [home, ports, userHome] = process.argv.slice(2);
if (home === undefined || userHome === undefined)
  throw new Error('Give a home, `any` or `preferred`, and a user home.');

const interrupted = new AbortController();
const stack = await startStack({
  home,
  environment: readLocalEnvironment(
    { PATH: process.env.PATH, XDG_CACHE_HOME: process.env.XDG_CACHE_HOME },
    userHome,
  ),
  ports: ports === 'preferred' ? 'preferred' : 'any',
  signal: interrupted.signal,
  report: (line) => process.stderr.write(`${line}\n`),
});
const stop = (): void => {
  void stack.stop().then(() => process.exit(0));
};
process.on('SIGTERM', stop);
// The tests may be interrupted, and then end nothing themselves.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) stop();
}, 500);
const { databaseUrl, temporalAddress, temporalWeb } = stack;
process.stdout.write(`${JSON.stringify({ databaseUrl, temporalAddress, temporalWeb })}\n`);
