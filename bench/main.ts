/** `npm run bench`: measures here and now, says what came out, and keeps it as JSON. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { CHECKOUT } from '../src/cli/environment.ts';
import { reportFailure } from '../src/cli/failure.ts';
import { interruption } from '../src/cli/signals.ts';
import { assertSafe, readMachine, readServers, warningsOf, type Servers } from './environment.ts';
import { scenario, type Scenario, type WithStack } from './scenario.ts';

/** Imported when they are run, so that wrong use is answered quickly. */
const SCENARIOS: Readonly<Record<string, () => Promise<Scenario>>> = {
  plan: async () => {
    const { measurePlan } = await import('./scenarios/plan.ts');
    const { planText } = await import('./scenarios/plan-report.ts');
    return scenario(
      'a first plan and the next day’s, against the bare COPY of its rows',
      measurePlan,
      planText,
    );
  },
  campaigns: async () => {
    const { measurePlanWithCampaigns } = await import('./scenarios/plan.ts');
    const { planText } = await import('./scenarios/plan-report.ts');
    return scenario(
      'the same with two campaigns to all contacts and one with 20,000 targets',
      measurePlanWithCampaigns,
      planText,
    );
  },
  enrolment: async () => {
    const { measureEnrolment } = await import('./scenarios/enrolment.ts');
    const { enrolmentText } = await import('./scenarios/enrolment-report.ts');
    return scenario(
      'from an enrolment to its place in the plan in force, against the bare queries that it needs',
      measureEnrolment,
      enrolmentText,
    );
  },
  import: async () => {
    const { measureImport } = await import('./scenarios/import.ts');
    const { importText } = await import('./scenarios/import-report.ts');
    return scenario(
      'a CSV file into a new organization, against the bare COPY of its rows',
      measureImport,
      importText,
    );
  },
};

const [MIN_CONTACTS, MAX_CONTACTS] = [1_000, 3_000_000] as const;
const DEFAULT_SIZES: readonly number[] = [300_000];
const DEFAULT_OUTPUT = join(CHECKOUT, 'bench/results/latest.json');

interface Options {
  readonly contacts: readonly number[];
  readonly output: string;
}

export async function main(args: readonly string[]): Promise<void> {
  const signal = interruption();
  const command = new Command('npm run bench --')
    .description('Measures how fast email-scheduler is on this machine; bench/README.md says how to read it.')
    .addArgument(new Argument('[scenario]', 'default: all of them').choices(Object.keys(SCENARIOS)))
    .addOption(
      new Option('--contacts <numbers>', 'one size, or several parted by commas')
        .argParser(sizes)
        .default(DEFAULT_SIZES, DEFAULT_SIZES.join(',')),
    )
    .option('--output <file.json>', 'where the results go', DEFAULT_OUTPUT)
    .exitOverride()
    .showHelpAfterError('(`npm run bench -- --help` says more)')
    .action((name: string | undefined, options: Options) => bench(name, options, signal));
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (signal.aborted) console.error('Interrupted; nothing was stored.');
    process.exitCode = signal.aborted ? 1 : reportFailure(error, false);
  }
}

async function bench(name: string | undefined, options: Options, signal: AbortSignal): Promise<void> {
  const { withBenchStack } = await import('./stack.ts');
  const report = (line: string): void => {
    console.error(line);
  };
  const machine = await readMachine();
  for (const warning of warningsOf(machine)) report(`Warning: ${warning}`);
  let servers: Servers | undefined;
  const withStack: WithStack = (contacts, work) =>
    withBenchStack({ report, signal }, async (stack) => {
      servers = await readServers(stack);
      assertSafe(servers.postgres.settings);
      return work({ stack, contacts, report, signal });
    });
  const results: Record<string, readonly object[]> = {};
  for (const each of name === undefined ? Object.keys(SCENARIOS) : [name]) {
    const { description, measure } = await SCENARIOS[each]!();
    const measured = await measure(withStack, options.contacts);
    results[each] = measured.results;
    console.log(`\n${each}: ${description}\n\n${measured.text}\n`);
  }
  const warnings = warningsOf(machine, servers);
  for (const warning of warnings) console.log(`Warning: ${warning}`);
  store(options.output, { environment: { ...machine, ...servers }, warnings, results });
}

function store(output: string, content: object): void {
  const file = resolve(output);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  console.log(`All numbers: ${file}`);
}

function sizes(text: string): number[] {
  const numbers = text.split(',').map((part) => (/^\d+$/.test(part) ? Number(part) : NaN));
  if (numbers.every((contacts) => contacts >= MIN_CONTACTS && contacts <= MAX_CONTACTS)) return numbers;
  throw new InvalidArgumentError(
    `Allowed: whole numbers from ${MIN_CONTACTS} to ${MAX_CONTACTS}, parted by commas.`,
  );
}
