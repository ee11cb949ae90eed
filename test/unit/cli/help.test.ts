import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/main.ts';
import { TERMINAL_COLUMNS } from '../../../src/cli/output/wrap.ts';

function all(command: Command): Command[] {
  return [command, ...command.commands.flatMap(all)];
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

test.each(all(createProgram()).map((command) => [pathOf(command), command] as const))(
  '`%s --help` fits into a terminal',
  (_path, command) => {
    let text = '';
    command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp();
    expect(text).toContain('Usage:');
    expect(text.split('\n').filter((line) => line.length > TERMINAL_COLUMNS)).toEqual([]);
  },
);
