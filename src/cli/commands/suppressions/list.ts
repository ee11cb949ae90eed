import { Command } from 'commander';
import type { SuppressionScope } from '../../../contracts/suppression.ts';
import { jsonOption, organizationOption, wholeNumberArgument } from '../../options.ts';
import { withOrganization } from '../../with-database.ts';
import { scopeOption } from './scope-option.ts';

interface ListOptions {
  readonly organization: string;
  readonly address?: string;
  readonly scope?: SuppressionScope;
  readonly limit: number;
  readonly json?: true;
}

const MAX_LIMIT = 100_000;

export function listSuppressionsCommand(): Command {
  return new Command('list')
    .description('suppressed addresses, the latest first')
    .addOption(organizationOption('whose mails'))
    .option('--address <address>', 'only those of this address, in any case')
    .addOption(scopeOption('only those of this scope'))
    .option('--limit <count>', 'how many', wholeNumberArgument(1, MAX_LIMIT), 50)
    .addOption(jsonOption())
    .action(list);
}

async function list({ organization: name, address, scope, limit, json }: ListOptions): Promise<void> {
  const [{ listSuppressions }, { suppressionsText }] = await Promise.all([
    import('../../../db/suppressions.ts'),
    import('../../output/suppression-list.ts'),
  ]);
  await withOrganization('suppressions list', name, async (pool, organization) => {
    const filter = { address: address ?? null, scope: scope ?? null, limit };
    const listed = await listSuppressions(pool, organization.id, filter);
    if (json) console.log(JSON.stringify({ organization: name, ...listed }, null, 2));
    else console.log(suppressionsText(listed, organization, filter));
  });
}
