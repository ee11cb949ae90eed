/** What `templates check` goes by: the files and the configuration, and an organization's contacts and campaigns. */
import { resolveConfiguration } from '../../config/resolve.ts';
import { senderVariables } from '../../delivery/mail-variables.ts';
import { Templates } from '../../delivery/templates.ts';
import type { Configuration } from '../../domain/configuration.ts';
import { dayAt } from '../../domain/time-zone.ts';
import { acceptConfigurationFiles } from '../configuration-files.ts';
import { configurationInForce } from '../configuration-in-force.ts';
import { readEnvironment } from '../environment.ts';
import { organizationToday } from '../organization-today.ts';
import { withOrganization } from '../with-database.ts';
import { checkTemplates, type TemplateCheck } from './check-templates.ts';
import { usesOfCampaigns, usesOfConfiguration } from './template-uses.ts';

export interface TemplateCheckReport extends TemplateCheck {
  readonly folder: string;
  /** `null`: none was asked for. */
  readonly organization: {
    readonly name: string;
    readonly isSandbox: boolean;
    readonly contactsTried: number;
  } | null;
  /** Keys of the configuration that mails need and that are null. */
  readonly senderNotSet: readonly string[];
}

/** What an organization is called that is none. */
const EXAMPLE_ORGANIZATION = 'Example Agency';

export async function checkOfShipped(): Promise<TemplateCheckReport> {
  const environment = readEnvironment();
  const { document } = await acceptConfigurationFiles(environment);
  const configuration = resolveConfiguration(
    { document },
    { organization: null, environment: environment.environmentName ?? null },
  );
  const templates = new Templates(environment.templatesFolder);
  const check = checkTemplates(templates, usesOfConfiguration(configuration), [], {
    organization: EXAMPLE_ORGANIZATION,
    sender: senderVariables(configuration.sender),
    today: dayAt(Date.now(), configuration.timeZone),
  });
  return {
    ...check,
    folder: templates.folder,
    organization: null,
    senderNotSet: senderNotSet(configuration),
  };
}

export async function checkOfOrganization(name: string, limit: number): Promise<TemplateCheckReport> {
  const [{ sampleContacts }, { listCampaignTemplates }] = await Promise.all([
    import('../../db/queries/sample-contacts.ts'),
    import('../../db/queries/list-campaign-templates.ts'),
  ]);
  return withOrganization('templates check', name, async (pool, organization) => {
    const configuration = await configurationInForce(pool, name);
    const contacts = await sampleContacts(pool, organization.id, limit);
    const ofCampaigns = await listCampaignTemplates(pool, organization.id);
    const templates = new Templates(readEnvironment().templatesFolder);
    const uses = [...usesOfConfiguration(configuration), ...usesOfCampaigns(ofCampaigns)];
    const check = checkTemplates(templates, uses, contacts, {
      organization: name,
      sender: senderVariables(configuration.sender),
      today: await organizationToday(pool, organization.id),
    });
    return {
      ...check,
      folder: templates.folder,
      organization: { name, isSandbox: organization.isSandbox, contactsTried: contacts.length },
      senderNotSet: senderNotSet(configuration),
    };
  });
}

export function senderNotSet({ sender }: Configuration): string[] {
  return [
    ...(sender.from === null ? ['sender.from'] : []),
    ...(sender.postalAddress === null ? ['sender.postal_address'] : []),
  ];
}
