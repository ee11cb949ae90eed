import { Command, Option } from 'commander';
import { jsonOption, wholeNumberArgument } from '../../options.ts';

interface CheckOptions {
  readonly organization?: string;
  readonly contacts: number;
  readonly json?: true;
}

const MAX_CONTACTS = 10_000;
const DEFAULT_CONTACTS = 300;

export function templatesCheckCommand(): Command {
  return new Command('check')
    .description(
      'renders every template for made-up contacts, and for contacts of an organization; names every fault by file, line and variable',
    )
    .option('--organization <name>', 'also for its contacts and campaigns, by its settings')
    .addOption(
      new Option('--contacts <number>', 'how many of its contacts, from everywhere among them')
        .argParser(wholeNumberArgument(1, MAX_CONTACTS))
        .default(DEFAULT_CONTACTS),
    )
    .addOption(jsonOption())
    .action(check);
}

async function check({ organization, contacts, json }: CheckOptions): Promise<void> {
  const [{ checkOfOrganization, checkOfShipped }, { hasFaults, templateCheckJson, templateCheckText }] =
    await Promise.all([import('../../templates/run-check.ts'), import('../../output/template-check.ts')]);
  const report =
    organization === undefined ? await checkOfShipped() : await checkOfOrganization(organization, contacts);
  if (json) console.log(JSON.stringify(templateCheckJson(report), null, 2));
  else console.log(templateCheckText(report));
  if (hasFaults(report)) process.exitCode = 1;
}
