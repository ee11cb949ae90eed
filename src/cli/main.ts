import { Command } from 'commander';
import { apiCommand } from './commands/api.ts';
import { auditLogCommand } from './commands/audit-log.ts';
import { calendarCommand } from './commands/calendar.ts';
import { campaignsCommand } from './commands/campaigns.ts';
import { contactsCommand } from './commands/contacts.ts';
import { demoCommand } from './commands/demo.ts';
import { explainCommand } from './commands/explain.ts';
import { infoCommand } from './commands/info.ts';
import { migrateCommand } from './commands/migrate.ts';
import { organizationsCommand } from './commands/organizations.ts';
import { planCommand } from './commands/plan.ts';
import { rulesCommand } from './commands/rules.ts';
import { runsCommand } from './commands/runs.ts';
import { sandboxCommand } from './commands/sandbox.ts';
import { suppressionsCommand } from './commands/suppressions.ts';
import { templatesCommand } from './commands/templates.ts';
import { temporalCommand } from './commands/temporal.ts';
import { upCommand } from './commands/up.ts';
import { workerCommand } from './commands/worker.ts';
import { reportFailure } from './failure.ts';
import { TERMINAL_COLUMNS } from './output/wrap.ts';
import { VERSION } from './version.ts';

/** Every command; what only one of them needs is imported when it runs, so that the others start quickly. */
const COMMANDS = [
  demoCommand,
  upCommand,
  infoCommand,
  migrateCommand,
  workerCommand,
  apiCommand,
  temporalCommand,
  organizationsCommand,
  contactsCommand,
  campaignsCommand,
  suppressionsCommand,
  templatesCommand,
  planCommand,
  runsCommand,
  explainCommand,
  calendarCommand,
  auditLogCommand,
  rulesCommand,
  sandboxCommand,
];

/** Runs one command line; the exit code is 0 for done, 1 for failed, 2 for wrong use. */
export async function main(args: readonly string[]): Promise<void> {
  endQuietlyWithReader();
  const asJson = args.includes('--json');
  const program = createProgram();
  prepare(program, asJson);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = reportFailure(error, asJson);
  }
}

/** Beside long options, too, what they are is broken between words. */
const LEAST_COLUMNS_OF_HELP = 20;

/** The tree of all commands. */
export function createProgram(): Command {
  const program = new Command('email-scheduler')
    .description('Plans the yearly mails of insurance agencies.')
    .version(VERSION)
    .enablePositionalOptions()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong use. `npm run demo` shows everything on a sample organization.',
    );
  for (const command of COMMANDS) program.addCommand(command());
  limitHelp(program);
  return program;
}

function limitHelp(command: Command): void {
  const { isTTY, columns } = process.stdout;
  const helpWidth = isTTY ? Math.min(columns, TERMINAL_COLUMNS) : TERMINAL_COLUMNS;
  command.configureHelp({ helpWidth, minWidthToWrap: LEAST_COLUMNS_OF_HELP });
  for (const each of command.commands) limitHelp(each);
}

/** A reader such as `head` that has seen enough is no failure. */
function endQuietlyWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    // As Ctrl-C does: a command that has started servers stops them first.
    if (process.listenerCount('SIGTERM') > 0) process.emit('SIGTERM');
    else process.exit(0);
  });
}

/** Settings that commander does not hand down to commands that are added. */
function prepare(command: Command, asJson: boolean): void {
  command.exitOverride().configureOutput({
    outputError: (text, write) => {
      if (!asJson) write(text);
    },
  });
  command.showHelpAfterError(asJson ? false : `(\`npx ${pathOf(command)} --help\` says more)`);
  for (const each of command.commands) prepare(each, asJson);
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
