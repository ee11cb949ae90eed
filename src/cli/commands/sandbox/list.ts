import { Command } from 'commander';
import { readEnvironment } from '../../environment.ts';
import { dayArgument, jsonOption, organizationOption, wholeNumberArgument } from '../../options.ts';

interface ListOptions {
  readonly organization: string;
  readonly day?: string;
  readonly limit: number;
  readonly json?: true;
}

const MAX_LIMIT = 10_000;

export function sandboxListCommand(): Command {
  return new Command('list')
    .description('messages in the sandbox, the latest first')
    .addOption(organizationOption('whose messages'))
    .option('--day <date>', 'only those of this day, YYYY-MM-DD', dayArgument)
    .option('--limit <count>', 'how many', wholeNumberArgument(1, MAX_LIMIT), 50)
    .addOption(jsonOption())
    .action(list);
}

async function list({ organization, day, limit, json }: ListOptions): Promise<void> {
  const [{ listSandboxMessages, listSandboxOrganizations }, { sandboxListJson, sandboxListText }] =
    await Promise.all([
      import('../../../delivery/sandbox-messages.ts'),
      import('../../output/sandbox-list.ts'),
    ]);
  const { sandboxFolder: folder } = readEnvironment();
  const filter = { organization, day: day ?? null, limit };
  const listed = await listSandboxMessages(folder, filter);
  if (json) {
    console.log(JSON.stringify(sandboxListJson(listed, folder, organization), null, 2));
    return;
  }
  const others = listed.messages.length > 0 ? [] : await listSandboxOrganizations(folder);
  console.log(sandboxListText(listed, { ...filter, folder, organizations: others }));
}
