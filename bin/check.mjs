/** `npm run check`: types, lint, format, import rule, unused code; all of them, even if one fails. */
import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { checkout, ensureInstalled } from './install.mjs';

const CHECKS = [
  ['types', 'tsc', '--noEmit'],
  ['lint', 'eslint', '.', '--max-warnings', '0'],
  ['format', 'prettier', '--check', '.'],
  ['import rule', 'depcruise', 'src', 'workflows', 'activities', 'bench', 'test'],
  ['unused code', 'knip'],
];

ensureInstalled({ withTools: true });

let running;
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    running?.kill(signal);
    process.exit(1);
  });
}

const failed = [];
for (const [name, command, ...args] of CHECKS) {
  console.log(`${name}: ${[command, ...args].join(' ')}`);
  const startedAt = performance.now();
  const passed = await run(command, args);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${name}: ${passed ? 'passed' : 'FAILED'} in ${seconds} s\n`);
  if (!passed) failed.push(name);
}
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}.`);
process.exitCode = failed.length === 0 ? 0 : 1;

function run(command, args) {
  return new Promise((resolve, reject) => {
    running = spawn(command, args, {
      cwd: checkout,
      stdio: 'inherit',
      env: {
        ...process.env,
        PATH: [join(checkout, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      },
    });
    running.once('error', reject);
    running.once('exit', (code) => resolve(code === 0));
  });
}
