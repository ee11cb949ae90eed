/** Commands that messages name are typed as they stand. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/main.ts';

const SOURCES = resolve(import.meta.dirname, '../../../src');
/** A server elsewhere has Temporal's own command line. */
const COMMANDS = createProgram()
  .commands.map((command) => command.name())
  .filter((name) => name !== 'temporal');
const SPAN = `(email-scheduler|${COMMANDS.join('|')}) [a-z]`;
/** In a code span of a template or of a quoted text: the program or one of its commands, without npx. */
const WITHOUT_NPX = new RegExp(`\\\\\`${SPAN}|'[^'\`]*\`${SPAN}[^'\`]*\`[^']*'`);

function messagesWithoutNpx(): string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  return files.flatMap((file) =>
    readFileSync(join(SOURCES, file), 'utf8')
      .split('\n')
      .filter((line) => !/^\s*(\*|\/\*|\/\/)/.test(line) && WITHOUT_NPX.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
}

test('every command in a message begins with npx', () => {
  expect(messagesWithoutNpx()).toEqual([]);
});
