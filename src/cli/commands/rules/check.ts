import { relative } from 'node:path';
import { Command } from 'commander';
import { acceptConfigurationFiles } from '../../configuration-files.ts';
import { readEnvironment } from '../../environment.ts';
import { jsonOption } from '../../options.ts';

export function rulesCheckCommand(): Command {
  return new Command('check')
    .description(
      'every problem of state-rules.yaml, and of scheduler.yaml whose settings go with it, by file, line and path',
    )
    .addOption(jsonOption())
    .action(check);
}

async function check({ json }: { readonly json?: true }): Promise<void> {
  const environment = readEnvironment();
  const [{ compileRules }, { InvalidConfiguration }] = await Promise.all([
    import('../../../config/compile-rules.ts'),
    import('../../../config/problem.ts'),
  ]);
  try {
    const rules = compileRules((await acceptConfigurationFiles(environment)).rules);
    const states = new Set(rules.map(({ state }) => state));
    if (json) console.log(JSON.stringify({ rules: rules.length, states: [...states], problems: [] }));
    else console.log(verdictText(environment.configurationFolder, rules.length, states.size));
  } catch (error) {
    if (json === undefined || !(error instanceof InvalidConfiguration)) throw error;
    // All of them, where an error of other commands names the first.
    console.log(JSON.stringify({ rules: null, states: null, problems: error.problems }));
    process.exitCode = 1;
  }
}

function verdictText(folder: string, rules: number, states: number): string {
  const name = relative('', folder) === '' ? 'this folder' : relative('', folder);
  return `No problem in ${name}: ${counted(rules, 'rule')} of ${counted(states, 'state')}.`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
