import { Command } from 'commander';
import { jsonOption, organizationOption, wholeNumberArgument } from '../../options.ts';
import { planListText } from '../../output/plan-list.ts';
import { withOrganization } from '../../with-database.ts';

interface ListOptions {
  readonly organization: string;
  readonly limit: number;
  readonly json?: true;
}

export function planListCommand(): Command {
  return new Command('list')
    .description('published plans and the dry runs of the last 7 days, the newest first')
    .addOption(organizationOption('whose plans'))
    .option('--limit <number>', 'how many at most', wholeNumberArgument(1, 10_000), 30)
    .addOption(jsonOption())
    .action(planList);
}

async function planList({ organization: name, limit, json }: ListOptions): Promise<void> {
  await withOrganization('plan list', name, async (pool, organization) => {
    const { listPlans } = await import('../../../db/queries/list-plans.ts');
    const list = await listPlans(pool, organization.id, limit);
    console.log(json ? JSON.stringify(list, null, 2) : planListText(list, organization.timeZone));
  });
}
