import { Command, InvalidArgumentError } from 'commander';
import { jsonOption, organizationOption } from '../../options.ts';
import { withOrganization } from '../../with-database.ts';

interface Options {
  readonly organization: string;
  readonly limit: number;
  readonly replans?: true;
  readonly json?: true;
}

const MAX_LIMIT = 1000;

export function runsListCommand(): Command {
  return new Command('list')
    .description('the latest planning runs, newest first')
    .addOption(organizationOption())
    .option('--limit <runs>', 'how many', limitArgument, 20)
    .option('--replans', 'list replans, too: single contacts that were planned again in the plan in force')
    .addOption(jsonOption())
    .action(list);
}

async function list({ organization: name, limit, replans, json }: Options): Promise<void> {
  const [{ listAllRuns }, { runListText }, { reportSources }] = await Promise.all([
    import('../../run-list.ts'),
    import('../../output/run-list.ts'),
    import('../../report-sources.ts'),
  ]);
  await withOrganization('runs list', name, async (pool, organization) => {
    const list = await listAllRuns(reportSources(pool), organization, limit, {
      withReplans: replans === true,
    });
    console.log(json ? JSON.stringify(list, null, 2) : runListText(list, organization));
  });
}

function limitArgument(text: string): number {
  const limit = /^\d+$/.test(text) ? Number(text) : 0;
  if (limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new InvalidArgumentError(`Allowed: a whole number from 1 to ${MAX_LIMIT}.`);
}
