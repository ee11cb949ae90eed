import { Command } from 'commander';
import { jsonOption, organizationOption } from '../../options.ts';
import { withOrganization } from '../../with-database.ts';

interface ShowOptions {
  readonly organization: string;
  readonly json?: true;
}

export function contactsShowCommand(): Command {
  return new Command('show')
    .description('a contact as it is, what planning makes of it, and who changed what, when')
    .argument('<contact>', 'its id or external id; id:5 and external:5 tell them apart')
    .addOption(organizationOption('whose contact'))
    .addOption(jsonOption())
    .action(show);
}

async function show(contact: string, { organization: name, json }: ShowOptions): Promise<void> {
  const [{ describeContact }, { contactDescriptionJson, contactDescriptionText }, { inSnapshot }] =
    await Promise.all([
      import('../../describe-contact.ts'),
      import('../../output/contact-description.ts'),
      import('../../../db/snapshot.ts'),
    ]);
  await withOrganization('contacts show', name, async (pool, organization) => {
    const description = await inSnapshot(pool, (client) => describeContact(client, organization, contact));
    if (json) console.log(JSON.stringify(contactDescriptionJson(description), null, 2));
    else console.log(contactDescriptionText(description));
  });
}
