import { Command } from 'commander';
import { parseDay } from '../../domain/calendar.ts';
import { dayArgument, jsonOption, organizationOption } from '../options.ts';
import { withOrganization } from '../with-database.ts';

interface ExplainOptions {
  readonly organization: string;
  readonly contact: string;
  readonly asOf?: string;
  readonly json?: true;
}

export function explainCommand(): Command {
  return new Command('explain')
    .description('why a contact is mailed when it is, and why not: every rule that was asked, and its answer')
    .addOption(organizationOption('whose contact'))
    .requiredOption('--contact <id>', 'its id or external id; id:5 and external:5 tell them apart')
    .option(
      '--as-of <date>',
      'what planning as of that day would do for this contact alone, YYYY-MM-DD; nothing is stored. Default: the plan in force, as it was made',
      dayArgument,
    )
    .addOption(jsonOption())
    .action(explain);
}

async function explain({ organization: name, contact, asOf, json }: ExplainOptions): Promise<void> {
  const [{ explainContact }, { explanationJson }, { explanationText }, { loadHash32 }] = await Promise.all([
    import('../explain/explain-contact.ts'),
    import('../output/explanation-json.ts'),
    import('../output/explanation-text.ts'),
    import('../../domain/xxhash32.ts'),
  ]);
  const request = asOf === undefined ? null : await asOfRequest(asOf);
  await withOrganization('explain', name, async (pool, organization) => {
    const asked = { organization, reference: contact, hash: await loadHash32() };
    const explanation = await explainContact(pool, asked, request);
    if (json) console.log(JSON.stringify(explanationJson(explanation), null, 2));
    else console.log(explanationText(explanation));
  });
}

async function asOfRequest(asOf: string) {
  const [{ acceptConfigurationFiles }, { readEnvironment }] = await Promise.all([
    import('../configuration-files.ts'),
    import('../environment.ts'),
  ]);
  const environment = readEnvironment();
  return {
    asOfDay: parseDay(asOf)!,
    files: await acceptConfigurationFiles(environment),
    environment: environment.environmentName ?? null,
    nowMs: Date.now(),
  };
}
