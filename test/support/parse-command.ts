import type { Command } from 'commander';
import { createProgram } from '../../src/cli/main.ts';

/**
 * Parses words after `email-scheduler` as the program does, without doing anything.
 * @returns the name of the command that they call. Rejects with what commander says of wrong use.
 */
export async function parseCommand(words: readonly string[]): Promise<string> {
  const program = createProgram();
  let called = '';
  const disarm = (each: Command): void => {
    each.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
    for (const child of each.commands) disarm(child);
    // One that only has others prints its help.
    if (each.commands.length > 0) return;
    each.action(() => {
      called = each.name();
    });
  };
  disarm(program);
  await program.parseAsync(words, { from: 'user' });
  return called;
}
