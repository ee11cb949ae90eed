/** What every command of the checkout needs first: a Node that is new enough, and the packages. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first 20 that the test runner and the TypeScript loader take. */
const OLDEST_NODE = [20, 19];

export const checkout = dirname(dirname(fileURLToPath(import.meta.url)));

/** Ends the process with a sentence if Node is too old; installs the packages unless they are there. */
export function ensureInstalled({ withTools }) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    fail(
      `email-scheduler needs Node ${OLDEST_NODE.join('.')} or later, and this is ${process.versions.node}.`,
    );
  }
  if (isInstalled(withTools)) return;
  console.error('Installing the npm packages (npm ci) …');
  // What npm prints goes to stderr: stdout belongs to the command, which may be read by a program.
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: checkout,
    stdio: ['inherit', 2, 2],
  });
  if (npm.status !== 0) fail('npm ci failed; what it printed above says why.');
}

/** Whether node_modules holds what package-lock.json asks for, by version rather than by file times. */
function isInstalled(withTools) {
  const wanted = readPackages(join(checkout, 'package-lock.json'));
  const found = readPackages(join(checkout, 'node_modules/.package-lock.json'));
  return Object.entries(wanted).every(([path, { version, dev, devOptional, optional }]) => {
    const isLeftOut = path === '' || optional || ((dev || devOptional) && !withTools);
    return isLeftOut || found[path]?.version === version;
  });
}

function readPackages(lockFile) {
  try {
    return JSON.parse(readFileSync(lockFile, 'utf8')).packages;
  } catch {
    return {};
  }
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
